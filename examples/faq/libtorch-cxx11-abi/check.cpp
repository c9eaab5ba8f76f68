#include <cstdint>
#include <string>

// As c10/util/Exception.h declares it, without the headers.
namespace c10::detail {
[[noreturn]] void torchCheckFail(const char* function, const char* file,
                                 uint32_t line, const std::string& message);
}

int main() {
  c10::detail::torchCheckFail("main", "check.cpp", 11, std::string("linked"));
}
