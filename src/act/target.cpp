#include "act/target.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <ranges>
#include <set>
#include <utility>

#include "act/pattern.hpp"
#include "base/number.hpp"
#include "base/suggestion.hpp"
#include "base/text.hpp"

namespace vigie::act {

Target target_of_run(const Frame& frame, std::size_t index) {
  const Run& run = frame.view.runs[index];
  Target target{.run = index, .processes = {}, .label = safe_text(run.name)};
  for (const Member& member : run.members) target.processes.push_back(member.process);
  return target;
}

namespace {

Target target_of_process(const Frame& frame, std::size_t index) {
  const ProcessSample& process = frame.snapshot->processes[index];
  return {.run = std::nullopt,
          .processes = {index},
          .label = fmt::format("process {} ({})", process.id.pid, safe_text(process.comm))};
}

/// Processes that no act may touch: vigie, whose command line has the pattern, its ancestors, which may have it too,
/// and init.
std::set<pid_t> untouchable(const Frame& frame) {
  std::set<pid_t> pids{1};
  for (const ProcessSample* at = frame.snapshot->find_pid(::getpid()); at != nullptr && pids.insert(at->id.pid).second;)
    at = frame.snapshot->find_pid(at->ppid);
  return pids;
}

/// Processes whose command line matches; one that belongs to a run stands for the run, which counts once.
Result<std::vector<Target>> matching(const Frame& frame, std::string_view text, Naming naming) {
  ASSIGN_OR_RETURN(Pattern pattern, Pattern::compile(text));
  std::vector<Target> targets;
  std::vector<bool> seen(frame.view.runs.size());
  const auto& processes = frame.snapshot->processes;
  const std::set<pid_t> left_out = naming == Naming::exact ? untouchable(frame) : std::set<pid_t>{::getpid()};
  for (std::size_t index = 0; index < processes.size(); ++index) {
    if (left_out.contains(processes[index].id.pid) || !pattern.matches(command_text(processes[index]))) continue;
    const int run = index < frame.view.run_of.size() ? frame.view.run_of[index] : -1;
    if (run < 0) {
      targets.push_back(target_of_process(frame, index));
    } else if (!seen[static_cast<std::size_t>(run)]) {
      seen[static_cast<std::size_t>(run)] = true;
      targets.push_back(target_of_run(frame, static_cast<std::size_t>(run)));
    }
  }
  if (targets.empty()) {
    return fail(fmt::format("no process matches \"{}\"", safe_text(text)), ErrorKind::no_target);
  }
  return targets;
}

/// "no run or process …", with the names that are near.
std::unexpected<Error> nothing_called(const Frame& frame, std::string_view text) {
  std::vector<std::string> names;
  for (const Run& run : frame.view.runs) names.push_back(safe_text(run.name));
  const std::string unread = unread_runs(frame);
  return fail(fmt::format("no run or process \"{}\"{}{}{}", safe_text(text), suggestion(text, names),
                          unread.empty() ? "" : "; ", unread),
              ErrorKind::no_target);
}

Result<std::vector<Target>> by_beginning(const Frame& frame, std::string_view text) {
  std::vector<std::size_t> found;
  for (std::size_t index = 0; index < frame.view.runs.size(); ++index) {
    const Run& run = frame.view.runs[index];
    if (run.name.starts_with(text) || run.id.starts_with(text)) found.push_back(index);
  }
  if (found.size() == 1) return std::vector{target_of_run(frame, found.front())};
  if (found.empty()) return nothing_called(frame, text);
  std::string message = fmt::format("\"{}\" is the beginning of several runs:", safe_text(text));
  for (const std::size_t index : found) message += " " + safe_text(frame.view.runs[index].name);
  return fail(message + "; write one out", ErrorKind::usage);
}

/// The run of exactly this name or id. The name of an observed run is its user's choice, and may read like another
/// run's id: vigie's own runs come first, and names before ids.
std::optional<std::size_t> run_called(const Frame& frame, std::string_view text) {
  for (const bool supervised : {true, false}) {
    for (const auto member : {&Run::name, &Run::id}) {
      for (std::size_t index = 0; index < frame.view.runs.size(); ++index) {
        const Run& run = frame.view.runs[index];
        if (run.supervised == supervised && run.*member == text) return index;
      }
    }
  }
  return std::nullopt;
}

Result<std::vector<Target>> by_pid(const Frame& frame, std::string_view text) {
  const std::optional<pid_t> pid = whole_number<pid_t>(text);
  if (const ProcessSample* process = pid ? frame.snapshot->find_pid(*pid) : nullptr)
    return std::vector{target_of_process(frame, static_cast<std::size_t>(process - frame.snapshot->processes.data()))};
  return fail(fmt::format("there is no process {0}: {0} is a PID here, and a run goes by its name", safe_text(text)),
              ErrorKind::no_target);
}

}  // namespace

bool is_pid(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

Result<std::vector<Target>> resolve_targets(const Frame& frame, std::string_view text, Naming naming) {
  if (text.empty()) return fail("the target is empty", ErrorKind::usage);
  if (text.front() == '%') return matching(frame, text.substr(1), naming);
  if (is_pid(text)) {
    Result<std::vector<Target>> process = by_pid(frame, text);
    if (process || naming == Naming::exact) return process;
  }
  if (const std::optional<std::size_t> run = run_called(frame, text)) return std::vector{target_of_run(frame, *run)};
  return naming == Naming::exact ? nothing_called(frame, text) : by_beginning(frame, text);
}

void mean_the_run(const Frame& frame, Target& target) {
  if (target.run || target.processes.size() != 1) return;
  const std::size_t process = target.processes.front();
  const int index = process < frame.view.run_of.size() ? frame.view.run_of[process] : -1;
  if (index < 0) return;
  const Run& run = frame.view.runs[static_cast<std::size_t>(index)];
  if (run.supervised && run.leader == frame.snapshot->processes[process].id)
    target = target_of_run(frame, static_cast<std::size_t>(index));
}

void leave_each_once(std::vector<Target>& targets) {
  std::set<std::pair<std::optional<std::size_t>, std::vector<std::size_t>>> seen;
  std::erase_if(targets, [&](const Target& target) { return !seen.emplace(target.run, target.processes).second; });
}

std::string labels_of(const std::vector<Target>& targets) {
  constexpr std::size_t shown = 8;
  std::string labels;
  for (const Target& target : targets | std::views::take(shown)) labels += (labels.empty() ? "" : ", ") + target.label;
  return labels + (targets.size() > shown ? ", …" : "");
}

Result<Target> resolve_target(const Frame& frame, std::string_view text) {
  ASSIGN_OR_RETURN(std::vector<Target> targets, resolve_targets(frame, text, Naming::by_beginning));
  if (targets.size() == 1) return std::move(targets.front());
  return fail(fmt::format("\"{}\" names {} targets: {}; name one", safe_text(text), targets.size(), labels_of(targets)),
              ErrorKind::usage);
}

DetailRequest detail_of_target(proc::Details what, std::string text) {
  return {.what = what, .of = [text = std::move(text)](const Frame& bare) -> Result<std::vector<std::size_t>> {
            ASSIGN_OR_RETURN(Target target, resolve_target(bare, text));
            if (target.processes.empty() && target.run && is_over(bare.view.runs[*target.run].state))
              return fail(target.label + " is over: it has no process to look at", ErrorKind::no_target);
            return std::move(target.processes);
          }};
}

FeedOptions feed_about(const std::string& target, proc::Details what) {
  FeedOptions feed;
  feed.whom.target = target;
  feed.whom.alone = true;
  feed.what.detail = detail_of_target(what, target);
  return feed;
}

std::string unread_runs(const Frame& frame) {
  if (frame.snapshot->observer == 0) return {};  // of a saved host no record can be read, nor is expected
  for (const SourceStatus& source : frame.snapshot->sources) {
    if (source.name == "runs") return safe_text(source.reason);
  }
  return {};
}

}  // namespace vigie::act
