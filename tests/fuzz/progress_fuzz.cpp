// Any bytes a run may print: drawn on the screen model, and every line of it and the bytes themselves read as progress.
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>

#include "keep/progress/progress.hpp"
#include "keep/progress/progress_tracker.hpp"
#include "terminal/screen.hpp"

namespace {

void check(const std::optional<vigie::Progress>& progress) {
  if (!progress) return;
  if (!progress->step && !progress->percent && !progress->epoch) std::abort();
  if (progress->step && progress->total && *progress->step > *progress->total) std::abort();
  if (progress->rate_per_second && !(*progress->rate_per_second >= 0)) std::abort();
  if (progress->eta_seconds && !(*progress->eta_seconds >= 0)) std::abort();
  for (const auto& [name, value] : progress->metrics) {
    if (name.empty() || std::isnan(value)) std::abort();
  }
}

void check(std::string_view line) {
  if (const auto found = vigie::keep::parse_progress(line)) check(found->progress);
  check(vigie::keep::parse_reported(line));
  check(vigie::keep::parse_reported("VIGIE_PROGRESS=" + std::string(line)));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  check(bytes);
  vigie::keep::ProgressTracker tracker(5, 60);
  for (std::size_t begin = 0, time = 1; begin < size; begin += size / 3 + 1, time += 1'000'000'000)
    tracker.write(bytes.substr(begin, size / 3 + 1), static_cast<std::int64_t>(time));
  check(tracker.latest());
  vigie::terminal::Screen screen(5, 120);
  const std::size_t piece = size / 4 + 1;  // three changes of size on the way, each to what the byte there says
  for (std::size_t begin = 0; begin < size; begin += piece) {
    screen.write(bytes.substr(begin, piece));
    screen.resize(1 + data[begin] % 12, 1 + data[begin] / 2);
  }
  for (const auto& line : screen.lines_up_from_cursor(5)) check(line);
  return 0;
}
