#include <algorithm>

#include <fmt/format.h>

#include "rules/rule.hpp"
#include "rules/thresholds.hpp"

namespace vigie::rules {
namespace {

/// Children that ended and were there in every frame of the window: nobody waits for them.
std::vector<const Member*> unreaped(const Case& run) {
  std::vector<const Member*> found;
  for (const Member& member : run.run().members) {
    const ProcessSample& process = run.process(member);
    if (process.state != 'Z') continue;
    const std::vector<Point> seen = run.over_time([&](const Frame& frame, const Run&) -> std::optional<double> {
      const ProcessSample* const then = frame.snapshot->find(process.id);
      return then != nullptr && then->state == 'Z';
    });
    const bool each_time = std::ranges::all_of(seen, [](const Point& look) { return look.value > 0; });
    if (each_time && seen.size() >= 2) found.push_back(&member);
  }
  return found;
}

/// Processes left of a run whose main process has ended.
std::vector<const Member*> orphans(const Case& run) {
  std::vector<const Member*> found;
  if (run.run().state != RunState::exiting) return found;
  for (const Member& member : run.run().members) {
    if (run.process(member).state != 'Z' && run.age(member) > run.window()) found.push_back(&member);
  }
  return found;
}

std::string names(const Case& run, const std::vector<const Member*>& members) {
  std::string text;
  constexpr std::size_t most = 3;
  for (std::size_t i = 0; i < std::min(most, members.size()); ++i)
    text += (text.empty() ? "" : ", ") + run.name_of(*members[i]);
  if (members.size() > most) text += fmt::format(" and {} more", members.size() - most);
  return text;
}

/// A run that is a zombie itself does nothing: only its parent can end that, no signal wakes, kills or resumes it.
std::optional<Finding> zombie_itself(const Case& run) {
  const auto ended = [&](const Member& member) { return has_ended(run.process(member)); };
  if (run.run().supervised || run.run().members.empty() || !std::ranges::all_of(run.run().members, ended))
    return std::nullopt;
  const ProcessSample& process = run.process(run.run().members.front());
  const ProcessSample* const parent = run.frame().snapshot->find_pid(process.ppid);
  const std::string name =
      fmt::format("process {}{}", process.ppid, parent != nullptr ? " (" + parent->comm + ")" : "");
  Finding finding = run.finding(Severity::warning, 1.0);
  finding.summary = "has ended and is a zombie: it holds nothing but its PID, and no signal reaches it";
  finding.evidence.push_back(run.evidence(
      "zombie_processes", 1, 1, fmt::format("process {} is in state Z; its parent is {}", process.id.pid, name)));
  finding.causes.push_back(name + " has not called wait() for it");
  finding.actions.push_back(name + " must wait for it or end: then it goes");
  return finding;
}

}  // namespace

std::optional<Finding> zombies(const Case& run) {
  if (std::optional<Finding> itself = zombie_itself(run)) return itself;
  const std::vector<const Member*> dead = unreaped(run);
  const std::vector<const Member*> left = orphans(run);
  if (dead.size() < thresholds::zombies && left.empty()) return std::nullopt;
  const bool many = dead.size() >= thresholds::zombies;
  Finding finding = run.finding(Severity::warning, many ? 0.9 : 0.85);
  finding.summary = many ? fmt::format("{} of its children ended, and their parent does not wait for them", dead.size())
                         : fmt::format("its main process has ended, and {} of it live on", left.size());
  if (many) {
    const ProcessSample& first = run.process(*dead.front());
    const ProcessSample* const parent = run.frame().snapshot->find_pid(first.ppid);
    finding.evidence.push_back(
        run.evidence("zombie_processes", static_cast<double>(dead.size()), static_cast<double>(thresholds::zombies),
                     fmt::format("zombies all through the window, such as pid {} {}; parent {} {}", first.id.pid,
                                 first.comm, first.ppid, parent != nullptr ? parent->comm : std::string())));
    finding.causes.push_back(fmt::format("process {} starts children and does not call wait() for them", first.ppid));
    finding.actions.push_back(
        fmt::format("wait for what is started (Popen.wait, Process.join), or signal(SIGCHLD, SIG_IGN); when {} ends, "
                    "they go",
                    first.ppid));
  }
  if (!left.empty()) {
    finding.evidence.push_back(
        run.evidence("orphan_processes", static_cast<double>(left.size()), 0, "left behind: " + names(run, left)));
    finding.causes.emplace_back("the main process was killed, or ended without ending its children");
    finding.actions.push_back("vigie kill " + run.run().name + " ends what is left of it");
  }
  return finding;
}

}  // namespace vigie::rules
