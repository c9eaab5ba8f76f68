int __nvJitLinkComplete_12_4(void);
int version(void) { return __nvJitLinkComplete_12_4(); }
