// What the output of a run that is over says about its end; pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace vigie::rules {

/// Lines as they were printed, without escape sequences; text that a carriage return wrote over counts as lines of its
/// own.
[[nodiscard]] std::vector<std::string> printed_lines(std::string_view output);

/// A Python traceback.
struct Traceback {
  std::string error;  ///< "RuntimeError: ..."
  std::string where;  ///< "train.py:42 in step": the innermost line of the program's own, or of all
};
/// The last one in an output, without what a launcher or a logger wrote before its lines.
[[nodiscard]] std::optional<Traceback> last_traceback(std::string_view output);

/// Why a run ended, by its own words.
struct Cause {
  std::string_view rule;  ///< of the words that the libraries use ("gpu-oom"); empty: an error like any other
  std::string line;       ///< that says so
  bool refused = false;   ///< memory was asked for and not given: nothing was killed
  bool killed = false;    ///< a process of the run got SIGKILL, and does not know its sender
  bool warned = false;    ///< it was a warning, and no error followed it
  /// Told by a launcher, by another rank or in a thread: it ends no run that was well.
  bool consequence = false;
  bool perhaps_past = false;  ///< more was printed after it, without a count that tells whether the training went on
  std::string_view ended_by;  ///< a scheduler's reason, "the time limit of its job was over"; empty: none
  std::optional<Traceback> traceback;  ///< that it was raised in
};

/// The first error after which the run did not go on: warnings, and errors after which its steps went on counting, are
/// none. Errors after the first are its consequences, and so are those that a launcher or a thread reports, wherever
/// they stand. Of errors that were raised while another one was handled it is the one that a library's words explain,
/// or the last.
[[nodiscard]] std::optional<Cause> first_cause(const std::vector<std::string>& lines);

}  // namespace vigie::rules
