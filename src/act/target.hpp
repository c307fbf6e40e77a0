// TARGET: a PID, a run's name or id, or %PATTERN over the command line.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "feed/feed.hpp"
#include "model/frame.hpp"

namespace vigie::act {

/// One process, or one run standing for its whole tree.
struct Target {
  std::optional<std::size_t> run;      ///< index into frame.view.runs; empty for a plain process
  std::vector<std::size_t> processes;  ///< indices into the snapshot; leader first; empty for a run that is over
  std::string label;                   ///< safe text: the run's name, or "process 123 (python3)"
};

/// How much of a name is needed. Commands that act need the exact name: the run that was meant may be gone, and another
/// one may begin like it.
enum class Naming : std::uint8_t {
  exact,         ///< names and ids are written out, and digits are a PID and nothing else
  by_beginning,  ///< for looking: the beginning of the name or id of one run alone is enough
};

/// Digits alone: a PID.
[[nodiscard]] bool is_pid(std::string_view text);

/// Everything `text` names. Fails with kind no_target when it names nothing (and with the close names), with kind usage
/// when a beginning is ambiguous or the pattern is not a regular expression. A PID that leads a run or belongs to one
/// is that process alone.
Result<std::vector<Target>> resolve_targets(const Frame& frame, std::string_view text, Naming naming);

/// The run of that index in the view.
Target target_of_run(const Frame& frame, std::size_t index);
/// The PID of a run's main process means the run: its keeper would take the end of that process for a failure, and
/// might start it again.
void mean_the_run(const Frame& frame, Target& target);
/// Targets that are named twice, as by a run's name and by a pattern that it matches, are left once: the first.
void leave_each_once(std::vector<Target>& targets);
/// "resnet, process 12 (python3), …": the first of them.
[[nodiscard]] std::string labels_of(const std::vector<Target>& targets);

/// For looks at exactly one: as above by its beginning, and several matches are an error of kind usage that lists them.
Result<Target> resolve_target(const Frame& frame, std::string_view text);

/// Asks the feed to read `what` of every process of the one target that `text` names.
[[nodiscard]] DetailRequest detail_of_target(proc::Details what, std::string text);

/// For a look at one target in depth.
[[nodiscard]] FeedOptions feed_about(const std::string& target, proc::Details what);

/// Why records of runs that may be there are not shown, safe; empty when all are.
[[nodiscard]] std::string unread_runs(const Frame& frame);

}  // namespace vigie::act
