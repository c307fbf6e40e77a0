// Any bytes a run may print: drawn on the screen model, and every line of it and the bytes themselves read as progress.
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string_view>

#include "shim/progress.hpp"
#include "shim/progress_words.hpp"
#include "shim/screen.hpp"

namespace {

void check(const std::optional<vigie::Progress>& progress) {
  if (!progress) return;
  if (!progress->step) std::abort();
  if (progress->rate_per_second && !(*progress->rate_per_second >= 0)) std::abort();
  if (progress->eta_seconds && !(*progress->eta_seconds >= 0)) std::abort();
  for (const auto& [name, value] : progress->metrics) {
    if (name.empty() || std::isnan(value)) std::abort();
  }
}

void check(std::string_view line) {
  check(vigie::shim::parse_progress(line));
  check(vigie::shim::parse_progress_words(line));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  check(bytes);
  vigie::shim::Screen screen(5, 120);
  const std::size_t piece = size / 4 + 1;  // three changes of size on the way, each to what the byte there says
  for (std::size_t begin = 0; begin < size; begin += piece) {
    screen.write(bytes.substr(begin, piece));
    screen.resize(1 + data[begin] % 12, 1 + data[begin] / 2);
  }
  for (const auto& line : screen.lines_up_from_cursor(5)) check(line);
  return 0;
}
