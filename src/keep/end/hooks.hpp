// Commands of the user that a run's recorder starts at its turning points, and its messages to people.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/fd.hpp"
#include "model/run.hpp"

namespace vigie::keep {

/// Starts `line` with /bin/sh in the run's directory and environment, with VIGIE_STATE, VIGIE_EXIT_REASON,
/// VIGIE_EXIT_CODE and VIGIE_EXIT_SIGNAL (empty where there is none) and VIGIE_MESSAGE added; `message` is its standard
/// input, too. What it prints goes to `hooks.log` beside the run's log. Returns a pidfd; empty when there is no
/// line, or it cannot be started.
Fd run_hook(const RunRecord& record, const std::string& line, std::string_view message = {});

/// The commands that a run's recorder started.
class Hooks {
 public:
  /// Starts one, if there is a line.
  void start(const RunRecord& record, const std::string& line, std::string_view message = {});
  /// At the end of an attempt, and where no other follows of the run; waits for all of them, for half a minute at most.
  void tell_end(const RunRecord& ended, bool run_is_over);

 private:
  std::vector<Fd> running_;  ///< pidfds
};

/// "resnet failed: exit code 1 (attempt 2, after 3 h 12 min)".
[[nodiscard]] std::string end_message(const RunRecord& record);

/// Writes the message on every terminal of this user that takes messages (mesg(1)), as write(1) would.
void tell_terminals(std::string_view message);

}  // namespace vigie::keep
