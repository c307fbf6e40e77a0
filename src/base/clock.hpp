// Time: one instant on both clocks, and its text.
#pragma once

#include <cstdint>
#include <string>

namespace vigie {

inline constexpr std::int64_t nanoseconds_per_second = 1'000'000'000;

/// One moment. Differences are taken on `boot_ns` only: the wall clock jumps.
struct Instant {
  std::int64_t boot_ns = 0;  ///< CLOCK_BOOTTIME, nanoseconds since boot, suspend included (as starttime in proc(5))
  std::int64_t wall_ns = 0;  ///< CLOCK_REALTIME, nanoseconds since the Unix epoch

  friend bool operator==(const Instant&, const Instant&) = default;
};

[[nodiscard]] Instant now();

/// CLOCK_MONOTONIC, nanoseconds: the kernel measures sleeps and its events by it. It stands still in suspend.
[[nodiscard]] std::int64_t monotonic_ns();

/// Seconds from `earlier` to `later` by the boot clock.
[[nodiscard]] constexpr double seconds_between(const Instant& earlier, const Instant& later) {
  return static_cast<double>(later.boot_ns - earlier.boot_ns) / nanoseconds_per_second;
}

[[nodiscard]] constexpr std::int64_t to_nanoseconds(double seconds) {
  return static_cast<std::int64_t>(seconds * static_cast<double>(nanoseconds_per_second));
}

/// Sleeps until then (monotonic clock), or until the descriptor is readable, or a signal comes; -1: none is waited for.
void sleep_until(std::int64_t deadline_ns, int fd = -1);

/// RFC 3339 in UTC with milliseconds: 2026-03-01T12:00:00.123Z.
[[nodiscard]] std::string rfc3339(std::int64_t wall_ns);

}  // namespace vigie
