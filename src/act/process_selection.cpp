#include "act/process_selection.hpp"

#include <pwd.h>
#include <unistd.h>

#include <algorithm>
#include <numeric>
#include <ranges>
#include <string_view>

#include <fmt/format.h>

#include "act/target.hpp"
#include "base/number.hpp"
#include "base/text.hpp"
#include "runs/ended.hpp"

namespace vigie::act {

Result<uid_t> uid_named(const std::string& name) {
  if (const passwd* entry = ::getpwnam(name.c_str()); entry != nullptr) return entry->pw_uid;
  if (is_pid(name) && name.size() < 10) return static_cast<uid_t>(std::stoul(name));
  return fail(fmt::format("no user \"{}\"", safe_text(name)), ErrorKind::usage);
}

namespace {

bool is_list(const std::string& text) {
  return std::ranges::all_of(text, [](char c) { return c == ',' || (c >= '0' && c <= '9'); });
}

/// %PATTERN, or a pattern without the mark.
Result<Pattern> pattern_of(std::string_view text) {
  return Pattern::compile(text.substr(text.starts_with('%') ? 1 : 0));
}

/// The index of the run of exactly this name or id; -1 when there is none.
int run_named(const Frame& frame, const std::string& text) {
  const auto named = std::ranges::find_if(
      frame.view.runs, [&](const Run& run) { return !text.empty() && (run.name == text || run.id == text); });
  return named == frame.view.runs.end() ? -1 : static_cast<int>(named - frame.view.runs.begin());
}

}  // namespace

Result<void> ProcessSelection::read_targets(const std::vector<std::string>& targets) {
  if (targets.empty() && exact_) return fail("--exact takes the name of a program", ErrorKind::usage);
  if (targets.empty()) return {};
  if (targets.size() == 1 && !(is_list(targets.front()) && targets.front().contains(','))) {
    target_ = targets.front();
    return {};
  }
  for (const std::string& text : targets) {
    if (!is_list(text)) return fail("give one pattern or run, or several PIDs", ErrorKind::usage);
    for (const auto word : std::views::split(text, ',')) {
      const std::optional<pid_t> pid = whole_number<pid_t>(std::string_view(word));
      if (!pid) return fail(fmt::format("\"{}\" is no list of PIDs", text), ErrorKind::usage);
      pids_.push_back(*pid);
    }
  }
  std::ranges::sort(pids_);
  const auto again = std::ranges::unique(pids_);
  pids_.erase(again.begin(), again.end());
  return {};
}

Result<ProcessSelection> ProcessSelection::of(const SelectionWish& wish) {
  ProcessSelection selection;
  selection.all_ = wish.all;
  selection.exact_ = wish.exact;
  RETURN_IF_ERROR(selection.read_targets(wish.targets));
  for (const std::string& name : wish.users) {
    ASSIGN_OR_RETURN(uid_t uid, uid_named(name));
    selection.users_.push_back(uid);
  }
  if (!wish.cgroup.empty()) {
    ASSIGN_OR_RETURN(selection.cgroup_, Pattern::compile(wish.cgroup));
  }
  if (!selection.target_.empty() && !wish.exact) {
    ASSIGN_OR_RETURN(selection.pattern_, pattern_of(selection.target_));
  }
  return selection;
}

bool ProcessSelection::means(const ProcessSample& process) const {
  if (process.id.pid == ::getpid()) return false;
  return exact_ ? process.comm == target_ : pattern_->matches(command_text(process));
}

Result<std::vector<std::size_t>> ProcessSelection::of_target(const Frame& frame) const {
  if (!exact_ && target_.front() != '%' && (run_named(frame, target_) >= 0 || is_pid(target_))) {
    ASSIGN_OR_RETURN(Target target, resolve_target(frame, target_));
    return std::move(target.processes);
  }
  std::vector<std::size_t> selection;
  for (std::size_t index = 0; index < frame.snapshot->processes.size(); ++index) {
    if (means(frame.snapshot->processes[index])) selection.push_back(index);
  }
  return selection;
}

bool ProcessSelection::has_user(const Reading<uid_t>& uid) const {
  return users_.empty() || (uid && std::ranges::find(users_, *uid) != users_.end());
}

Result<std::vector<std::size_t>> ProcessSelection::in(const Frame& frame) const {
  std::vector<std::size_t> selection;
  if (!target_.empty()) {
    Result<std::vector<std::size_t>> chosen = of_target(frame);
    if (!chosen) return chosen;
    selection = std::move(*chosen);
  } else if (only_runs()) {
    for (const Run& run : frame.view.runs) {
      for (const Member& member : run.members) selection.push_back(member.process);
    }
  } else {
    selection.resize(frame.snapshot->processes.size());
    std::iota(selection.begin(), selection.end(), std::size_t{0});
  }
  std::erase_if(selection, [&](std::size_t index) {
    const ProcessSample& process = frame.snapshot->processes[index];
    return !has_user(process.uid) || (cgroup_ && (!process.cgroup || !cgroup_->matches(*process.cgroup)));
  });
  return selection;
}

/// A run of that name means its processes; a pattern that is no run's name is one over command lines.
bool ProcessSelection::is_chosen(const views::EndedRow& row, int named_run) const {
  const EndedProcess& process = *row.process;
  if (!has_user(process.uid)) return false;
  if (target_.empty()) return true;
  if (exact_) return process.comm && *process.comm == target_;
  if (is_pid(target_) && target_.size() < 10) {
    const auto pid = static_cast<pid_t>(std::stol(target_));
    return process.id.pid == pid || std::ranges::find(row.ancestors, pid) != row.ancestors.end();
  }
  if (named_run >= 0) return row.run == named_run;
  const Reading<std::string> command = command_text(process);
  return command && pattern_->matches(*command);
}

std::vector<views::EndedRow> ProcessSelection::ended_in(const Frame& frame,
                                                        const std::vector<std::vector<pid_t>>& ancestors) const {
  const Snapshot& snapshot = *frame.snapshot;
  const std::vector<int> runs = runs_of_ended(snapshot, frame.view, ancestors);
  const int named_run = run_named(frame, target_);
  std::vector<views::EndedRow> rows;
  for (std::size_t index = 0; index < snapshot.ended.size(); ++index) {
    const views::EndedRow row{
        .frame = &frame, .process = &snapshot.ended[index], .ancestors = ancestors[index], .run = runs[index]};
    if (is_chosen(row, named_run)) rows.push_back(row);
  }
  return rows;
}

}  // namespace vigie::act
