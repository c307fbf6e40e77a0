#include "sources/cgroup/places.hpp"

#include <fcntl.h>

#include <algorithm>
#include <cerrno>

#include "base/file.hpp"

namespace vigie::cgroup {
namespace {

/// What `text` holds up to `separator`, which is taken off with it.
std::string_view take(std::string_view& text, char separator) {
  const std::size_t end = std::min(text.find(separator), text.size());
  const std::string_view piece = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return piece;
}

/// Spaces, tabs, newlines and backslashes are \ooo in mountinfo (proc(5)).
std::string unescaped(std::string_view text) {
  std::string plain;
  const auto digit = [&](std::size_t at) { return at < text.size() && text[at] >= '0' && text[at] <= '7'; };
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] == '\\' && digit(at + 1) && digit(at + 2) && digit(at + 3)) {
      plain += static_cast<char>((text[at + 1] - '0') * 64 + (text[at + 2] - '0') * 8 + (text[at + 3] - '0'));
      at += 3;
    } else {
      plain += text[at];
    }
  }
  return plain;
}

/// The options of a version 1 mount that are no controllers.
bool is_controller(std::string_view option) {
  for (const std::string_view other : {"rw", "ro", "xattr", "noprefix", "clone_children", "cpuset_v2_mode"}) {
    if (option == other) return false;
  }
  return !option.empty() && !option.starts_with("release_agent=");
}

bool climbs(std::string_view path) {
  while (!path.empty()) {
    if (take(path, '/') == "..") return true;
  }
  return false;
}

}  // namespace

std::vector<Mount> parse_mounts(std::string_view mountinfo) {
  std::vector<Mount> mounts;
  while (!mountinfo.empty()) {
    std::string_view line = take(mountinfo, '\n');
    const std::size_t dash = line.find(" - cgroup");
    if (dash == std::string_view::npos) continue;
    std::string_view tail = line.substr(dash + 3);
    for (int skipped = 0; skipped < 3; ++skipped) take(line, ' ');
    Mount mount;
    mount.group = unescaped(take(line, ' '));
    mount.point = unescaped(take(line, ' '));
    const std::string_view type = take(tail, ' ');
    if (type != "cgroup" && type != "cgroup2") continue;
    mount.unified = type == "cgroup2";
    take(tail, ' ');
    while (!tail.empty() && !mount.unified) {
      const std::string_view option = take(tail, ',');
      if (is_controller(option)) mount.controllers.emplace_back(option);
    }
    if (mount.point.starts_with('/')) mounts.push_back(std::move(mount));
  }
  return mounts;
}

std::vector<Membership> parse_memberships(std::string_view cgroup) {
  std::vector<Membership> memberships;
  while (!cgroup.empty()) {
    std::string_view line = take(cgroup, '\n');
    const std::string_view number = take(line, ':');
    std::string_view controllers = take(line, ':');
    if (!line.starts_with('/')) continue;
    Membership membership;
    membership.unified = number == "0" && controllers.empty();
    while (!controllers.empty()) membership.controllers.push_back(take(controllers, ','));
    membership.path = line;
    memberships.push_back(std::move(membership));
  }
  return memberships;
}

std::vector<Level> levels(const Mount& mount, std::string_view path) {
  std::string_view top = mount.group;
  if (top == "/") top = {};
  if (!path.starts_with(top)) return {};
  std::string_view below = path.substr(top.size());
  if (!below.empty() && below.front() != '/') return {};
  while (below.ends_with('/')) below.remove_suffix(1);
  // "/.." leads out of the namespace (cgroup_namespaces(7)); in a mount it would lead out of the hierarchy.
  if (climbs(below)) return {};
  std::vector<Level> found;
  for (;;) {
    std::string name = std::string(top) + std::string(below);
    found.push_back({mount.point + std::string(below), name.empty() ? "/" : std::move(name)});
    if (below.empty()) return found;
    below = below.substr(0, below.rfind('/'));
  }
}

int read_group_file(const Root& root, const std::string& directory, std::string_view file, std::string& buffer) {
  constexpr std::string_view sys = "/sys/";
  std::string path = directory;
  path += '/';
  path += file;
  if (path.starts_with(sys)) {
    return root.sys() < 0 ? ENOENT : read_file(root.sys(), path.c_str() + sys.size(), buffer);
  }
  return root.live() ? read_file(AT_FDCWD, path.c_str(), buffer) : ENOENT;
}

}  // namespace vigie::cgroup
