// Shared by the commands that act on processes: a frame to resolve targets in, and the report of the actions.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "act/acting.hpp"
#include "base/result.hpp"
#include "model/frame.hpp"

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

void print_rows(const std::vector<act::ActionRow>& rows, bool json);

/// Columns that the command of a process may take in a line for people; 0: as many as it needs, where no terminal cuts
/// lines.
[[nodiscard]] std::size_t command_width();

/// A frame, and the targets in it that the options name.
struct Aimed {
  Frame frame;
  std::vector<act::Target> targets;
};
/// The targets that `options` name, each once, checked: never pid 1, vigie itself or its ancestors, nor a zombie, to
/// which nothing can be done. Targets that vigie did not start, or that belong to another user, only when the user
/// wants to `verb` just that. When one of several is refused nothing is done to the others.
Result<Aimed> take_aim(const ActingOptions& options, std::string_view verb);

/// What is done to one target, or would be.
using ToOne = std::function<Result<act::Acted>(const Frame&, const act::Target&)>;

/// Which rows are printed: all, or only where some process could not be acted on, because the action is reported in
/// another way. In JSON, and with --dry-run, always all.
enum class Rows : std::uint8_t { all, when_it_failed };

/// Does it to each target and prints a row for each process. Exit status 1 when some process could not be acted on.
Result<int> do_to_each(const Aimed& aimed, const ActingOptions& options, const ToOne& to_one, Rows rows = Rows::all);

/// Acts on each target, or with --dry-run says on which processes it would. An Error of kind denied when nothing was
/// permitted.
Result<int> act_on_targets(const ActingOptions& options, const act::Act& act, Rows rows = Rows::all);

}  // namespace vigie::cli
