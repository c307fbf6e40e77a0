#include "shim/run_group.hpp"

#include <poll.h>
#include <unistd.h>

#include <cerrno>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/file.hpp"
#include "control/cgroup_leaf.hpp"
#include "control/limits.hpp"
#include "shim/limit_groups.hpp"
#include "sources/cgroup/places.hpp"

namespace vigie::shim {
namespace {

std::string name_of_group(const RunRecord& record) {
  // Of an attempt whose keeper was killed, processes may be left in the group of that name.
  return record.attempt > 1 ? fmt::format("vigie-{}-{}", record.id, record.attempt) : "vigie-" + record.id;
}

std::string refusal(const std::string& directory, int error) {
  if (error == EROFS) return fmt::format("{} is read-only here, as in most containers", directory);
  if (error == EACCES || error == EPERM) {
    return fmt::format("{} is not yours to divide: start vigie by `systemd-run --user --scope`, or as root", directory);
  }
  return fmt::format("{}: {}", directory, ::strerror(error));
}

}  // namespace

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
      for (const cgroup::Level& level : cgroup::levels(mount, member.path)) directories.push_back(level.directory);
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
  // Whoever is moved must be allowed to leave, too: by cgroup.procs of the group above both.
  if (::access(parent.c_str(), W_OK) != 0 || ::access((parent + "/cgroup.procs").c_str(), W_OK) != 0)
    return {.directory = {}, .reason = refusal(parent, errno)};
  control::remove_abandoned(parent);
  const Result<control::CgroupLeaf> leaf = control::CgroupLeaf::make(parent, name_of_group(record));
  if (leaf) return {.directory = leaf->directory(), .reason = {}};
  const int error = leaf.error().errno_value;
  return {.directory = {}, .reason = error != 0 ? refusal(parent, error) : leaf.error().message};
}

std::string group_for_event(const RunGroup& group) {
  const auto quoted = [](const std::string& text) {
    return nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  };
  if (!group.directory.empty()) return "\"cgroup\": " + quoted(group.directory);
  return "\"cgroup\": null, \"cgroup_reason\": " + quoted(group.reason);
}

void remove_group(RunRecord& record) {
  remove_limit_groups(record);
  if (record.group.directory.empty()) return;
  const control::CgroupLeaf leaf(record.group.directory);
  // What has just ended counts for a moment longer.
  for (int tries = 0; tries < 50; ++tries) {
    if (leaf.remove()) {
      record.group = {};
      return;
    }
    if (!leaf.pids().empty()) return;
    ::poll(nullptr, 0, 10);
  }
}

}  // namespace vigie::shim
