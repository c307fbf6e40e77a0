#include "act/runs_by_name.hpp"

#include <algorithm>
#include <vector>

#include <fmt/format.h>

#include "act/acting.hpp"
#include "base/number.hpp"
#include "base/suggestion.hpp"
#include "base/text.hpp"
#include "wire/run_directory.hpp"

namespace vigie::act {
namespace {

/// The run that a word names on this host: by its name or id, or by the PID of one of its processes.
const Run* run_meant(const Frame& frame, std::string_view text) {
  if (!is_pid(text)) {
    const auto found =
        std::ranges::find_if(frame.view.runs, [&](const Run& run) { return run.name == text || run.id == text; });
    return found == frame.view.runs.end() ? nullptr : &*found;
  }
  const std::optional<pid_t> pid = whole_number<pid_t>(text);
  const ProcessSample* const process = pid ? frame.snapshot->find_pid(*pid) : nullptr;
  if (process == nullptr) return nullptr;
  const int run = frame.view.run_of[static_cast<std::size_t>(process - frame.snapshot->processes.data())];
  return run < 0 ? nullptr : &frame.view.runs[static_cast<std::size_t>(run)];
}

/// What to do instead with a run that vigie did not start; {0} is its name, {1} the PID that leads it.
constexpr std::string_view instead_of(RunUse use) {
  switch (use) {
    case RunUse::logs: return "its output goes where it was started";
    case RunUse::attach:
      return "its terminal belongs to where it was started; `vigie tree {0}` and `vigie why {0}` show what it does";
    case RunUse::wait:
      return "how it ends is told to its parent alone; `vigie adopt {1}` keeps an eye on it, then it can be waited for";
    case RunUse::remove: return "there is no record of it to forget; `vigie stop {0}` ends it";
    case RunUse::restart: return "`vigie adopt {1}` makes it a run, which can be started again once it is over";
    case RunUse::after: return "`vigie adopt {1}` makes it a run, which others can wait for";
    case RunUse::workspace: return "`vigie adopt {1}` makes it a run";
  }
  return "";
}

std::unexpected<Error> not_started_by_vigie(const Run& run, RunUse use) {
  const std::string name = safe_text(run.name);
  const pid_t leader = run.leader.pid;
  return fail(fmt::format("{} was not started by vigie: {}", name,
                          fmt::vformat(instead_of(use), fmt::make_format_args(name, leader))));
}

/// A PID of no live process may be that of a run which is over, as `vigie ls` shows it.
std::optional<RunRecord> ended_run_of(pid_t pid, const std::vector<RunRecord>& records) {
  std::optional<RunRecord> found;
  for (const RunRecord& record : records) {
    if (record.leader.pid != pid) continue;
    if (found) return std::nullopt;  // there is more than one
    found = record;
  }
  return found;
}

Result<RunRecord> run_of_process(std::string_view text, RunUse use) {
  ASSIGN_OR_RETURN(Frame frame, acting_frame());
  const std::optional<pid_t> pid = whole_number<pid_t>(text);
  const ProcessSample* const process = pid ? frame.snapshot->find_pid(*pid) : nullptr;
  const Run* const run = run_meant(frame, text);
  if (run != nullptr && run->supervised) return wire::read_record(run->directory);
  if (run != nullptr) return not_started_by_vigie(*run, use);
  if (process != nullptr) {
    return fail(fmt::format("process {} ({}) belongs to no run: digits alone are a PID, and `vigie ls` shows the runs",
                            text, safe_text(process->comm)),
                ErrorKind::no_target);
  }
  ASSIGN_OR_RETURN(std::vector<RunRecord> records, wire::list_records());
  if (std::optional<RunRecord> ended = pid ? ended_run_of(*pid, records) : std::nullopt) return std::move(*ended);
  return fail(
      fmt::format("there is no process {}, and no run was led by one: digits alone are a PID, and a run goes by "
                  "its name: `vigie ls` shows the runs",
                  text),
      ErrorKind::no_target);
}

/// Neither a name nor an id, nor the beginning of one.
std::unexpected<Error> no_such_run(std::string_view text, Naming naming, RunUse use,
                                   const std::vector<RunRecord>& beginning) {
  if (const Result<Frame> frame = acting_frame()) {
    if (const Run* const run = run_meant(*frame, text); run != nullptr && !run->supervised)
      return not_started_by_vigie(*run, use);
  }
  std::string message = fmt::format("there is no supervised run {}", text);
  if (naming == Naming::exact && !beginning.empty()) {
    message += fmt::format("; did you mean {}? What acts on a run wants its whole name", beginning.front().name);
  } else if (const Result<std::vector<RunRecord>> all = wire::list_records()) {
    std::vector<std::string> names;
    for (const RunRecord& record : *all) names.push_back(record.name);
    message += suggestion(text, names);
  }
  return fail(message + (message.ends_with('?') ? " " : ": ") + "`vigie ls` shows the runs", ErrorKind::no_target);
}

}  // namespace

Result<RunRecord> find_run(std::string_view text, Naming naming, RunUse use) {
  std::vector<wire::UnreadableRun> unreadable;
  ASSIGN_OR_RETURN(std::vector<RunRecord> records, wire::list_records_like(text, &unreadable));
  const bool exact = naming == Naming::exact;
  for (const auto member : {&RunRecord::name, &RunRecord::id}) {
    if (exact && is_pid(text)) break;
    const auto found = std::ranges::find(records, text, member);
    if (found != records.end()) return std::move(*found);
  }
  if (text.empty()) return fail("the name of the run is empty", ErrorKind::usage);
  if (is_pid(text)) return run_of_process(text, use);
  std::erase_if(
      records, [&](const RunRecord& record) { return !record.name.starts_with(text) && !record.id.starts_with(text); });
  if (!exact && records.size() == 1) return std::move(records.front());
  if (!exact && records.size() > 1)
    return fail(fmt::format("{} begins the names of several runs: give more of it", text), ErrorKind::usage);
  const auto damaged = std::ranges::find(unreadable, text, &wire::UnreadableRun::id);
  if (damaged != unreadable.end()) return fail(describe(*damaged));
  return no_such_run(text, naming, use, records);
}

Result<std::vector<RunRecord>> find_runs(const std::vector<std::string>& names, Naming naming, RunUse use) {
  std::vector<RunRecord> runs;
  for (const std::string& name : names) {
    ASSIGN_OR_RETURN(RunRecord run, find_run(name, naming, use));
    runs.push_back(std::move(run));
  }
  return runs;
}

std::optional<ObservedRun> find_observed(std::string_view text) {
  const Result<Frame> frame = acting_frame();
  const Run* const run = frame ? run_meant(*frame, text) : nullptr;
  if (run != nullptr && run->supervised) return std::nullopt;
  if (run != nullptr) return ObservedRun{.name = run->name, .leader = run->leader};
  const std::optional<pid_t> pid = frame && is_pid(text) ? whole_number<pid_t>(text) : std::nullopt;
  const ProcessSample* const process = pid ? frame->snapshot->find_pid(*pid) : nullptr;
  if (process == nullptr) return std::nullopt;
  return ObservedRun{.name = fmt::format("process {} ({})", process->id.pid, process->comm), .leader = process->id};
}

std::optional<wire::UnreadableRun> find_unreadable(std::string_view id) {
  std::vector<wire::UnreadableRun> unreadable;
  ignore_error(wire::list_records_like(id, &unreadable));
  const auto found = std::ranges::find(unreadable, id, &wire::UnreadableRun::id);
  return found == unreadable.end() ? std::nullopt : std::optional(*found);
}

}  // namespace vigie::act
