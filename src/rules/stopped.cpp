#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "rules/facts/terminal_wait.hpp"
#include "rules/rule.hpp"
#include "rules/thresholds.hpp"

namespace vigie::rules {
namespace {

bool is_letter_of_stop(char state) {
  return state == 'T' || state == 't';
}

/// Stopped now and, as far as it was looked at, all through the window.
bool is_stopped(const Case& run, const Member& member) {
  const StateShares* const shares = run.shares(member);
  return is_letter_of_stop(run.process(member).state) &&
         (shares == nullptr || shares->stopped >= thresholds::stopped_looks);
}

/// Whether a run cannot go on without this process: one that only helps, or is one of many, is no reason to say so.
bool is_needed(const Case& run, const Member& member) {
  if (run.process(member).id == run.run().leader) return true;
  if (member.role == Role::trainer || member.role == Role::rank || member.role == Role::loader_worker) return true;
  return run.cpu_percent() < thresholds::silent_cpu_percent;
}

std::vector<const Member*> stopped_members(const Case& run) {
  std::vector<const Member*> stopped;
  for (const Member& member : run.run().members) {
    if (is_stopped(run, member) && is_needed(run, member)) stopped.push_back(&member);
  }
  return stopped;
}

/// One rank of several that is stopped holds the others up: that is judged with the ranks.
bool is_for_the_rank_rules(const Case& run, const std::vector<const Member*>& stopped) {
  const auto ranks = std::ranges::count(run.run().members, Role::rank, &Member::role);
  const auto of_them = std::ranges::count(stopped, Role::rank, [](const Member* member) { return member->role; });
  return ranks > 1 && of_them < ranks && stopped.front()->role == Role::rank;
}

/// Why a process is stopped, and what is to be done about it, as far as it shows.
void explain(const Case& run, const Member& member, Finding& finding) {
  const ProcessSample& process = run.process(member);
  if (process.state == 't') {
    finding.causes.push_back(
        fmt::format("a debugger holds it: the one that TracerPid of /proc/{}/status names", process.id.pid));
    finding.actions.emplace_back("let the debugger go on, or detach it");
    return;
  }
  const std::optional<TerminalWish> wish = wish_of_stopped(run, member);
  if (!wish) {
    finding.causes.emplace_back(
        "somebody paused it: `vigie pause`, Ctrl-Z, SIGSTOP, or a read from the terminal in the background");
    finding.actions.push_back("vigie resume " + run.run().name);
    return;
  }
  finding.causes.push_back(
      *wish == TerminalWish::read
          ? "it is a background job and wanted to read the terminal: the kernel stopped it with SIGTTIN"
      : *wish == TerminalWish::write
          ? "it is a background job and wanted to write to the terminal, or to change its settings: the kernel "
            "stopped it with SIGTTOU"
          : "it is a background job of a terminal: one that reads it is stopped with SIGTTIN, one that changes it "
            "with SIGTTOU");
  finding.actions.push_back(fmt::format(
      "start it without `&`, or with `< /dev/null`{}; resumed as it is, it would be stopped again by its next "
      "try: vigie resume {}",
      *wish == TerminalWish::write ? ", and its output to a file" : "", run.run().name));
}

Finding all_are_stopped(const Case& run) {
  const std::size_t count = run.run().members.size();
  Finding finding = run.finding(Severity::warning, 1.0);
  finding.summary = "paused: none of its processes may run";
  const auto frozen = std::ranges::count_if(run.run().members, [&](const Member& member) {
    return !is_letter_of_stop(run.process(member).state) && run.process(member).state != 'Z';
  });
  finding.evidence.push_back(run.evidence("stopped_processes", static_cast<double>(count), static_cast<double>(count),
                                          frozen > 0
                                              ? fmt::format("the control group of its {} processes is frozen", count)
                                              : fmt::format("{} of {} processes are stopped (state T)", count, count)));
  const auto stopped = std::ranges::find_if(
      run.run().members, [&](const Member& member) { return is_letter_of_stop(run.process(member).state); });
  if (frozen == 0 && stopped != run.run().members.end()) {
    explain(run, *stopped, finding);
  } else {
    finding.causes.emplace_back("somebody paused it: `vigie pause`");
    finding.actions.push_back("vigie resume " + run.run().name);
  }
  return finding;
}

}  // namespace

/// Processes in state T (signal(7), SIGSTOP), or a frozen control group.
std::optional<Finding> stopped(const Case& run) {
  if (run.run().state == RunState::paused) return all_are_stopped(run);
  const std::vector<const Member*> stopped = stopped_members(run);
  if (stopped.empty() || is_for_the_rank_rules(run, stopped)) return std::nullopt;
  const Member& first = *stopped.front();
  Finding finding = run.finding(Severity::warning, 0.95);
  finding.at_any_age = true;
  finding.summary = fmt::format("{}{} is stopped, while others of the run are not", run.name_of(first),
                                run.process(first).id == run.run().leader ? ", its main process," : "");
  std::string names;
  for (const Member* const member : stopped) names += (names.empty() ? "" : ", ") + run.name_of(*member);
  finding.evidence.push_back(run.evidence("stopped_processes", static_cast<double>(stopped.size()), 1,
                                          fmt::format("stopped (state {}) of {} processes: {}",
                                                      run.process(first).state, run.run().members.size(), names)));
  explain(run, first, finding);
  return finding;
}

}  // namespace vigie::rules
