// All NVIDIA GPUs of the host. For one thread: each call may block in the driver for as long as it likes.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "base/root.hpp"
#include "model/gpu.hpp"
#include "sources/gpu/nvml_device.hpp"

namespace vigie::gpu::nvml {

class Session {
 public:
  /// `wake`: the driver is started although every card sleeps, which may switch them on.
  explicit Session(Root root, bool wake = false) : root_(std::move(root)), wake_(wake) {}
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  /// One look at every GPU. Loads and starts the library first, and again when that failed before: a driver may come.
  /// The Error says in one sentence why there are none; of kind denied when the device files may not be opened.
  Result<std::vector<GpuSample>> pass(const Instant& now);

 private:
  Result<void> start();
  void open_devices(const Instant& now);
  void identify_others();
  void leave_out_lost();
  void take_events(const Instant& now);

  Root root_;  ///< a copy: the thread of a session may outlive its maker
  std::unique_ptr<Functions> functions_;
  bool wake_;
  bool started_ = false;
  std::vector<NvmlDevice> devices_;
  EventSet events_ = nullptr;
};

}  // namespace vigie::gpu::nvml
