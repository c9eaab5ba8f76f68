#include <ATen/ops/ones.h>

#include <iostream>

int main() { std::cout << at::ones({2, 3}).sizes() << '\n'; }
