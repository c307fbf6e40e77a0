// gpu-idle: GPUs that the run holds and does not use.
#include <algorithm>

#include <fmt/format.h>

#include "base/units.hpp"
#include "model/gpu_use.hpp"
#include "rules/facts/gpu_facts.hpp"
#include "rules/rule.hpp"
#include "rules/thresholds.hpp"

namespace vigie::rules {
namespace {

/// Bytes a second that the run writes to storage.
double written(const Case& run) {
  double bytes = 0;
  for (const Member& member : run.run().members) bytes += run.rates(member).write_bytes_per_second.value_or(0);
  return bytes;
}

/// The GPUs it holds, when it uses none of them and nothing else is going on.
std::vector<GpuFacts> idle_gpus(const Case& run) {
  if (run.age() < thresholds::gpu_idle_age_seconds || written(run) >= thresholds::checkpoint_bytes_per_second)
    return {};
  const std::vector<GpuFacts> gpus = gpus_of(run);
  const bool all_idle = std::ranges::all_of(gpus, [](const GpuFacts& gpu) {
    return gpu.most_busy_percent && *gpu.most_busy_percent < thresholds::gpu_idle_percent;
  });
  return all_idle ? gpus : std::vector<GpuFacts>();
}

}  // namespace

std::optional<Finding> gpu_idle(const Case& run) {
  if (run.window() < thresholds::gpu_idle_seconds) return std::nullopt;
  const std::vector<GpuFacts> gpus = idle_gpus(run);
  if (gpus.empty()) return std::nullopt;
  const GpuUse use = gpu_use_of(run.frame(), run.run());
  const double cpu = run.cpu_percent();
  const bool works = cpu >= 100 - thresholds::idle_cpu_percent;
  const std::string which =
      gpus.size() == 1 ? label_of(*gpus[0].gpu) : fmt::format("GPUs {}", gpu_numbers(run.frame(), use.gpus));
  const bool begins = works && run.age() < thresholds::gpu_start_seconds;
  Finding finding = run.finding(begins ? Severity::info : Severity::warning, works ? 0.6 : 0.85);
  finding.share_percent = 100.0;
  finding.summary = fmt::format("holds {} and does not use {}", which, gpus.size() == 1 ? "it" : "them");
  double most = 0;
  for (const GpuFacts& gpu : gpus) most = std::max(most, *gpu.most_busy_percent);
  finding.evidence.push_back(
      run.evidence("gpu_percent", most, thresholds::gpu_idle_percent,
                   fmt::format("busy at most {:.0f} % in any look of {:.0f} s", most, run.window())));
  if (use.memory_bytes) {
    finding.evidence.push_back(
        run.evidence("gpu_memory_bytes", static_cast<double>(*use.memory_bytes), 0,
                     fmt::format("{} of memory held there", human_bytes(static_cast<double>(*use.memory_bytes)))));
  }
  finding.evidence.push_back(run.evidence("cpu_percent", cpu, 100 - thresholds::idle_cpu_percent,
                                          fmt::format("{:.0f} % of a CPU used meanwhile", cpu)));
  finding.causes.emplace_back(
      works ? "it computes on the CPU: data that is prepared first, or a model that was not moved to the GPU"
            : "it has nothing to do, or waits for somebody: a notebook, a debugger, a server without requests");
  finding.actions.push_back(
      works ? "model.to(\"cuda\") and the data, too; or prepare the data before the GPU is taken"
            : fmt::format("let others have it: vigie stop {}; in a notebook shut the kernel down", run.run().name));
  return finding;
}

std::optional<Suspicion> suspects_idle_gpu(const Case& run, double wants_seconds) {
  if (idle_gpus(run).empty()) return std::nullopt;
  return run.suspicion(fmt::format("it holds a GPU, and did not use it in {:.0f} s", run.window()), wants_seconds);
}

}  // namespace vigie::rules
