#include "sources/gpu/gpu_source.hpp"

#include <chrono>
#include <utility>

#include "base/clock.hpp"
#include "sources/gpu/nvml_session.hpp"

namespace vigie::gpu {

void GpuSource::begin() {
  if (!root_.live()) return;
  if (nvidia_ == nullptr) {
    nvidia_ = std::make_unique<DriverThread>([root = root_]() -> DriverPass {
      const auto session = std::make_shared<nvml::Session>(root);
      return [session] { return session->pass(now()); };
    });
  }
  nvidia_->begin();
}

SourceStatus GpuSource::finish(double patience_seconds, std::vector<GpuSample>& gpus) {
  SourceStatus status{.name = "gpu", .state = SourceState::missing, .reason = {}, .duration_seconds = 0};
  DriverLook nvidia;
  nvidia.state = SourceState::missing;
  nvidia.reason = "NVIDIA's driver is asked on the live host only";
  if (nvidia_ != nullptr) nvidia = nvidia_->take(std::chrono::milliseconds(static_cast<long>(patience_seconds * 1000)));
  failing_ = nvidia_ != nullptr && nvidia.installed && nvidia.state != SourceState::ok;
  gpus = std::move(nvidia.gpus);
  const double others = drm_.sample(gpus);
  status.duration_seconds = nvidia.duration_seconds + others;
  status.state = nvidia.state;
  status.reason = std::move(nvidia.reason);
  if (status.state == SourceState::ok && gpus.empty()) {
    status.state = SourceState::missing;
    status.reason = "NVIDIA's driver is there and knows no card";
  }
  if (status.state == SourceState::missing && gpus.empty()) status.reason += "; no card of AMD or Intel either";
  // With GPUs of others it is no news that NVIDIA has none here.
  if (status.state == SourceState::missing && !gpus.empty()) {
    status.state = SourceState::ok;
    status.reason.clear();
  }
  return status;
}

}  // namespace vigie::gpu
