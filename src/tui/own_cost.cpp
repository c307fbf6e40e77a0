#include "tui/own_cost.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <charconv>
#include <ctime>
#include <string>

#include "base/clock.hpp"
#include "base/file.hpp"

namespace vigie::tui {
namespace {

std::int64_t own_cpu_ns() {
  timespec used{};
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
  return std::int64_t{used.tv_sec} * nanoseconds_per_second + used.tv_nsec;
}

/// The second number of statm (proc(5)), in pages.
std::optional<double> own_memory() {
  std::string text;
  if (read_file(AT_FDCWD, "/proc/self/statm", text) != 0) return {};
  const std::size_t blank = text.find(' ');
  if (blank == std::string::npos) return {};
  std::int64_t pages = 0;
  if (std::from_chars(text.data() + blank + 1, text.data() + text.size(), pages).ec != std::errc()) return {};
  return static_cast<double>(pages) * static_cast<double>(::sysconf(_SC_PAGESIZE));
}

}  // namespace

OwnCostMeter::OwnCostMeter() : wall_ns_(monotonic_ns()), cpu_ns_(own_cpu_ns()) {}

OwnCost OwnCostMeter::now(std::optional<StepCost> step) {
  const std::int64_t wall = monotonic_ns();
  if (wall - wall_ns_ >= nanoseconds_per_second) {
    const std::int64_t cpu = own_cpu_ns();
    percent_ = 100 * static_cast<double>(cpu - cpu_ns_) / static_cast<double>(wall - wall_ns_);
    wall_ns_ = wall;
    cpu_ns_ = cpu;
  }
  return {.cpu_percent = percent_, .rss_bytes = own_memory(), .step = step};
}

}  // namespace vigie::tui
