// A tmux session with the layout people make by hand around a training.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "act/target.hpp"
#include "base/result.hpp"
#include "model/run.hpp"
#include "wire/attach_stream.hpp"

namespace vigie::act {

/// A command and its arguments.
using Words = std::vector<std::string>;

struct Workspace {
  std::string session;          ///< tmux's name for it
  std::string cwd;              ///< where the commands are run
  std::vector<Words> commands;  ///< that build the session
  Words enter;                  ///< that shows it to the user
};

/// The run of this name as it is now; without a name the youngest that is alive, else the youngest. Kind no_target when
/// there is none.
Result<RunRecord> run_to_show(const std::string& name, Naming naming);

/// The window of a workspace on a terminal of that size: without tmux's lines of status, and within tmux that of its
/// client. Without a terminal: a usual one. `instead`: what works without tmux, for the error where that is not there.
Result<wire::TerminalSize> workspace_size(std::optional<wire::TerminalSize> terminal, const std::string& instead);
/// Of a window of that size the pane that shows the run's terminal: a run that begins with it is never resized.
[[nodiscard]] wire::TerminalSize terminal_pane(wire::TerminalSize window);

/// The session around `run`: train (its terminal, the run in `vigie top`, the GPUs or the host), dev (a shell), logs.
/// Every pane has its size before its program begins. `vigie` is the path of this program.
[[nodiscard]] Workspace workspace_of(const RunRecord& run, wire::TerminalSize window, const std::string& vigie);
/// The same for the program that is running.
[[nodiscard]] Workspace workspace_of(const RunRecord& run, wire::TerminalSize window);

/// Makes the session unless it is there. Fails for a run that another user wrote, and where tmux refuses.
Result<void> build(const RunRecord& run, const Workspace& workspace);

}  // namespace vigie::act
