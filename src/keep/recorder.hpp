// The recorder proper: reads the run's terminal, writes the log, follows the progress, answers clients, keeps the
// record.
#pragma once

#include <cstdint>
#include <optional>

#include "base/fd.hpp"
#include "base/life_lock.hpp"
#include "keep/log/handover.hpp"
#include "model/run.hpp"

namespace vigie::keep {

/// The holder's facts about the run; sent whole at each change, and given to a recorder that is started again.
struct HolderFacts {
  std::optional<int> main_status;  ///< wait status of the main process
  bool tree_gone = false;          ///< the holder has no children left
  /// Limits of the main process when it ended; 0: none.
  std::uint64_t address_space_bytes = 0, data_bytes = 0;
};

/// Keeps the run until its end is recorded. `output` is the PTY master or pipe, `holder` the socket to the holder. Both
/// are empty for a run that was adopted. `handover` has the output that an earlier recorder left. The lock on `life`
/// that the recorder takes is its own. Returns 0 when the final record is durable.
[[nodiscard]] int run_recorder(RunRecord record, Fd output, Fd holder, HolderFacts facts, Handover& handover,
                               LifeLock& life);

}  // namespace vigie::keep
