// Rules about GPUs that have too little to do for the run that holds them.
#include <algorithm>

#include <fmt/format.h>

#include "base/units.hpp"
#include "model/gpu_use.hpp"
#include "rules/facts/gpu_facts.hpp"
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

double copied_bytes(const GpuFacts& gpu) {
  return std::max(gpu.received_bytes_per_second.value_or(0), gpu.sent_bytes_per_second.value_or(0));
}

/// Activity of the SMs; where the card does not count it, time in which some kernel ran.
const Reading<double>& activity_of(const GpuFacts& gpu) {
  return gpu.sm_active_percent ? gpu.sm_active_percent : gpu.busy_percent;
}

bool has_narrow_link(const GpuSample& card) {
  return (card.pcie_width && card.pcie_width_max && *card.pcie_width < *card.pcie_width_max) ||
         (card.pcie_generation && card.pcie_generation_max && *card.pcie_generation < *card.pcie_generation_max);
}

/// The link is what limits, or its use is large beside SMs that have little to do. A GPU that is busy all the time does
/// not wait for copies, unless its link is worse than it could be; one on which no kernel runs is being filled.
bool is_copy_bound(const GpuFacts& gpu) {
  if (gpu.most_busy_percent.value_or(100) < thresholds::filled_busy_percent) return false;
  const bool busy = gpu.busy_percent.value_or(0) >= thresholds::gpu_busy_percent;
  const double bytes = copied_bytes(gpu);
  const Reading<double> link = link_bytes_per_second(*gpu.gpu);
  const bool link_is_full = link && *link > 0 && bytes >= thresholds::copied_link_percent / 100 * *link;
  if (link_is_full && (!busy || has_narrow_link(*gpu.gpu))) return true;
  const Reading<double>& active = activity_of(gpu);
  return !busy && bytes >= thresholds::copied_bytes_per_second && active &&
         *active < thresholds::copied_sm_active_percent;
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

void add_link(const Case& run, const GpuFacts& gpu, Finding& finding) {
  const GpuSample& card = *gpu.gpu;
  if (!has_narrow_link(card)) return;
  finding.causes.push_back(fmt::format("its link runs at generation {} × {} and could at {} × {}",
                                       card.pcie_generation.value_or(0), card.pcie_width.value_or(0),
                                       card.pcie_generation_max.value_or(0), card.pcie_width_max.value_or(0)));
  finding.evidence.push_back(
      run.evidence("pcie_width", card.pcie_width.value_or(0), card.pcie_width_max.value_or(0),
                   fmt::format("PCIe {} lanes of {}", card.pcie_width.value_or(0), card.pcie_width_max.value_or(0))));
}

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

std::optional<Finding> copy_bound(const Case& run) {
  for (const GpuFacts& gpu : gpus_of(run)) {
    if (!is_copy_bound(gpu)) continue;
    const bool in = gpu.received_bytes_per_second.value_or(0) >= gpu.sent_bytes_per_second.value_or(0);
    const double bytes = copied_bytes(gpu);
    const Reading<double> link = link_bytes_per_second(*gpu.gpu);
    Finding finding = run.finding("copy-bound", Severity::warning, 0.85);
    const Reading<double>& active = activity_of(gpu);
    if (active) finding.share_percent = 100 - *active;
    finding.summary =
        fmt::format("copies {}/s {} {}, and waits for it", human_bytes(bytes), in ? "to" : "from", label_of(*gpu.gpu));
    finding.evidence.push_back(run.evidence(
        in ? "pcie_received_bytes_per_second" : "pcie_sent_bytes_per_second", bytes,
        thresholds::copied_bytes_per_second,
        fmt::format("{}/s over PCIe{}", human_bytes(bytes),
                    link && *link > 0 ? fmt::format(", {:.0f} % of what the link carries", 100 * bytes / *link)
                                      : std::string())));
    if (active) {
      finding.evidence.push_back(run.evidence(
          gpu.sm_active_percent ? "sm_active_percent" : "gpu_percent", *active, thresholds::copied_sm_active_percent,
          fmt::format("its {} {:.0f} % of the time", gpu.sm_active_percent ? "SMs are active" : "kernels run",
                      *active)));
    }
    finding.causes.push_back(in ? "each step moves more data to the GPU than the step computes on"
                                : "each step fetches results from the GPU: .cpu(), .item(), printing of tensors");
    add_link(run, gpu, finding);
    finding.actions.emplace_back(
        in ? "pin_memory=True and .to(device, non_blocking=True); smaller types (uint8 images, converted on "
             "the GPU); keep what is used again on the GPU"
           : "fetch results every hundredth step, and all at once");
    return finding;
  }
  return std::nullopt;
}

std::optional<Finding> launch_bound(const Case& run) {
  for (const GpuFacts& gpu : gpus_of(run)) {
    const std::optional<Effort> effort = effort_of(gpu);
    if (!effort || gpu.busy_percent.value_or(0) < effort->busy_bound || !is_little(*effort)) continue;
    if (may_wait_for_ranks(run, gpu)) continue;
    const Member* const launcher = saturated_client(run, *gpu.gpu);
    if (launcher == nullptr) continue;
    Finding finding = run.finding("launch-bound", Severity::warning, gpu.sm_active_percent ? 0.85 : 0.7);
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
  Finding finding = run.finding("gpu-idle", begins ? Severity::info : Severity::warning, works ? 0.6 : 0.85);
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

std::optional<Suspicion> suspects_idle_gpu(const Case& run) {
  if (idle_gpus(run).empty()) return std::nullopt;
  return Suspicion{.rule = "gpu-idle",
                   .subject = run.run().name,
                   .text = fmt::format("it holds a GPU, and did not use it in {:.0f} s", run.window()),
                   .wants_seconds = thresholds::gpu_idle_seconds};
}

}  // namespace vigie::rules
