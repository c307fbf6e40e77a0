// The control groups that hold a run's limits: its own of version 2 where that has the controllers, else one in each
// hierarchy of version 1.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/root.hpp"
#include "control/limits.hpp"
#include "model/run.hpp"

namespace vigie::keep {

/// "vigie-ID": the name of a run's groups in every hierarchy.
[[nodiscard]] std::string limit_group_name(const RunRecord& record);

/// The directory of the group in which process `pid` (0: this one) is in the hierarchy of version 1 with `controller`;
/// nothing where there is no such hierarchy.
[[nodiscard]] std::optional<std::string> group_v1(const Root& root, pid_t pid, std::string_view controller);

/// A group where one limit is in force.
struct LimitGroup {
  control::Resource resource{};
  bool unified = false;
  std::string directory;
};

/// Puts each limit in force: in `unified` (a directory of version 2, may be empty), or in `name` below the groups of
/// version 1 that `near` (a pid; 0: this process) is in. A process that the latter are to limit must be moved there, or
/// move itself. Fails for the first limit that cannot be set, saying what is missing and what to do.
Result<std::vector<LimitGroup>> set_limits(const Root& root, const control::Limits& limits, const std::string& unified,
                                           pid_t near, const std::string& name);

/// Whether the kernel killed processes of this run at its limit of memory.
[[nodiscard]] bool was_out_of_memory(const RunRecord& record);

/// Removes the empty groups of version 1 that hold this run's limits.
void remove_limit_groups(const RunRecord& record);

}  // namespace vigie::keep
