// For benchmarks/cpp.py: read "rows calls", answer the milliseconds of a call.
#include <ATen/Parallel.h>
#include <ATen/ops/rand.h>
#include <torch/csrc/inductor/aoti_package/model_package_loader.h>

#include <chrono>
#include <iostream>

int main(int, char** arguments) {
  at::set_num_threads(1);
  torch::inductor::AOTIModelPackageLoader model(arguments[1]);
  std::int64_t rows = 0, calls = 0;
  std::cout << "ready" << std::endl;
  while (std::cin >> rows >> calls) {
    const std::vector<at::Tensor> images{at::rand({rows, 8, 8})};
    model.run(images);
    const auto start = std::chrono::steady_clock::now();
    for (std::int64_t n = 0; n < calls; n++) model.run(images);
    const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - start;
    std::cout << took.count() / calls << std::endl;
  }
}
