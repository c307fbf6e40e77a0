// gpu-error: what the driver says is wrong with a GPU. Of several faults the worst is the finding; the others are
// beside it.
#include <fmt/format.h>

#include "model/gpu_use.hpp"
#include "rules/facts/gpu_facts.hpp"
#include "rules/facts/gpu_faults.hpp"
#include "rules/rule.hpp"

namespace vigie::rules {

std::optional<Finding> gpu_error(const Case& run) {
  const GpuSample* worst = nullptr;
  std::vector<GpuFault> faults;
  std::vector<std::string> others;
  for (const GpuFacts& facts : gpus_of(run)) {
    std::vector<GpuFault> its = faults_of(*facts.gpu);
    if (its.empty()) continue;
    const bool worse = faults.empty() || its.front().severity > faults.front().severity;
    const GpuSample* const other = worse ? worst : facts.gpu;
    if (other != nullptr)
      others.push_back(fmt::format("{}: {}", label_of(*other), (worse ? faults : its).front().text));
    if (!worse) continue;
    worst = facts.gpu;
    faults = std::move(its);
  }
  if (faults.empty()) return std::nullopt;
  Finding finding = run.finding(faults.front().severity, faults.front().confidence);
  finding.at_any_age = true;
  finding.summary = fmt::format("{}{} has an error", label_of(*worst), run.is_host() ? "" : ", which it is on,");
  for (const GpuFault& fault : faults)
    finding.evidence.push_back(run.evidence(std::string(fault.metric), fault.value, 0, fault.text));
  for (std::string& other : others) finding.evidence.push_back(run.evidence("gpu_error", 1, 0, std::move(other)));
  finding.causes.emplace_back(faults.front().cause);
  const std::string_view asked_for = action_for(worst->recovery.value_or(GpuRecovery::none));
  if (!asked_for.empty()) finding.actions.emplace_back(asked_for);
  if (faults.front().action != asked_for) finding.actions.emplace_back(faults.front().action);
  return finding;
}

}  // namespace vigie::rules
