// Control groups, version 1, 2 and both at once: the limits that apply to one process, and how it fares against them.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/root.hpp"
#include "model/cgroup.hpp"
#include "sources/cgroup/places.hpp"

namespace vigie::cgroup {

/// Reads control groups of one tree for one look at it: the table of mounts is read once, and so is each group, however
/// many processes are in it.
class Reader {
 public:
  explicit Reader(Root root) : root_(std::move(root)) {}

  /// The limits that apply to a process whose /proc/PID/cgroup says `memberships`. Parts that cannot be read are absent
  /// with the reason: unsupported where the controller is not there, unknown where the group lies outside of this
  /// namespace.
  [[nodiscard]] CgroupSample sample(std::string_view memberships);

 private:
  [[nodiscard]] const std::vector<Mount>& mounts();

  Root root_;
  std::optional<std::vector<Mount>> mounts_;
  std::map<std::string, CgroupSample, std::less<>> seen_;
};

}  // namespace vigie::cgroup
