#include <dirent.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "base/file.hpp"
#include "sources/capability/probes.hpp"
#include "sources/cgroup/places.hpp"

namespace vigie::capability {
namespace {

/// The directory of vigie's own group in the hierarchy of version 2; empty without one.
std::string own_group(const Root& root, const std::vector<cgroup::Mount>& mounts) {
  std::string text;
  if (read_file(root.proc(), "self/cgroup", text) != 0) return {};
  for (const cgroup::Membership& one : cgroup::parse_memberships(text)) {
    if (!one.unified) continue;
    for (const cgroup::Mount& mount : mounts) {
      if (!mount.unified) continue;
      const std::vector<cgroup::Level> levels = cgroup::levels(mount, one.path);
      if (!levels.empty()) return levels.front().directory;
    }
  }
  return {};
}

std::vector<cgroup::Mount> group_mounts(const Root& root) {
  std::string mountinfo;
  if (read_file(root.proc(), "self/mountinfo", mountinfo) != 0) return {};
  return cgroup::parse_mounts(mountinfo);
}

}  // namespace

Capability delay_accounting(const Root& root) {
  Capability result{.id = "delay-accounting"};
  std::string text;
  const int error = read_file(root.proc(), "sys/kernel/task_delayacct", text);
  if (error == 0 && !text.starts_with('1')) {
    result.status = Ability::missing;
    result.value = 0;
    result.unit = "task_delayacct";
    result.reason =
        "the kernel does not count how long processes wait for block devices: io_wait_percent stays unknown";
    result.advice = "sysctl kernel.task_delayacct=1; from the next boot on: the boot parameter delayacct";
    return result;
  }
  result.reason = "the kernel counts how long processes wait for block devices";
  return result;
}

Capability pressure(const Root& root) {
  Capability result{.id = "pressure"};
  std::string text;
  const int error = read_file(root.proc(), "pressure/cpu", text);
  if (error == 0) {
    result.reason = "the kernel tells how long work stalls for CPU, memory and I/O";
    return result;
  }
  // Without the boot parameter the files are not there, or cannot be read (EOPNOTSUPP).
  result.status = error == EACCES || error == EPERM ? Ability::denied : Ability::missing;
  result.reason = fmt::format("how long work stalls for CPU, memory and I/O is not told: {}", ::strerror(error));
  result.advice = "boot with psi=1; it takes Linux 4.20 with CONFIG_PSI";
  return result;
}

Capability memory_rollup(const Root& root) {
  Capability result{.id = "smaps-rollup"};
  std::string text;
  if (read_file(root.proc(), "self/smaps_rollup", text) == 0) {
    result.reason = "PSS of a process comes from one file";
    return result;
  }
  result.status = Ability::unsupported;
  result.reason = "there is no smaps_rollup: PSS of processes stays unknown";
  result.advice = "Linux 4.14 or newer";
  return result;
}

Capability control_groups(const Root& root) {
  Capability result{.id = "control-groups", .unit = "version"};
  const std::vector<cgroup::Mount> mounts = group_mounts(root);
  const bool second = std::ranges::any_of(mounts, &cgroup::Mount::unified);
  // systemd's own hierarchy of version 1 limits nothing.
  const bool first = std::ranges::any_of(mounts, [](const cgroup::Mount& mount) {
    return std::ranges::any_of(mount.controllers, [](const std::string& name) { return !name.starts_with("name="); });
  });
  if (!first && !second) {
    result.status = Ability::missing;
    result.reason = "no control groups are mounted: limits of containers and services are not seen";
    result.advice = "mount -t cgroup2 none /sys/fs/cgroup";
    return result;
  }
  result.value = first ? 1 : 2;
  result.reason = first && second ? "version 1, with version 2 beside it (hybrid): limits are read from both"
                  : first         ? "version 1: limits are read from it"
                                  : "version 2: limits are read from it";
  return result;
}

Capability control_group_limits(const Root& root) {
  Capability result{.id = "control-group-limits"};
  const std::string group = own_group(root, group_mounts(root));
  if (group.empty()) {
    result.status = Ability::unsupported;
    result.reason = "vigie is in no group of version 2 that it could divide";
    result.advice = "boot with systemd.unified_cgroup_hierarchy=1";
    return result;
  }
  if (::access(group.c_str(), W_OK | X_OK) == 0) {
    result.reason = fmt::format("groups with limits of their own can be made in {}", group);
    return result;
  }
  result.status = Ability::denied;
  result.reason = fmt::format("no groups can be made in {}: {}", group, ::strerror(errno));
  result.advice = "run it in a group of your own: systemd-run --user --scope -p Delegate=yes vigie ...";
  return result;
}

}  // namespace vigie::capability
