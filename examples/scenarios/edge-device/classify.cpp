// Ask a .pte file every question of a file, and compare with the answers.
#include <executorch/extension/module/module.h>
#include <executorch/extension/tensor/tensor.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <fstream>
#include <vector>

using executorch::extension::from_blob;
using executorch::extension::Module;

std::vector<float> read(const char* path) {
  std::ifstream file(path, std::ios::binary | std::ios::ate);
  if (!file) return {};
  std::vector<float> values(file.tellg() / sizeof(float));
  file.seekg(0);
  file.read(reinterpret_cast<char*>(values.data()),
            values.size() * sizeof(float));
  return values;
}

int main(int count, char** arguments) {
  if (count != 4) {
    std::puts("usage: classify MODEL QUESTION ANSWER");
    return 2;
  }
  Module model(arguments[1]);
  auto question = read(arguments[2]);
  const auto answer = read(arguments[3]);
  const std::size_t rows = question.size() / 64;
  if (rows == 0 || answer.size() != rows * 10) {
    std::puts("question and answer do not fit");
    return 2;
  }
  float apart = 0;
  std::size_t same = 0;
  for (std::size_t row = 0; row < rows; row++) {
    auto image = from_blob(question.data() + row * 64, {1, 8, 8});
    const auto result = model.forward(image);
    if (!result.ok()) {
      std::printf("error 0x%x\n", static_cast<unsigned>(result.error()));
      return 1;
    }
    const float* got = result->at(0).toTensor().const_data_ptr<float>();
    const float* wanted = answer.data() + row * 10;
    for (int n = 0; n < 10; n++) {
      apart = std::max(apart, std::fabs(got[n] - wanted[n]));
    }
    same += std::max_element(got, got + 10) - got ==
            std::max_element(wanted, wanted + 10) - wanted;
  }
  std::printf("same decisions: %zu of %zu\n", same, rows);
  if (!(apart < 1e-4f)) {
    std::printf("differs by %.1e\n", apart);
    return 1;
  }
  std::puts("differs by less than 1e-4");
}
