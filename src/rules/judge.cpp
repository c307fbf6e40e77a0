#include "rules/judge.hpp"

#include <optional>
#include <utility>

#include "rules/rule.hpp"

namespace vigie {
namespace {

using Rule = std::optional<Finding> (*)(const Case&);

/// The order of decision: what masquerades as the rest comes first.
constexpr Rule rules[] = {stopped, loader_cpu, loader_serial};

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
      findings.push_back(std::move(*finding));
      // A run that is stopped waits for nothing else.
      if (findings.back().rule == "stopped") break;
    }
  }
  return findings;
}

}  // namespace vigie
