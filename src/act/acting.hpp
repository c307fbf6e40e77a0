// Shared by all acts on processes: a frame to resolve targets in, the processes of a target, and the result for each.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "act/target.hpp"
#include "base/result.hpp"
#include "control/tree.hpp"
#include "model/frame.hpp"
#include "model/run_control.hpp"

namespace vigie::act {

/// The host now, with its runs, without rates.
Result<Frame> acting_frame();

/// These processes now, and `what` of each in depth.
Result<Frame> frame_in_depth(const std::vector<ProcessId>& processes, proc::Details what);

/// The record of a supervised run that a target stands for; nullptr for anything else.
const RunRecord* record_of(const Frame& frame, const Target& target);

/// Identities of a target's processes, leader first.
std::vector<ProcessId> identities(const Frame& frame, const Target& target);

/// The whole tree of a target in this frame: all members of a run, or a process with all below it.
std::vector<ProcessId> tree_of(const Frame& frame, const Target& target);

/// Names the processes of that tree as they are when asked. A process that was once seen in it stays part of it.
control::Lister lister_of(const Frame& frame, const Target& target);

/// Whether it has anything here to act on: a run that is over has no processes, and only its keeper can act on those of
/// a run elsewhere.
[[nodiscard]] bool can_be_acted_on(const Frame& frame, const Target& target);
/// The error where it cannot.
std::unexpected<Error> nothing_to_act_on(const Frame& frame, const Target& target, const std::string& verb);

/// Refuses a zombie: it has ended, and no signal reaches it. Says which process must wait for it.
Result<void> refuse_zombie(const Frame& frame, const Target& target, std::string_view verb);

/// One row per process acted on: pid, command, action, result.
struct ActionRow {
  ProcessId id;
  std::string command;  ///< raw
  std::string action;
  std::string result;
};

/// What was done to one target, or would be.
struct Acted {
  std::vector<ActionRow> rows = {};
  std::vector<std::string> remarks = {};  ///< what else the user should know: sentences, raw
  bool failed = false;                    ///< some process could not be acted on
};

/// The words for an act, for its reports.
struct Verb {
  std::string verb;            ///< "renice"
  std::string action;          ///< "nice 10"
  std::string if_denied = {};  ///< what would allow it; by default: it is another user's
  bool whole_tree = true;      ///< not the main process alone
};

/// Something to do to targets: a wish with its values filled in.
struct Act {
  Verb verb;
  /// To one target that can be acted on.
  std::function<Result<Acted>(const Frame&, const Target&)> perform;
};

/// Does it. Fails where there is nothing to act on, and with kind denied when nothing was permitted.
Result<Acted> act_on(const Frame& frame, const Target& target, const Act& act);
/// What act_on() would do: "would be done" for each process.
Result<Acted> plan_of(const Frame& frame, const Target& target, const Verb& verb);
/// Sums up the outcomes for the processes of a target. Kind denied when nothing was permitted.
Result<Acted> acted(const Frame& frame, const Target& target, const Verb& verb,
                    const std::vector<control::Outcome>& outcomes);

/// Whether nothing could be done because nothing was permitted.
bool all_denied(const std::vector<control::Outcome>& outcomes);
/// The error for that: "cannot pause process 1 (init): …".
std::unexpected<Error> refused(const std::string& verb, const Target& target, const std::string& why = {});

/// The command line of a process of the frame, raw; empty when it is not in it.
std::string command_of(const Frame& frame, ProcessId id);

}  // namespace vigie::act
