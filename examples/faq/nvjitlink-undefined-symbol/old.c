int __nvJitLinkComplete_12_1(void) { return 1; }
