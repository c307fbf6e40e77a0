// What every fuzz target begins with: its bytes as text, and checks that end the target.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

/// Defines the target: `FUZZ(text) { ... }` is called with any bytes.
#define FUZZ(text)                                                                    \
  static void fuzz_one(std::string_view text);                                        \
  extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) { \
    fuzz_one({reinterpret_cast<const char*>(data), size});                            \
    return 0;                                                                         \
  }                                                                                   \
  static void fuzz_one(std::string_view text)

/// Ends the target with a crash that libFuzzer reports and stores.
inline void must(bool holds) {
  if (!holds) std::abort();
}
