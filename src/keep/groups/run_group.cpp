#include "keep/groups/run_group.hpp"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <string_view>

#include <fmt/format.h>

#include "base/file.hpp"
#include "base/json_writer.hpp"
#include "control/cgroup_leaf.hpp"
#include "control/limits.hpp"
#include "keep/groups/limit_groups.hpp"
#include "sources/cgroup/places.hpp"

namespace vigie::keep {
namespace {

std::string refusal(const std::string& directory, int error) {
  if (error == EROFS) return fmt::format("{} is read-only here, as in most containers", directory);
  if (error == EACCES || error == EPERM) {
    return fmt::format(
        "{} is not yours to divide: start vigie by `systemd-run --user --scope` (and see `vigie doctor` for what then "
        "becomes of it when you log out), or as root",
        directory);
  }
  return fmt::format("{}: {}", directory, ::strerror(error));
}

/// Names of vigie's making; those of systemd have a suffix.
bool is_of_a_run(const cgroup::Level& level) {
  const std::string_view name = std::string_view(level.directory).substr(level.directory.rfind('/') + 1);
  return name.starts_with("vigie-") && !name.contains('.');
}

}  // namespace

bool enter_group(const std::string& directory) {
  const Fd fd(::open((directory + "/cgroup.procs").c_str(), O_WRONLY | O_CLOEXEC));
  return fd && ::write(fd.get(), "0", 1) == 1;  // 0: the process that writes
}

void leave_other_runs() {
  const Result<Root> root = Root::open("/");
  std::string mountinfo;
  std::string membership;
  if (!root || read_file(root->proc(), "self/cgroup", membership) != 0 || !membership.contains("/vigie-")) return;
  if (read_file(root->proc(), "self/mountinfo", mountinfo) != 0) return;
  const std::vector<cgroup::Mount> mounts = cgroup::parse_mounts(mountinfo);
  for (const cgroup::Membership& member : cgroup::parse_memberships(membership)) {
    for (const cgroup::Mount& mount : mounts) {
      if (mount.unified != member.unified || !std::ranges::equal(mount.controllers, member.controllers)) continue;
      const std::vector<cgroup::Level> levels = cgroup::levels(mount, member.path);
      const auto outside = std::ranges::find_if_not(levels, is_of_a_run);
      if (outside != levels.begin() && outside != levels.end()) (void)enter_group(outside->directory);
    }
  }
}

std::vector<std::string> own_groups(const Root& root) {
  std::vector<std::string> directories;
  std::string mountinfo;
  std::string membership;
  if (read_file(root.proc(), "self/mountinfo", mountinfo) != 0) return directories;
  if (read_file(root.proc(), "self/cgroup", membership) != 0) return directories;
  for (const cgroup::Membership& member : cgroup::parse_memberships(membership)) {
    if (!member.unified) continue;
    for (const cgroup::Mount& mount : cgroup::parse_mounts(mountinfo)) {
      if (!mount.unified || !directories.empty()) continue;
      const std::vector<cgroup::Level> levels = cgroup::levels(mount, member.path);
      // Another mount may lie above this one, and hide it.
      if (levels.empty()) continue;
      if (root.live() && ::access(levels.front().directory.c_str(), F_OK) != 0) continue;
      for (const cgroup::Level& level : levels) directories.push_back(level.directory);
    }
  }
  return directories;
}

RunGroup make_group(const RunRecord& record) {
  if (!record.spec.start.own_group) return {.directory = {}, .reason = "not wanted (--no-cgroup)"};
  const Result<Root> root = Root::open("/");
  const std::vector<std::string> groups = root ? own_groups(*root) : std::vector<std::string>{};
  if (groups.empty()) return {.directory = {}, .reason = "no control groups of version 2 can be seen here"};
  std::string parent = groups.front();
  if (record.spec.start.memory_bytes) {
    for (const std::string& group : groups) {
      if (::access(group.c_str(), W_OK) != 0 || !control::hand_down(group, control::Resource::memory)) continue;
      parent = group;
      break;
    }
  }
  // A process that is moved must be allowed to leave, too: by cgroup.procs of the group above both.
  if (::access(parent.c_str(), W_OK) != 0 || ::access((parent + "/cgroup.procs").c_str(), W_OK) != 0)
    return {.directory = {}, .reason = refusal(parent, errno)};
  control::remove_abandoned(parent);
  // By attempt: when a keeper was killed, processes of its attempt may be left in its group.
  const Result<control::CgroupLeaf> leaf =
      control::CgroupLeaf::make(parent, control::group_name(record.id, record.attempt));
  if (leaf) return {.directory = leaf->directory(), .reason = {}};
  const int error = leaf.error().errno_value;
  return {.directory = {}, .reason = error != 0 ? refusal(parent, error) : leaf.error().message};
}

std::string group_for_event(const RunGroup& group) {
  std::string text = group.directory.empty() ? "\"cgroup\": null, \"cgroup_reason\": " : "\"cgroup\": ";
  JsonWriter(text).value(group.directory.empty() ? group.reason : group.directory);
  return text;
}

void remove_group(RunRecord& record) {
  remove_limit_groups(record);
  if (record.group.directory.empty()) return;
  const control::CgroupLeaf leaf = control::CgroupLeaf::of_run(record);
  // A process that has just ended counts for a moment longer.
  for (int tries = 0; tries < 50; ++tries) {
    if (leaf.remove()) {
      record.group = {};
      return;
    }
    if (!leaf.pids().empty()) return;
    ::poll(nullptr, 0, 10);
  }
}

}  // namespace vigie::keep
