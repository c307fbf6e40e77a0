// A tmux session with the layout people make by hand around a training.
#pragma once

#include <string>
#include <vector>

#include "act/target.hpp"
#include "base/result.hpp"
#include "model/run.hpp"

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

/// The session around `run`: train (its terminal, its processes, the host), dev (a shell), logs. `vigie` is the path of
/// this program.
[[nodiscard]] Workspace workspace_of(const RunRecord& run, const std::string& vigie);
/// The same for the program that is running.
[[nodiscard]] Workspace workspace_of(const RunRecord& run);

/// Makes the session unless it is there. Fails where tmux is not, and for a run that another user wrote.
Result<void> build(const RunRecord& run, const Workspace& workspace);

}  // namespace vigie::act
