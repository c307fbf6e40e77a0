// The number of loader workers as the user wrote it, so that the advice can name the very option to change.
#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "model/run.hpp"

namespace vigie::rules {

/// The number of loader workers that the run's command line asks for: "--workers" and 2 for "--workers 2".
struct WorkerOption {
  std::string flag;
  unsigned value = 0;
};
[[nodiscard]] std::optional<WorkerOption> worker_option(const Run& run);
/// "`--workers 2 → 6`" where the command line says 2, else "num_workers 2 → 6".
[[nodiscard]] std::string change_of_workers(const Run& run, std::size_t from, std::size_t to);

}  // namespace vigie::rules
