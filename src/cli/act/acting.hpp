// What the commands that act on processes share: a frame to resolve targets in, and the report of what was done.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "act/acting.hpp"
#include "base/result.hpp"
#include "base/root.hpp"
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

/// The targets that `options` name, each once, checked: never pid 1, vigie itself or its ancestors, nor a zombie, to
/// which nothing can be done; and what vigie did not start or what belongs to somebody else only when the user wants to
/// `verb` just that. When one of several is refused nothing is done to the others.
Result<std::vector<act::Target>> acting_targets(const Frame& frame, const ActingOptions& options,
                                                std::string_view verb);

void print_rows(const std::vector<act::ActionRow>& rows, bool json);
nlohmann::json actions_json(const std::vector<act::ActionRow>& rows);

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
                           const std::function<std::vector<control::Outcome>(const Frame&, const act::Target&)>& act);

}  // namespace vigie::cli
