// The order of the inputs and outputs was printed at export.
#include <ATen/ops/tensor.h>
#include <torch/csrc/inductor/aoti_package/model_package_loader.h>

#include <iostream>
#include <vector>

int main() {
  torch::inductor::AOTIModelPackageLoader model("scorer.pt2");
  const auto price = at::tensor({100.0f, 200.0f});
  const auto age = at::tensor({1.0f, 2.0f});
  const auto low = at::tensor(0.0f), high = at::tensor(150.0f);

  const std::vector<at::Tensor> outputs =
      model.run({price, age, low, high});
  const auto& score = outputs.at(0);    // ['score']
  const auto& clipped = outputs.at(1);  // ['clipped']
  std::cout << score[0].item<float>() << ' ' << score[1].item<float>() << '\n'
            << clipped[0].item<float>() << ' ' << clipped[1].item<float>()
            << '\n';
}
