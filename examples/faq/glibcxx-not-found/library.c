int length(void) { return 30; }
