#include <fmt/format.h>

#include <algorithm>

#include "rules/rule.hpp"

namespace vigie {

/// Every process of the run is in state T (signal(7), SIGSTOP), or its control group is frozen.
std::optional<Finding> stopped(const Case& run) {
  if (run.run().state != RunState::paused) return std::nullopt;
  const std::size_t count = run.run().members.size();
  Finding finding = run.finding("stopped", Severity::warning, 1.0);
  finding.summary = "paused: none of its processes may run";
  const auto frozen = std::ranges::count_if(run.run().members, [&](const Member& member) {
    const char state = run.process(member).state;
    return state != 'T' && state != 't' && state != 'Z';
  });
  finding.evidence.push_back(run.evidence("stopped_processes", static_cast<double>(count), static_cast<double>(count),
                                          frozen > 0
                                              ? fmt::format("the control group of its {} processes is frozen", count)
                                              : fmt::format("{} of {} processes are stopped (state T)", count, count)));
  finding.causes.emplace_back(
      "somebody paused it: `vigie pause`, Ctrl-Z, SIGSTOP, or a read from the terminal in the background");
  finding.actions.push_back("vigie resume " + run.run().name);
  return finding;
}

}  // namespace vigie
