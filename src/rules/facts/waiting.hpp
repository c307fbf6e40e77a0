// A trainer that waits for data, and the loader workers that wait themselves: for a disk, or for the network.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "rules/facts/feeding.hpp"

namespace vigie::rules {

struct Waiting {
  std::size_t trainer = 0;  ///< index into the run's members
  std::size_t workers = 0;
  double trainer_asleep = 0;  ///< waiting for data: sleeps that the program asked for do not count
  double disk = 0, asleep = 0, running = 0, network = 0;  ///< of the looks at the workers, on average
  bool serial = false;                                    ///< the trainer reads itself
  std::vector<std::size_t> readers = {};                  ///< indices of those that read the data
};
/// Nothing when the trainer was not looked at often enough.
[[nodiscard]] std::optional<Waiting> waiting(const Case& run, const Feeding& feeding);

/// Whether the trainer waits for readers that wait for files.
[[nodiscard]] bool waits_for_disk(const Waiting& seen);

/// The mount of a file that a reader has open, where it is one of the network; nullptr without one.
[[nodiscard]] const MountSample* network_mount(const Case& run, const Waiting& seen);

/// "3 loader workers", "the trainer itself".
[[nodiscard]] std::string who(const Waiting& seen);

/// What it costs the trainer, and how that shows.
void add_trainer(const Case& run, const Waiting& seen, Finding& finding);

}  // namespace vigie::rules
