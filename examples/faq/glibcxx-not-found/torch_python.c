int length(void);
int answer(void) { return length(); }
