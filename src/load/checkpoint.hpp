// The checkpoint of a simulated training: how far it came, and bytes in place of weights.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>

#include "base/result.hpp"

namespace vigie::load {

struct Checkpoint {
  std::uint64_t step = 0, total = 0;
  std::uint64_t began_at = 0;  ///< the step that the process which wrote it began with
  pid_t pid = 0;               ///< the process that wrote it
  std::string saved = {};      ///< why then: "SIGTERM", "on the way", "finished", "time is over"
  // Of the checkpoint that its writer began with; 0 and empty when there was none.
  pid_t before_pid = 0;
  std::string before_saved = {};
};

/// Nothing when there is no such file. An error when it is something else: no other file is overwritten.
Result<std::optional<Checkpoint>> read_checkpoint(const std::string& path);

/// Replaces it in one step.
Result<void> write_checkpoint(const std::string& path, const Checkpoint& checkpoint);

}  // namespace vigie::load
