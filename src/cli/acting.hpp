// What the commands that act on processes share: a frame to resolve targets in, and the report of what was done.
#pragma once

#include <string>
#include <vector>

#include "base/result.hpp"
#include "base/root.hpp"
#include "cli/target.hpp"
#include "control/tree.hpp"
#include "model/frame.hpp"

namespace vigie::cli {

/// Flags of every control command.
struct ActingOptions {
  std::string target;
  bool all = false;  ///< %PATTERN may name several targets
  bool dry_run = false;
  bool json = false;
};

class Command;

void add_acting_options(Command& command, ActingOptions& options);

/// The host now, with its runs, without rates.
Result<Frame> acting_frame();

/// The targets that `options` name, checked: never pid 1, vigie itself or its ancestors.
Result<std::vector<Target>> acting_targets(const Frame& frame, const ActingOptions& options);

/// The record of a supervised run that a target stands for; nullptr for anything else.
const RunRecord* record_of(const Frame& frame, const Target& target);

/// Identities of a target's processes, leader first.
std::vector<ProcessId> identities(const Frame& frame, const Target& target);

/// Names the processes of a run, or the one process of a target, as they are when asked.
control::Lister lister_of(const Frame& frame, const Target& target);

/// One row per process acted on: pid, command, action, result.
struct ActionRow {
  ProcessId id;
  std::string command;  ///< raw
  std::string action;
  std::string result;
};

std::vector<ActionRow> rows_of(const Frame& frame, const std::vector<control::Outcome>& outcomes,
                               const std::string& action);
/// What --dry-run prints: every process of the target with "would be" as its result.
std::vector<ActionRow> planned(const Frame& frame, const Target& target, const std::string& action);
void print_rows(const std::vector<ActionRow>& rows, bool json);

/// TERM, SIGTERM or 15; kind usage when it is none.
Result<int> parse_signal(const std::string& text);

}  // namespace vigie::cli
