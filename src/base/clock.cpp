#include "base/clock.hpp"

#include <ctime>

#include <fmt/chrono.h>
#include <fmt/format.h>

namespace vigie {
namespace {

std::int64_t read_clock(clockid_t id) {
  timespec value{};
  ::clock_gettime(id, &value);
  return static_cast<std::int64_t>(value.tv_sec) * nanoseconds_per_second + value.tv_nsec;
}

}  // namespace

Instant now() {
  return {.boot_ns = read_clock(CLOCK_BOOTTIME), .wall_ns = read_clock(CLOCK_REALTIME)};
}

std::int64_t monotonic_ns() {
  return read_clock(CLOCK_MONOTONIC);
}

std::string rfc3339(std::int64_t wall_ns) {
  const std::time_t seconds = wall_ns / nanoseconds_per_second;
  std::tm utc{};
  ::gmtime_r(&seconds, &utc);
  return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:03}Z", utc, wall_ns % nanoseconds_per_second / 1'000'000);
}

}  // namespace vigie
