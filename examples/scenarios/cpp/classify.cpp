// Classify pictures from a file of raw floats, with a compiled package.
#include <ATen/ops/from_blob.h>
#include <torch/csrc/inductor/aoti_package/model_package_loader.h>

#include <cstdint>
#include <exception>
#include <fstream>
#include <iostream>
#include <stdexcept>
#include <string>
#include <vector>

constexpr std::int64_t kSide = 8;

std::vector<float> read(const std::string& path) {
  std::ifstream file(path, std::ios::binary | std::ios::ate);
  if (!file) throw std::runtime_error(path + ": cannot be opened");
  std::vector<float> values(file.tellg() / sizeof(float));
  file.seekg(0);
  file.read(reinterpret_cast<char*>(values.data()),
            values.size() * sizeof(float));
  return values;
}

int main(int count, char** arguments) try {
  if (count != 4) {
    throw std::runtime_error("usage: classify PACKAGE IMAGES LOGITS");
  }
  torch::inductor::AOTIModelPackageLoader model(arguments[1]);
  const auto largest = std::stoll(model.get_metadata().at("rows"));

  auto pixels = read(arguments[2]);
  const std::int64_t size = pixels.size(), rows = size / (kSide * kSide);
  if (rows < 1 || rows > largest || size % (kSide * kSide) != 0) {
    // A compiled package would not notice.
    throw std::runtime_error(std::string(arguments[2]) + ": not 1 to " +
                             std::to_string(largest) + " pictures");
  }

  // from_blob borrows: `pixels` has to live as long as `images`.
  const auto images = at::from_blob(pixels.data(), {rows, kSide, kSide});
  const auto logits = model.run({images}).at(0).contiguous();

  std::ofstream out(arguments[3], std::ios::binary);
  out.write(reinterpret_cast<const char*>(logits.const_data_ptr<float>()),
            logits.numel() * sizeof(float));
  if (!out.flush()) {
    throw std::runtime_error(std::string(arguments[3]) + ": not written");
  }
  std::cout << rows << " pictures, " << logits.sizes() << " logits\n";
} catch (const std::exception& error) {
  std::string text = error.what();
  std::cerr << text.substr(0, text.find('\n')) << '\n';
  return 1;
}
