// How long the calls into a driver take, for callers that wait for the thread that makes them.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <string>

namespace vigie::gpu {

/// The calls of one thread. It notes them, any thread may ask. Numbers that are read in the middle of a note may be of
/// two calls that follow each other: they are for sentences about seconds.
class DriverCalls {
 public:
  struct Slowest {
    const char* name = nullptr;  ///< of the function; nullptr: there was none
    double seconds = 0;
    bool under_way = false;  ///< it has not come back yet
  };

  void begin_pass();
  void begin(const char* name);
  void end();

  /// The slowest call of the pass under way and the one before.
  [[nodiscard]] Slowest slowest() const;

  /// Where the functions of this thread note their calls; nullptr: they note none.
  static inline constinit thread_local DriverCalls* of_this_thread = nullptr;

 private:
  std::atomic<std::int64_t> since_ns_ = 0;        ///< the end of the call before: a call begins right after it
  std::atomic<const char*> under_way_ = nullptr;  ///< the function that was called
  std::atomic<const char*> slowest_ = nullptr;    ///< of this pass
  std::atomic<std::int64_t> slowest_ns_ = 0;      ///< of this pass
  std::atomic<const char*> slowest_before_ = nullptr;
  std::atomic<std::int64_t> slowest_before_ns_ = 0;
};

/// A call into a driver, for as long as the object lives.
class DriverCall {
 public:
  explicit DriverCall(const char* name) : calls_(DriverCalls::of_this_thread) {
    if (calls_ != nullptr) calls_->begin(name);
  }
  DriverCall(const DriverCall&) = delete;
  DriverCall& operator=(const DriverCall&) = delete;
  ~DriverCall() {
    if (calls_ != nullptr) calls_->end();
  }

 private:
  DriverCalls* calls_;
};

/// "the driver takes 6 s a call (nvmlDeviceGetPowerUsage): it has not answered for 8.2 s": of a look that is late.
[[nodiscard]] std::string describe_late(double silent_seconds, const DriverCalls::Slowest& slowest);

}  // namespace vigie::gpu
