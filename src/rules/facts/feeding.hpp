// Which processes of a run give which one its data: loader workers by their role, others by the pipes between them.
#pragma once

#include <cstddef>
#include <vector>

#include "rules/case.hpp"

namespace vigie::rules {

struct Feeding {
  std::size_t trainer = 0;           ///< index into the run's members
  std::vector<std::size_t> workers;  ///< the same; none: it loads its data itself
  bool by_pipes = false;             ///< told by what they have open and what moves, not by their names
};

/// Every trainer and rank with its workers. Where none has any, the process that sleeps on pipes which others of the
/// run write to, and uses what comes: a program that works without a framework, or has a queue of its own.
[[nodiscard]] std::vector<Feeding> feedings(const Case& run);

/// What a worker was doing and, while it slept, what the processes did that it has started (curl, ffmpeg, zcat).
/// Fractions of the looks.
struct WorkerLooks {
  double running = 0, disk = 0, network = 0;
  double asleep = 0;  ///< without the sleeps that a program asks for (nanosleep)
};

/// Nothing when it was not looked at often enough.
[[nodiscard]] std::optional<WorkerLooks> looks_of(const Case& run, std::size_t worker);

/// A member and all members that are below it.
[[nodiscard]] std::vector<std::size_t> with_all_below(const Case& run, std::size_t member);

}  // namespace vigie::rules
