// The processes of one supervised run, as its recorder finds them.
#pragma once

#include <map>
#include <span>
#include <string>
#include <vector>

#include "control/signal_course.hpp"
#include "control/tree.hpp"
#include "model/run.hpp"

namespace vigie::keep {

class RunTree {
 public:
  /// `record` names its holder, and must outlive this.
  explicit RunTree(const RunRecord& record);

  /// The live processes, without holder and recorder: by control group, descent and session; if that finds none, also
  /// by the marker in the environment, which takes longer to look for.
  [[nodiscard]] control::Tree find();
  /// What a signal would do to each of them.
  [[nodiscard]] std::vector<control::Listener> listeners(int signal);
  /// Sends it to those whose turn it is (control/signal_course.hpp).
  std::vector<control::Outcome> pass_on(control::SignalCourse& course);
  /// The command line of a process that was passed a signal, or killed; raw.
  [[nodiscard]] std::string command_of(ProcessId id) const;
  /// SIGCONT to those that are stopped, and only to those.
  void let_stopped_go_on();
  /// SIGKILL to all of it, for at most `timeout_seconds`. The result for each, those that are left first.
  [[nodiscard]] std::vector<StopAction> kill(double timeout_seconds);

 private:
  [[nodiscard]] control::Tree find_marked(const std::vector<ProcessSample>& processes);
  void remember_commands(std::span<const ProcessId> processes);

  const RunRecord& record_;
  control::Family family_;
  std::map<ProcessId, std::string> commands_;
};

}  // namespace vigie::keep
