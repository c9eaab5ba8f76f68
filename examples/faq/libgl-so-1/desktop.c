int glClear(void) { return 0; }
