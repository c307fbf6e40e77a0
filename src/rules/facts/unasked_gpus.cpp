#include "rules/facts/unasked_gpus.hpp"

#include <algorithm>
#include <span>

#include "model/gpu_use.hpp"
#include "rules/thresholds.hpp"

namespace vigie::rules {

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

std::optional<std::string> why_values_are_old(const Frame& frame) {
  if (!has_gpus(frame)) return std::nullopt;
  if (std::ranges::none_of(*frame.snapshot->gpus, [](const GpuSample& gpu) { return gpu.age_seconds > 0; }))
    return std::nullopt;
  const auto& sources = frame.snapshot->sources;
  const auto gpu = std::ranges::find(sources, "gpu", &SourceStatus::name);
  return gpu == sources.end() ? std::nullopt : std::optional("what is known is old: " + gpu->reason);
}

bool hides_its_clients(const GpuSample& gpu) {
  const bool broken =
      gpu.state == GpuState::lost || gpu.state == GpuState::needs_reset || gpu.state == GpuState::unopened;
  return broken && !gpu.clients;
}

bool may_be_on_a_broken_gpu(const Frame& frame, const Run& run) {
  if (!has_gpus(frame) || std::ranges::none_of(*frame.snapshot->gpus, hides_its_clients)) return false;
  // A rank on no GPU beside others that are on one: its own does not tell.
  const bool rank_without = std::ranges::any_of(run.members, [&](const Member& member) {
    const pid_t pid = frame.snapshot->processes[member.process].id.pid;
    return member.role == Role::rank && gpu_use_of(frame, std::span(&pid, 1)).gpus.empty();
  });
  return rank_without || gpu_use_of(frame, run).gpus.empty();
}

}  // namespace vigie::rules
