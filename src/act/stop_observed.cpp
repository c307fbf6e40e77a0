#include <algorithm>
#include <csignal>
#include <string>
#include <utility>
#include <vector>

#include "act/stop_ways.hpp"
#include "base/clock.hpp"
#include "control/grace.hpp"
#include "control/process.hpp"
#include "control/signal_course.hpp"
#include "control/tree.hpp"
#include "keep/stop/run_tree.hpp"

namespace vigie::act {
namespace {

/// The course of a stop of processes that have no recorder.
class ObservedStop {
 public:
  explicit ObservedStop(const StopOrder& order)
      : order_(order),
        list_(lister_of(order.frame, order.target)),
        leader_(identities(order.frame, order.target).front()),
        course_(order.request.signal, leader_) {
    course_.hold_within_grace(now().boot_ns, order.request.grace_seconds);
  }

  [[nodiscard]] bool permitted() const {
    const Result<void> asked = control::send_signal(leader_, 0);
    return asked || asked.error().kind != ErrorKind::denied;
  }

  void begin(Stopped& stopped) {
    add_rows(course_.advance(list_().processes), stopped);
    for (const std::size_t index : order_.target.processes) {  // a paused process could not act on the signal
      const ProcessSample& process = order_.frame.snapshot->processes[index];
      if (process.state == 'T') ignore_error(control::send_signal(process.id, SIGCONT));
    }
  }

  /// Until nothing is left or the grace is over.
  void wait(Stopped& stopped, WrittenFiles& written, StopProgress& progress) {
    const StopRequest& request = order_.request;
    const Instant begin = now();
    control::Grace grace(begin.boot_ns, request.grace_seconds, request.wait_checkpoint);
    while (true) {
      const control::Tree tree = list_();
      const Instant time = now();
      const bool ended = tree.processes.empty();
      if (ended || grace.over(time.boot_ns)) {
        for (const CheckpointFile& file : ended ? grace.files_at_end(time.boot_ns) : grace.files(time.boot_ns))
          stopped.files.push_back({file});
        stopped.extended_seconds = grace.extended_seconds();
        return;
      }
      add_rows(course_.advance(tree.processes), stopped);
      progress.waits({order_.target.label, request.grace_seconds, seconds_between(begin, time), false, order_.no_kill});
      written.look();
      wait_a_moment(tree.processes.front(), grace);
    }
  }

  [[nodiscard]] const control::Lister& list() const { return list_; }

 private:
  /// Until the first of them ends, or there is something to look at again.
  static void wait_a_moment(ProcessId first, const control::Grace& grace) {
    constexpr double most_seconds = 0.1;
    const std::int64_t left_ns = grace.next_ns().value_or(0) - now().boot_ns;
    const double left = static_cast<double>(std::max<std::int64_t>(left_ns, 0)) / nanoseconds_per_second;
    if (const Result<Fd> process = control::open_process(first))
      (void)control::wait_for_end(*process, std::min(left, most_seconds));
  }

  void add_rows(const std::vector<control::Outcome>& told, Stopped& stopped) {
    for (const control::Outcome& one : told) {
      if (one.result != "gone")
        stopped.rows.push_back({one.id, command_of(order_.frame, one.id), signal_action(order_.request.signal),
                                one.failed ? one.result : std::string()});
    }
  }

  const StopOrder& order_;
  control::Lister list_;
  ProcessId leader_;
  control::SignalCourse course_;
};

/// Not for a process that ended and that its parent has not reaped yet.
bool lives(ProcessId id) {
  const Result<Fd> pidfd = control::open_process(id);
  return pidfd && !control::wait_for_end(*pidfd, 0);
}

/// The signal, and the grace.
void ask_to_end(ObservedStop& course, const StopOrder& order, WrittenFiles& written, StopProgress& progress,
                Stopped& stopped) {
  course.begin(stopped);
  if (order.request.grace_seconds > 0) course.wait(stopped, written, progress);
  for (ActionRow& row : stopped.rows) {
    if (row.result.empty()) row.result = control::why_it_survives(row.id).empty() ? "ended" : "still there";
  }
}

}  // namespace

Result<void> stop_observed(const StopOrder& order, WrittenFiles& written, StopProgress& progress, Stopped& stopped) {
  ObservedStop course(order);
  if (!course.permitted()) return refused("stop", order.target);
  if (order.request.signal != SIGKILL) ask_to_end(course, order, written, progress, stopped);
  if (order.no_kill) return {};
  for (const ProcessId& id : control::kill_tree(course.list(), final_kill_seconds).killed) {
    const std::string reason = control::why_it_survives(id);
    stopped.rows.push_back({id, command_of(order.frame, id), "kill", reason.empty() ? "ended" : reason});
  }
  // With its keepers alive no process leaves the tree unseen, and they are not to be killed.
  const RunRecord* const record = order.record;
  const bool kept = record != nullptr && (lives(record->holder) || lives(record->recorder));
  if (record == nullptr || kept) return {};
  // Processes that were born meanwhile and lost their parents: by the run's control group and its marker.
  for (const StopAction& one : keep::RunTree(*record).kill(final_kill_seconds))
    stopped.rows.push_back({{one.pid, 0}, one.command, one.action, one.result});
  return {};
}

}  // namespace vigie::act
