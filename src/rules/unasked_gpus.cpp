#include "rules/unasked_gpus.hpp"

#include <algorithm>

#include "model/gpu_use.hpp"
#include "rules/thresholds.hpp"

namespace vigie {

std::optional<std::string> why_gpus_are_unknown(const Frame& frame) {
  const std::vector<SourceStatus>& sources = frame.snapshot->sources;
  const auto gpu = std::ranges::find(sources, "gpu", &SourceStatus::name);
  if (gpu == sources.end() || gpu->reason.empty()) return std::nullopt;
  if (gpu->state == SourceState::denied || gpu->state == SourceState::missing) return gpu->reason;
  if (gpu->state != SourceState::late) return std::nullopt;
  // One pass that takes a little longer has left the values of the pass before.
  const bool known = has_gpus(frame) && gpu->duration_seconds < thresholds::silent_driver_seconds;
  return known ? std::nullopt : std::optional(gpu->reason);
}

bool may_be_on_a_broken_gpu(const Frame& frame, const Run& run) {
  if (!has_gpus(frame) || !gpu_use_of(frame, run).gpus.empty()) return false;
  return std::ranges::any_of(*frame.snapshot->gpus, [](const GpuSample& gpu) {
    return gpu.state == GpuState::lost || gpu.state == GpuState::needs_reset || gpu.state == GpuState::unopened;
  });
}

}  // namespace vigie
