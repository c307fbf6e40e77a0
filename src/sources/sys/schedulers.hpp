// The I/O schedulers of disks.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/root.hpp"

namespace vigie::sys {

struct DiskScheduler {
  std::string disk;
  std::string scheduler;  ///< "bfq", "mq-deadline", "kyber", "none"

  friend bool operator==(const DiskScheduler&, const DiskScheduler&) = default;
};

/// Of every disk that has one, without those that are memory or files (loop, ram, zram), by name
/// (Documentation/block/switching-sched.rst).
[[nodiscard]] std::vector<DiskScheduler> disk_schedulers(const Root& root);

/// What is between the brackets in "none [mq-deadline] kyber"; empty when nothing is.
[[nodiscard]] std::string_view chosen_scheduler(std::string_view text);

}  // namespace vigie::sys
