#include "sources/gpu/driver_calls.hpp"

#include <fmt/format.h>

namespace vigie::gpu {
namespace {

constexpr std::memory_order relaxed = std::memory_order_relaxed;

std::int64_t now_ns() {
  return std::chrono::steady_clock::now().time_since_epoch() / std::chrono::nanoseconds(1);
}

/// "0.4", "6", "45", "3600": two digits are enough to know what to do.
std::string about(double seconds) {
  return seconds < 99.5 ? fmt::format("{:.2g}", seconds) : fmt::format("{:.0f}", seconds);
}

}  // namespace

void DriverCalls::begin_pass() {
  slowest_before_.store(slowest_.load(relaxed), relaxed);
  slowest_before_ns_.store(slowest_ns_.load(relaxed), relaxed);
  slowest_.store(nullptr, relaxed);
  slowest_ns_.store(0, relaxed);
  since_ns_.store(now_ns(), relaxed);
}

void DriverCalls::begin(const char* name) {
  under_way_.store(name, relaxed);
}

/// One look at the clock for each call: vigie's own work between two of them takes microseconds.
void DriverCalls::end() {
  const std::int64_t now = now_ns();
  const std::int64_t took = now - since_ns_.load(relaxed);
  since_ns_.store(now, relaxed);
  if (took > slowest_ns_.load(relaxed)) {
    slowest_ns_.store(took, relaxed);
    slowest_.store(under_way_.load(relaxed), relaxed);
  }
  under_way_.store(nullptr, relaxed);
}

DriverCalls::Slowest DriverCalls::slowest() const {
  const auto seconds = [](std::int64_t ns) { return static_cast<double>(ns) * 1e-9; };
  Slowest most{.name = slowest_.load(relaxed), .seconds = seconds(slowest_ns_.load(relaxed))};
  if (const double before = seconds(slowest_before_ns_.load(relaxed)); before > most.seconds)
    most = {.name = slowest_before_.load(relaxed), .seconds = before};
  const char* const name = under_way_.load(relaxed);
  const double lasts = seconds(now_ns() - since_ns_.load(relaxed));
  if (name != nullptr && lasts > most.seconds) most = {.name = name, .seconds = lasts, .under_way = true};
  return most;
}

std::string describe_late(double silent_seconds, const DriverCalls::Slowest& slowest) {
  const std::string silence = fmt::format("not answered for {:.1f} s", silent_seconds);
  constexpr double worth_telling = 0.05;  // seconds: a usual call takes microseconds, the slowest of them milliseconds
  if (slowest.name == nullptr || slowest.seconds < worth_telling) return "the driver has " + silence;
  return fmt::format("the driver takes {}{} s a call ({}): it has {}", slowest.under_way ? "more than " : "",
                     about(slowest.seconds), slowest.name, silence);
}

}  // namespace vigie::gpu
