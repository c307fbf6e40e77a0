// Where a run came from: what somebody needs who wants the same again.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "model/run.hpp"

namespace vigie::shim {

/// The state of the git working tree that the run started in.
struct GitState {
  std::string commit, branch;
  bool dirty = false;  ///< tracked files differ from the commit
};

/// What `git status --porcelain=v2 --branch` printed (git-status(1)). Nothing when it tells no commit.
[[nodiscard]] std::optional<GitState> parse_git_status(std::string_view text);

/// Writes `origin.json` into the run's directory: attempt, command, directory, conda and virtual environment, CUDA
/// variables, git commit, branch and whether tracked files differ from it; null what there is not. A process of its own
/// does that, because git may take seconds on a large tree; nobody waits for it. Not for a process with threads.
void note_origin(const RunRecord& record);

}  // namespace vigie::shim
