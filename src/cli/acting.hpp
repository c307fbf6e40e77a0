// What the commands that act on processes share: a frame to resolve targets in, and the report of what was done.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "base/result.hpp"
#include "base/root.hpp"
#include "cli/target.hpp"
#include "control/tree.hpp"
#include "model/frame.hpp"
#include "model/run_control.hpp"

namespace vigie::cli {

/// Flags of every control command.
struct ActingOptions {
  std::vector<std::string> targets;
  bool all = false;  ///< %PATTERN may name several targets
  bool dry_run = false;
  bool yes = false;  ///< there is no need to ask (see consent.hpp)
  bool json = false;
};

class Command;

void add_acting_options(Command& command, ActingOptions& options);

/// The host now, with its runs, without rates.
Result<Frame> acting_frame();

/// These processes now, and `what` of each in depth.
Result<Frame> frame_in_depth(const std::vector<ProcessId>& processes, proc::Details what);

/// The targets that `options` name, each once, checked: never pid 1, vigie itself or its ancestors, nor a zombie, to
/// which nothing can be done; and what vigie did not start or what belongs to somebody else only when the user wants to
/// `verb` just that. When one of several is refused nothing is done to the others.
Result<std::vector<Target>> acting_targets(const Frame& frame, const ActingOptions& options, std::string_view verb);

/// The record of a supervised run that a target stands for; nullptr for anything else.
const RunRecord* record_of(const Frame& frame, const Target& target);

/// Identities of a target's processes, leader first.
std::vector<ProcessId> identities(const Frame& frame, const Target& target);

/// The whole tree of a target in this frame: all members of a run, or a process with all below it.
std::vector<ProcessId> tree_of(const Frame& frame, const Target& target);

/// Names the processes of that tree as they are when asked. Whoever was seen in it stays of it.
control::Lister lister_of(const Frame& frame, const Target& target);

/// Whether nothing could be done because nothing was permitted.
bool all_denied(const std::vector<control::Outcome>& outcomes);
/// The error for that: "cannot pause process 1 (init): …".
std::unexpected<Error> refused(const std::string& verb, const Target& target, const std::string& why = {});

/// Whether there is anything of it here to act on: a run that is over has no processes, and those of one that runs
/// elsewhere are its keeper's alone to act on.
[[nodiscard]] bool can_be_acted_on(const Frame& frame, const Target& target);
/// The error where it cannot.
std::unexpected<Error> nothing_to_act_on(const Frame& frame, const Target& target, const std::string& verb);

/// One row per process acted on: pid, command, action, result.
struct ActionRow {
  ProcessId id;
  std::string command;  ///< raw
  std::string action;
  std::string result;
};

std::vector<ActionRow> rows_of(const Frame& frame, const std::vector<control::Outcome>& outcomes,
                               const std::string& action);
/// The command line of a process of the frame, raw; empty when it is not in it.
std::string command_of(const Frame& frame, ProcessId id);

/// What --dry-run prints: every process of the tree with "would be done" as its result.
std::vector<ActionRow> planned(const Frame& frame, const Target& target, const std::string& action);
void print_rows(const std::vector<ActionRow>& rows, bool json);
nlohmann::json actions_json(const std::vector<ActionRow>& rows);

/// What a command does to its targets, in the words of its reports.
struct Verb {
  std::string verb;            ///< "renice"
  std::string action;          ///< "nice 10"
  std::string if_denied = {};  ///< what would allow it; by default, that the target is another user's
  bool whole_tree = true;      ///< not the main process alone
};

/// Resolves the targets, refuses what must not be acted on, and acts on each, or with --dry-run says on whom it would;
/// prints a row for each process. Exit status 1 when some process could not be acted on; an Error of kind denied when
/// nothing was permitted.
Result<int> act_on_targets(const ActingOptions& options, const Verb& verb,
                           const std::function<std::vector<control::Outcome>(const Frame&, const Target&)>& act);

/// TERM, SIGTERM or 15; kind usage when it is none.
Result<int> parse_signal(const std::string& text);

}  // namespace vigie::cli
