#include "rules/judge.hpp"

#include <optional>
#include <utility>

#include <fmt/format.h>

#include "rules/rule.hpp"

namespace vigie {
namespace {

using Rule = std::optional<Finding> (*)(const Case&);

/// The order of decision: what masquerades as the rest comes first.
constexpr Rule rules[] = {stopped, loader_cpu, loader_serial};

/// The step rate, where it is known: what an action that helps will change.
void add_progress(const Case& run, Finding& finding) {
  if (!run.run().progress) return;
  const Progress& progress = *run.run().progress;
  const std::optional<double> rate =
      progress.measured_rate_per_second ? progress.measured_rate_per_second : progress.rate_per_second;
  if (!rate) return;
  finding.evidence.push_back(run.evidence("progress_rate_per_second", *rate, 0,
                                          fmt::format("{:.2f} steps per second by its progress bar", *rate)));
}

}  // namespace

std::vector<Finding> judge(std::span<const Frame> window) {
  std::vector<Finding> findings;
  if (window.empty()) return findings;
  const Frame& newest = window.back();
  for (const Run& run : newest.view.runs) {
    if (is_over(run.state)) continue;
    const Case facts(newest, run);
    bool primary = true;
    for (const Rule rule : rules) {
      std::optional<Finding> finding = rule(facts);
      if (!finding) continue;
      finding->primary = std::exchange(primary, false);
      if (finding->rule != "stopped") add_progress(facts, *finding);
      findings.push_back(std::move(*finding));
      // A run that is stopped waits for nothing else.
      if (findings.back().rule == "stopped") break;
    }
  }
  return findings;
}

}  // namespace vigie
