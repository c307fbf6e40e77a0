// copy-bound: the run moves more data over the link of its GPU than the GPU computes on.
#include <algorithm>

#include <fmt/format.h>

#include "base/units.hpp"
#include "model/gpu_use.hpp"
#include "rules/facts/gpu_facts.hpp"
#include "rules/rule.hpp"
#include "rules/thresholds.hpp"

namespace vigie::rules {
namespace {

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

}  // namespace

std::optional<Finding> copy_bound(const Case& run) {
  for (const GpuFacts& gpu : gpus_of(run)) {
    if (!is_copy_bound(gpu)) continue;
    const bool in = gpu.received_bytes_per_second.value_or(0) >= gpu.sent_bytes_per_second.value_or(0);
    const double bytes = copied_bytes(gpu);
    const Reading<double> link = link_bytes_per_second(*gpu.gpu);
    Finding finding = run.finding(Severity::warning, 0.85);
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

}  // namespace vigie::rules
