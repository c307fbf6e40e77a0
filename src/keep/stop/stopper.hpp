// The course of a stop: the signal to the processes that can act on it, the grace, then SIGKILL to all that is left.
#pragma once

#include <cstdint>
#include <optional>

#include "base/fd.hpp"
#include "control/grace.hpp"
#include "control/signal_course.hpp"
#include "keep/stop/run_tree.hpp"
#include "model/run.hpp"

namespace vigie::keep {

class Stopper {
 public:
  /// `record` is the keeper's, and must outlive this. Only its stop report is changed here.
  explicit Stopper(RunRecord& record) : record_(record) {}

  /// record.stop was just set, and is on disk.
  void begin();
  /// A second request for the same signal while a stop is under way: from now on its grace counts. No process gets the
  /// signal a second time, which many take for "now".
  void join();
  /// Whether nothing of the run is left; true before the first stop.
  [[nodiscard]] bool nothing_left();
  /// In a recorder that replaces a killed one: goes on with the stop in the record, if any. The grace begins anew: no
  /// clock that never jumps tells how much of it is over.
  void take_up();
  /// The main process has ended: processes that it launched may not have got the signal.
  void hasten();
  /// When act() has something to do (CLOCK_BOOTTIME); nothing while no stop is under way.
  [[nodiscard]] std::optional<std::int64_t> next_ns() const;
  void act();
  /// The holder has no children left, or is gone: ends processes that left the tree, and completes the report.
  void finish();

 private:
  void start_waiting();
  void follow_course();
  void pass_signal(std::int64_t boot_ns);
  void note_results();
  void kill_all();

  RunRecord& record_;
  std::optional<RunTree> tree_;
  std::optional<control::SignalCourse> course_;
  std::optional<control::Grace> grace_;
  std::optional<std::int64_t> pass_at_ns_;
  std::int64_t began_ns_ = 0;
  bool killed_ = false;
};

}  // namespace vigie::keep
