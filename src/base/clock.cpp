#include "base/clock.hpp"

#include <poll.h>

#include <algorithm>
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

void sleep_until(std::int64_t deadline_ns, int fd) {
  const std::int64_t left = std::max<std::int64_t>(deadline_ns - monotonic_ns(), 0);
  const timespec timeout{.tv_sec = left / nanoseconds_per_second, .tv_nsec = left % nanoseconds_per_second};
  pollfd waiting{.fd = fd, .events = POLLIN, .revents = 0};  // poll(2) passes over a negative one
  (void)::ppoll(&waiting, 1, &timeout, nullptr);
}

std::string rfc3339(std::int64_t wall_ns) {
  const std::time_t seconds = wall_ns / nanoseconds_per_second;
  std::tm utc{};
  ::gmtime_r(&seconds, &utc);
  return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:03}Z", utc, wall_ns % nanoseconds_per_second / 1'000'000);
}

}  // namespace vigie
