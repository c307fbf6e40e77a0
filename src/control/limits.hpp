// Limits of memory, CPU time and disk rates, written to control groups of either version.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "control/tree.hpp"

namespace vigie::control {

enum class Resource : std::uint8_t { memory, cpu, io };
inline constexpr std::array all_resources = {Resource::memory, Resource::cpu, Resource::io};

struct Limits {
  std::optional<std::uint64_t> memory_bytes;
  std::optional<double> cpus;                        ///< CPUs' worth of time, 0.5 = half of one
  std::optional<std::uint64_t> io_bytes_per_second;  ///< each of reading and writing, of each disk

  [[nodiscard]] bool has(Resource resource) const;
};

/// The controller that limits it in version 1: "memory", "cpu", "blkio".
[[nodiscard]] std::string_view controller_v1(Resource resource);

/// Whether the group of version 2 at `directory` has the controller that limits this.
[[nodiscard]] bool can_limit(const std::string& directory, Resource resource);

/// Makes the groups below `directory` have the controller. Works for root where the group is the first of the host, and
/// for the owner of a group without processes of its own ("no internal processes",
/// Documentation/admin-guide/cgroup-v2.rst); otherwise the kernel refuses.
Result<void> hand_down(const std::string& directory, Resource resource);

/// Writes one limit to a group; `disks` are "MAJOR:MINOR" of whole disks, for io alone.
/// (Documentation/admin-guide/cgroup-v2.rst: memory.max, cpu.max, io.max; cgroup-v1/memory.rst, blkio-controller.rst,
/// scheduler/sched-bwc.rst)
Result<void> write_limit(const std::string& directory, bool unified, Resource resource, const Limits& limits,
                         const std::vector<std::string>& disks);

/// Moves every process of the tree, and those that appear meanwhile, into a group. Children begin where their parent
/// is.
Result<void> move_tree(const Lister& list, const std::string& directory);

/// How many processes the kernel has killed because this group was at its limit of memory; 0 where it does not tell.
[[nodiscard]] std::uint64_t memory_kills(const std::string& directory);

}  // namespace vigie::control
