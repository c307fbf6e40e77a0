// Threads that work until their owner goes, and what they share.
#pragma once

#include <time.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"

namespace vigie::load {

/// Threads that are told to stop and waited for when this goes. Declare it last in its class.
class Background {
 public:
  /// `work` takes a std::stop_token, and returns soon after a stop is requested.
  template <class Work>
  Result<void> add(Work work) {
    try {
      threads_.emplace_back(std::move(work));
    } catch (const std::system_error& error) {
      return fail_errno("cannot start a thread", error.code().value());
    }
    return {};
  }
  void stop() { threads_.clear(); }

 private:
  std::vector<std::jthread> threads_;
};

/// Sleeps; a request to stop ends it within a twentieth of a second.
inline void rest(const std::stop_token& stop, double seconds) {
  constexpr double longest = 0.05;
  while (seconds > 0 && !stop.stop_requested()) {
    const double part = std::min(seconds, longest);
    const timespec time{0, static_cast<long>(part * nanoseconds_per_second)};
    ::nanosleep(&time, nullptr);
    seconds -= part;
  }
}

/// Limits the work to so much a second: rests when it was faster.
class Pace {
 public:
  /// `per_second` empty: as fast as it goes.
  explicit Pace(std::optional<double> per_second) : per_second_(per_second), began_(now()) {}

  void done(const std::stop_token& stop, double amount) {
    if (!per_second_) return;
    amount_ += amount;
    const double ahead = amount_ / *per_second_ - seconds_between(began_, now());
    if (ahead > 0) return rest(stop, ahead);
    // After a pause (SIGSTOP, a slow disk) the missing work is not made up for.
    if (ahead < -1) {
      began_ = now();
      amount_ = 0;
    }
  }

 private:
  std::optional<double> per_second_;
  Instant began_;
  double amount_ = 0;
};

/// The error of a thread, for the main one.
class Trouble {
 public:
  void set(Error error) {
    const std::lock_guard lock(mutex_);
    if (!error_) error_ = std::move(error);
  }
  [[nodiscard]] std::optional<Error> get() const {
    const std::lock_guard lock(mutex_);
    return error_;
  }

 private:
  mutable std::mutex mutex_;
  std::optional<Error> error_;
};

}  // namespace vigie::load
