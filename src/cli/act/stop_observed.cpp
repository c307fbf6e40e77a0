#include "cli/act/stop_observed.hpp"

#include <algorithm>
#include <csignal>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.hpp"
#include "cli/act/acting.hpp"
#include "control/grace.hpp"
#include "control/process.hpp"
#include "control/signal_course.hpp"
#include "control/tree.hpp"
#include "keep/stop/run_tree.hpp"

namespace vigie::cli {
namespace {

/// The course of a stop of processes that have no recorder.
class ObservedStop {
 public:
  ObservedStop(const Frame& frame, const act::Target& target, const StopRequest& request)
      : frame_(frame),
        list_(act::lister_of(frame, target)),
        request_(request),
        leader_(act::identities(frame, target).front()),
        course_(request.signal, leader_) {
    course_.hold_within_grace(now().boot_ns, request.grace_seconds);
  }

  [[nodiscard]] bool permitted() const {
    const Result<void> asked = control::send_signal(leader_, 0);
    return asked || asked.error().kind != ErrorKind::denied;
  }

  void begin(Stopped& stopped, const act::Target& target) {
    add_rows(course_.advance(list_().processes), stopped);
    for (const std::size_t index : target.processes) {  // a paused process could not act on the signal
      const ProcessSample& process = frame_.snapshot->processes[index];
      if (process.state == 'T') (void)control::send_signal(process.id, SIGCONT).has_value();
    }
  }

  /// Returns how much was added to the grace for the checkpoint.
  double wait(Stopped& stopped, act::WrittenFiles& written) {
    constexpr double look_seconds = 0.5, short_look_seconds = 0.1;
    std::optional<control::CheckpointWatch> watch;
    if (!request_.wait_checkpoint.empty()) watch.emplace(request_.wait_checkpoint);
    const Instant begin = now();
    WaitNotice notice(stopped.label, request_.grace_seconds, "Ctrl-C ends this wait, and nothing is killed");
    double extended = 0;
    while (true) {
      const control::Tree tree = list_();
      const Instant time = now();
      if (watch) watch->look(time.boot_ns);
      if (watch) watched_ = watch->changed(time.boot_ns);
      if (tree.processes.empty()) {
        for (CheckpointFile& file : watched_) file.growing = false;  // no process is left to write it
        return extended;
      }
      add_rows(course_.advance(tree.processes), stopped);
      notice.look();
      written.look();
      const double left = request_.grace_seconds + extended - seconds_between(begin, time);
      const bool growing =
          watch && watch->growing(time.boot_ns) && extended < control::Grace::longest_extension_seconds;
      if (left <= 0 && !growing) return extended;
      if (left <= 0) extended += look_seconds;
      if (const Result<Fd> first = control::open_process(tree.processes.front()))
        (void)control::wait_for_end(*first, left > 0 ? std::min(left, short_look_seconds) : look_seconds);
    }
  }

  [[nodiscard]] const control::Lister& list() const { return list_; }
  [[nodiscard]] const std::vector<CheckpointFile>& watched() const { return watched_; }

 private:
  void add_rows(const std::vector<control::Outcome>& told, Stopped& stopped) {
    for (const control::Outcome& one : told) {
      if (one.result != "gone")
        stopped.rows.push_back({one.id, act::command_of(frame_, one.id), signal_action(request_.signal),
                                one.failed ? one.result : std::string()});
    }
  }

  const Frame& frame_;
  control::Lister list_;
  const StopRequest& request_;
  ProcessId leader_;
  control::SignalCourse course_;
  std::vector<CheckpointFile> watched_;
};

/// One that ended and that its parent has not noticed yet does not.
bool lives(ProcessId id) {
  const Result<Fd> pidfd = control::open_process(id);
  return pidfd && !control::wait_for_end(*pidfd, 0);
}

}  // namespace

Result<void> stop_observed(const Frame& frame, const act::Target& target, const RunRecord* record,
                           const StopRequest& request, bool no_kill, act::WrittenFiles& written, Stopped& stopped) {
  ObservedStop course(frame, target, request);
  if (!course.permitted()) return act::refused("stop", target);
  if (request.signal != SIGKILL) {
    course.begin(stopped, target);
    if (request.grace_seconds > 0) stopped.extended_seconds = course.wait(stopped, written);
    for (const CheckpointFile& file : course.watched()) stopped.files.push_back({file});
    for (act::ActionRow& row : stopped.rows) {
      if (row.result.empty()) row.result = control::why_it_survives(row.id).empty() ? "ended" : "still there";
    }
  }
  if (no_kill) return {};
  for (const ProcessId& id : control::kill_tree(course.list(), final_kill_seconds).killed) {
    const std::string reason = control::why_it_survives(id);
    stopped.rows.push_back({id, act::command_of(frame, id), "kill", reason.empty() ? "ended" : reason});
  }
  // With its keepers alive no process leaves the tree unseen, and they are not to be killed.
  const bool kept = record != nullptr && (lives(record->holder) || lives(record->recorder));
  if (record == nullptr || kept) return {};
  // Processes that were born meanwhile and lost their parents: by the run's control group and its marker.
  for (const StopAction& one : keep::RunTree(*record).kill(final_kill_seconds))
    stopped.rows.push_back({{one.pid, 0}, one.command, one.action, one.result});
  return {};
}

}  // namespace vigie::cli
