int cuInit(unsigned int flags) { return 0; }
