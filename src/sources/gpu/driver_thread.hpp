// Asking a driver that may not answer: on a thread of its own, with a deadline for the caller.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "base/result.hpp"
#include "model/gpu.hpp"
#include "model/snapshot.hpp"

namespace vigie::gpu {

/// The result of a look at the GPUs of one driver.
struct DriverLook {
  std::vector<GpuSample> gpus;  ///< stale when the driver is late
  SourceState state = SourceState::ok;
  std::string reason;  ///< empty when ok
  double duration_seconds = 0;
  bool installed = true;  ///< false: there is no driver that could be asked
};

/// One pass over all GPUs of a driver. Called by one thread only, again and again.
using DriverPass = std::function<Result<std::vector<GpuSample>>()>;

/// A thread that makes passes when asked. A pass that hangs leaves its thread behind; the values of the pass before are
/// then given as stale ones, and no caller waits for that pass any more until it comes back.
class DriverThread {
 public:
  /// `make` is called on the thread, so that loading a driver's library is part of what may hang.
  explicit DriverThread(std::function<DriverPass()> make);
  DriverThread(const DriverThread&) = delete;
  DriverThread& operator=(const DriverThread&) = delete;
  /// Does not wait for a hung pass, and then makes sure that the process can end while it hangs.
  ~DriverThread();

  /// Asks for a pass, unless one is under way.
  void begin();
  /// Whether take() would return at once: nothing is under way, or it was waited for already.
  [[nodiscard]] bool ready() const;
  /// The pass that was asked for, or what is known when `patience` is over.
  [[nodiscard]] DriverLook take(std::chrono::milliseconds patience);

 private:
  struct Shared;

  std::shared_ptr<Shared> shared_;
  std::thread thread_;
};

}  // namespace vigie::gpu
