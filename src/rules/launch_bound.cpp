// launch-bound: a GPU that is "busy" with kernels too small for it, and one thread that launches them.
#include <algorithm>

#include <fmt/format.h>

#include "model/gpu_use.hpp"
#include "rules/facts/gpu_facts.hpp"
#include "rules/rule.hpp"
#include "rules/thresholds.hpp"

namespace vigie::rules {
namespace {

/// The process of the run on this GPU that is busiest on the CPU, if one is all the time; nullptr otherwise.
const Member* saturated_client(const Case& run, const GpuSample& gpu) {
  if (!gpu.clients) return nullptr;
  const Member* most = nullptr;
  for (const Member& member : run.run().members) {
    const pid_t pid = run.process(member).id.pid;
    if (std::ranges::find(*gpu.clients, pid, &GpuClient::pid) == gpu.clients->end()) continue;
    if (run.rates(member).cpu_percent.value_or(0) < thresholds::saturated_thread_percent) continue;
    if (most == nullptr || *run.rates(member).cpu_percent > *run.rates(*most).cpu_percent) most = &member;
  }
  return most;
}

/// Part of what a card can do that is done while it is "busy"; absent where neither SMs nor power are known.
struct Effort {
  std::string_view metric;
  double percent = 0, most_percent = 0, threshold = 0;
  double busy_bound = 0;  ///< how busy it has to be called for the rest to be little
  std::string text;
};
std::optional<Effort> effort_of(const GpuFacts& gpu) {
  if (gpu.sm_active_percent) {
    return Effort{.metric = "sm_active_percent",
                  .percent = *gpu.sm_active_percent,
                  .most_percent = *gpu.most_sm_active_percent,
                  .threshold = thresholds::sm_active_percent,
                  .busy_bound = thresholds::launching_busy_percent,
                  .text = fmt::format("its SMs are active {:.0f} % of the time", *gpu.sm_active_percent)};
  }
  // Without traffic of its memory a kernel computes in registers, at any power.
  const bool in_registers = gpu.memory_busy_percent.value_or(100) < thresholds::launched_memory_percent;
  if (!gpu.power_percent || in_registers) return std::nullopt;
  return Effort{.metric = "power_percent",
                .percent = *gpu.power_percent,
                .most_percent = *gpu.most_power_percent,
                .threshold = thresholds::gpu_power_percent,
                .busy_bound = thresholds::gpu_busy_percent,
                .text = fmt::format("it takes {:.0f} % of its power limit", *gpu.power_percent)};
}

/// Little in every look: a pipeline that drains once in the window is not it.
bool is_little(const Effort& effort) {
  return effort.percent < effort.threshold &&
         effort.most_percent < effort.threshold + thresholds::effort_spread_percent;
}

/// A kernel that spins until other ranks have come looks like small kernels.
bool may_wait_for_ranks(const Case& run, const GpuFacts& gpu) {
  const bool of_ranks =
      std::ranges::any_of(run.run().members, [](const Member& member) { return member.role == Role::rank; });
  return of_ranks && gpu.memory_busy_percent && *gpu.memory_busy_percent < thresholds::collective_memory_percent;
}

}  // namespace

std::optional<Finding> launch_bound(const Case& run) {
  for (const GpuFacts& gpu : gpus_of(run)) {
    const std::optional<Effort> effort = effort_of(gpu);
    if (!effort || gpu.busy_percent.value_or(0) < effort->busy_bound || !is_little(*effort)) continue;
    if (may_wait_for_ranks(run, gpu)) continue;
    const Member* const launcher = saturated_client(run, *gpu.gpu);
    if (launcher == nullptr) continue;
    Finding finding = run.finding(Severity::warning, gpu.sm_active_percent ? 0.85 : 0.7);
    finding.share_percent = 100 - effort->percent;
    finding.summary =
        fmt::format("{} is called busy {:.0f} % of the time, but has little to do: the kernels are too small",
                    label_of(*gpu.gpu), *gpu.busy_percent);
    finding.evidence.push_back(
        run.evidence("gpu_percent", *gpu.busy_percent, effort->busy_bound,
                     fmt::format("some kernel runs in {:.0f} % of the time", *gpu.busy_percent)));
    finding.evidence.push_back(
        run.evidence(std::string(effort->metric), effort->percent, effort->threshold, effort->text));
    const double cpu = *run.rates(*launcher).cpu_percent;
    finding.evidence.push_back(run.evidence("cpu_percent", cpu, thresholds::saturated_thread_percent,
                                            fmt::format("{} uses {:.0f} % of a CPU", run.name_of(*launcher), cpu)));
    finding.causes.emplace_back(
        "one thread launches many small kernels, and the GPU is done before the next one comes");
    finding.actions.emplace_back(
        "a larger batch; torch.compile, CUDA graphs or fused optimizers, so that a step is fewer launches");
    return finding;
  }
  return std::nullopt;
}

}  // namespace vigie::rules
