// A tmux session around a run, for the commands that open one.
#pragma once

#include <optional>

#include "base/result.hpp"
#include "model/run.hpp"
#include "wire/attach_stream.hpp"

namespace vigie::cli {

/// The size of the terminal that standard output is; nothing when it is none.
[[nodiscard]] std::optional<wire::TerminalSize> own_terminal();

/// Makes the session of the run unless it is there, and becomes the tmux that shows it.
Result<int> enter_workspace(const RunRecord& run, wire::TerminalSize window);

}  // namespace vigie::cli
