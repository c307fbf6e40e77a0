// Which file system a path lies in.
#pragma once

#include <string_view>
#include <vector>

#include "model/host_parts.hpp"

namespace vigie {

/// The mount that `path` lies in: the longest one that is a whole prefix of it; nullptr without one. `path` and
/// `mounts` must be as seen from one mount namespace.
[[nodiscard]] const MountSample* mount_of(const std::vector<MountSample>& mounts, std::string_view path);

}  // namespace vigie
