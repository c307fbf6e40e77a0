// Ranks that torchrun did not start: which of them are one run, and which process started them.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "model/snapshot.hpp"

namespace vigie {

/// Indices into the snapshot's processes.
struct RankGroup {
  /// The program that started them: python, a script, xargs, mpirun. Nothing where that is a session, which starts much
  /// else: an interactive shell, tmux, Slurm's slurmstepd.
  std::optional<std::size_t> starter;
  std::vector<std::size_t> ranks;  ///< each with what is below it; by rank
};

/// The groups of ranks among the processes that belong to no run yet (`run_of` is -1): the same world size and script
/// below one process, which is the nearest that they have in common. A rank alone is in none.
[[nodiscard]] std::vector<RankGroup> rank_groups(const Snapshot& snapshot, std::span<const int> run_of);

}  // namespace vigie
