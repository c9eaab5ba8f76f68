int cuInit(unsigned int flags);
int main(void) { return cuInit(0); }
