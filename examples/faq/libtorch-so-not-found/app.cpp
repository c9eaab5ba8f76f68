#include <iostream>

namespace at {
int get_num_threads();  // a function of libtorch_cpu
}

int main() { std::cout << (at::get_num_threads() > 0) << " loaded\n"; }
