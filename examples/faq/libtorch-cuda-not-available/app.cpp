#include <cstdio>

bool is_available();

int main() { std::printf("is_available: %d\n", is_available()); }
