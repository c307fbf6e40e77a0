// The GPUs of the host, of any vendor.
#pragma once

#include <memory>
#include <vector>

#include "base/root.hpp"
#include "model/gpu.hpp"
#include "model/snapshot.hpp"
#include "sources/gpu/driver_thread.hpp"
#include "sources/gpu/drm_source.hpp"

namespace vigie::gpu {

/// Remembers what the drivers said last, so that one is kept from look to look. NVIDIA's driver is asked on the live
/// host only; nothing is loaded or started before begin().
class GpuSource {
 public:
  explicit GpuSource(const Root& root) : root_(root), drm_(root) {}

  /// Asks the drivers, without waiting: other things can be read meanwhile.
  void begin();
  /// Whether finish() would not wait.
  [[nodiscard]] bool ready() const { return nvidia_ == nullptr || nvidia_->ready(); }
  /// What they answer, at the latest `patience_seconds` after this call. Ascending by vendor, then index.
  [[nodiscard]] SourceStatus finish(double patience_seconds, std::vector<GpuSample>& gpus);
  /// Whether NVIDIA's driver was there at the last finish() and could not be asked.
  [[nodiscard]] bool is_failing() const { return failing_; }

 private:
  Root root_;
  std::unique_ptr<DriverThread> nvidia_;
  DrmSource drm_;
  bool failing_ = false;
};

}  // namespace vigie::gpu
