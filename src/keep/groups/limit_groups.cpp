#include "keep/groups/limit_groups.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include <fmt/format.h>

#include "base/file.hpp"
#include "control/cgroup_leaf.hpp"
#include "sources/cgroup/places.hpp"
#include "sources/sys/schedulers.hpp"

namespace vigie::keep {
namespace {

using control::Resource;

std::string_view word_for(Resource resource) {
  switch (resource) {
    case Resource::memory: return "memory";
    case Resource::cpu: return "CPU time";
    case Resource::io: return "disk rates";
  }
  return {};
}

std::string_view systemd_property(Resource resource) {
  switch (resource) {
    case Resource::memory: return "MemoryMax=…";
    case Resource::cpu: return "CPUQuota=…%";
    case Resource::io: return "IOReadBandwidthMax=…";
  }
  return {};
}

/// "MAJOR:MINOR" of every disk that has a scheduler.
std::vector<std::string> disks_of(const Root& root) {
  std::vector<std::string> disks;
  for (const sys::DiskScheduler& disk : sys::disk_schedulers(root)) {
    std::string number;
    if (read_file(root.sys(), ("block/" + disk.disk + "/dev").c_str(), number) != 0) continue;
    while (number.ends_with('\n')) number.pop_back();
    disks.push_back(std::move(number));
  }
  return disks;
}

/// mkdir, or the group that is there already; where `near` is in it, that one.
Result<std::string> make_group_v1(const std::string& parent, const std::string& name) {
  if (parent.ends_with("/" + name)) return parent;
  control::remove_abandoned(parent);
  std::string directory = parent + "/" + name;
  if (::mkdir(directory.c_str(), 0755) != 0 && errno != EEXIST) return fail_errno("cannot make " + directory, errno);
  return directory;
}

std::unexpected<Error> cannot_limit(Resource resource, const std::string& unified, const std::string& why,
                                    ErrorKind kind) {
  return fail(
      fmt::format("cannot limit {}: {}, and {}; start it by `systemd-run --user --scope -p {} vigie run …`, or ask the "
                  "administrator to delegate the controller (Delegate=yes) or to do this as root",
                  word_for(resource),
                  unified.empty() ? "there is no control group of version 2 of its own"
                                  : "its control group of version 2 does not have the controller",
                  why, systemd_property(resource)),
      kind);
}

/// The group above may only have to hand its controller down.
bool has_or_gets(const std::string& unified, Resource resource) {
  if (control::can_limit(unified, resource)) return true;
  const std::string above = unified.substr(0, unified.rfind('/'));
  return control::hand_down(above, resource) && control::can_limit(unified, resource);
}

}  // namespace

std::string limit_group_name(const RunRecord& record) {
  return "vigie-" + record.id;
}

std::optional<std::string> group_v1(const Root& root, pid_t pid, std::string_view controller) {
  std::string mountinfo;
  std::string membership;
  const std::string process = pid > 0 ? fmt::format("{}", pid) : "self";
  if (read_file(root.proc(), "self/mountinfo", mountinfo) != 0) return std::nullopt;
  if (read_file(root.proc(), (process + "/cgroup").c_str(), membership) != 0) return std::nullopt;
  const auto has = [&](const auto& controllers) {
    return std::ranges::find(controllers, controller) != controllers.end();
  };
  for (const cgroup::Membership& member : cgroup::parse_memberships(membership)) {
    if (member.unified || !has(member.controllers)) continue;
    for (const cgroup::Mount& mount : cgroup::parse_mounts(mountinfo)) {
      if (mount.unified || !has(mount.controllers)) continue;
      const std::vector<cgroup::Level> levels = cgroup::levels(mount, member.path);
      if (!levels.empty()) return levels.front().directory;
    }
  }
  return std::nullopt;
}

Result<std::vector<LimitGroup>> set_limits(const Root& root, const control::Limits& limits, const std::string& unified,
                                           pid_t near, const std::string& name) {
  std::vector<LimitGroup> groups;
  const std::vector<std::string> disks = limits.io_bytes_per_second ? disks_of(root) : std::vector<std::string>{};
  for (const Resource resource : control::all_resources) {
    if (!limits.has(resource)) continue;
    if (!unified.empty() && has_or_gets(unified, resource)) {
      RETURN_IF_ERROR(control::write_limit(unified, true, resource, limits, disks));
      groups.push_back({resource, true, unified});
      continue;
    }
    const std::string_view controller = control::controller_v1(resource);
    const std::optional<std::string> parent = group_v1(root, near, controller);
    if (!parent) {
      return cannot_limit(resource, unified, fmt::format("no hierarchy of version 1 has {} either", controller),
                          ErrorKind::failed);
    }
    Result<std::string> directory = make_group_v1(*parent, name);
    if (!directory) return cannot_limit(resource, unified, directory.error().message, directory.error().kind);
    RETURN_IF_ERROR(control::write_limit(*directory, false, resource, limits, disks));
    groups.push_back({resource, false, *directory});
  }
  return groups;
}

bool was_out_of_memory(const RunRecord& record) {
  if (!record.group.directory.empty() && control::memory_kills(record.group.directory) > 0) return true;
  const Result<Root> root = Root::open("/");
  if (!root) return false;
  // The recorder itself is never moved: it is in the group that the run would be in without limits.
  const std::optional<std::string> parent = group_v1(*root, 0, control::controller_v1(Resource::memory));
  return parent && control::memory_kills(*parent + "/" + limit_group_name(record)) > 0;
}

void remove_limit_groups(const RunRecord& record) {
  const Result<Root> root = Root::open("/");
  if (!root) return;
  for (const Resource resource : control::all_resources) {
    if (const std::optional<std::string> parent = group_v1(*root, 0, control::controller_v1(resource)))
      ::rmdir((*parent + "/" + limit_group_name(record)).c_str());
  }
}

}  // namespace vigie::keep
