// Control groups, version 1, 2 and both at once: the limits that apply to one process, and how it fares against them.
#pragma once

#include <string_view>
#include <vector>

#include "base/root.hpp"
#include "model/cgroup.hpp"
#include "sources/cgroup/places.hpp"

namespace vigie::cgroup {

/// Reads control groups of one tree; the table of mounts is read once.
class Reader {
 public:
  explicit Reader(const Root& root);

  /// What applies to a process whose /proc/PID/cgroup says `memberships`. Parts that cannot be read are absent with the
  /// reason: unsupported where the controller is not there, unknown where the group lies outside of this namespace.
  [[nodiscard]] CgroupSample sample(std::string_view memberships) const;

 private:
  const Root& root_;
  std::vector<Mount> mounts_;
};

}  // namespace vigie::cgroup
