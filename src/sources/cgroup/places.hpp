// Where the control groups of a process lie in the file tree; pure, but for reading the table of mounts.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/root.hpp"

namespace vigie::cgroup {

/// One mounted hierarchy.
struct Mount {
  std::string group;                     ///< the group at its top, "/" where everything can be seen
  std::string point;                     ///< where it is mounted
  bool unified = false;                  ///< version 2
  std::vector<std::string> controllers;  ///< of version 1; "cpu", "memory", "name=systemd"
};

/// The control group mounts of /proc/PID/mountinfo (proc(5)), in its order.
[[nodiscard]] std::vector<Mount> parse_mounts(std::string_view mountinfo);

/// One line of /proc/PID/cgroup (cgroups(7)).
struct Membership {
  bool unified = false;
  std::vector<std::string_view> controllers;
  std::string_view path;  ///< as the reader's namespace shows it; may hold any character but a newline
};
[[nodiscard]] std::vector<Membership> parse_memberships(std::string_view cgroup);

/// A group that can be opened, and its name.
struct Level {
  std::string directory;  ///< absolute
  std::string path;       ///< as in /proc/PID/cgroup
};

/// The group `path` and its ancestors as far as `mount` shows them, the innermost first. Empty when `path` does not lie
/// below the mount: the process is outside of what this namespace can see.
[[nodiscard]] std::vector<Level> levels(const Mount& mount, std::string_view path);

/// Reads a file of a group. Paths below /sys are read from the root's sys tree, others on the live host only. Returns 0
/// or the errno.
[[nodiscard]] int read_group_file(const Root& root, const std::string& directory, std::string_view file,
                                  std::string& buffer);

}  // namespace vigie::cgroup
