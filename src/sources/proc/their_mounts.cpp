#include "sources/proc/their_mounts.hpp"

#include <limits.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <optional>

#include <fmt/format.h>

#include "base/file.hpp"
#include "model/mount.hpp"
#include "sources/sys/parse.hpp"

namespace vigie::proc {
namespace {

std::optional<std::string> link_of(int dir, const char* name) {
  std::array<char, PATH_MAX> target;
  const ssize_t length = ::readlinkat(dir, name, target.data(), target.size());
  if (length <= 0) return std::nullopt;
  return std::string(target.data(), static_cast<std::size_t>(length));
}

std::string own_namespace() {
  return link_of(-1, "/proc/self/ns/mnt").value_or("");
}

std::vector<std::string> wanted_paths(int process_dir, const Reading<std::vector<OpenFile>>& files) {
  std::vector<std::string> paths = {"/", "/tmp", "/dev/shm"};
  if (std::optional<std::string> cwd = link_of(process_dir, "cwd")) paths.push_back(std::move(*cwd));
  if (!files) return paths;
  for (const OpenFile& file : *files) {
    if (file.hold == Hold::descriptor && file.type == FileType::regular) paths.push_back(file.path);
  }
  return paths;
}

}  // namespace

Reading<std::vector<MountSample>> TheirMounts::read(int process_dir, pid_t pid,
                                                    const Reading<std::vector<OpenFile>>& files) {
  const std::optional<std::string> space = link_of(process_dir, "ns/mnt");
  const std::optional<std::string> top = link_of(process_dir, "root");
  if (!space || !top) return errno == ESRCH || errno == ENOENT ? Presence::unknown : presence_of_errno(errno);
  if (*space == own_namespace() && *top == "/") return Presence::unsupported;
  std::string text;
  if (const int error = read_file(process_dir, "mountinfo", text); error != 0) return presence_of_errno(error);
  const std::vector<MountSample> all = sys::parse_mountinfo(text);
  std::vector<MountSample> mounts;
  for (const std::string& path : wanted_paths(process_dir, files)) {
    const MountSample* const mount = mount_of(all, path);
    if (mount != nullptr && std::ranges::find(mounts, mount->path, &MountSample::path) == mounts.end())
      mounts.push_back(*mount);
  }
  // A path of mountinfo has no symbolic links, so nothing leads out of the other root again.
  const std::string inside = fmt::format("/proc/{}/root", pid);
  std::vector<MountSample> unasked;
  for (const MountSample& mount : mounts) {
    if (known_.contains({*space + *top, mount.path})) continue;
    unasked.push_back(mount);
    unasked.back().path = inside + mount.path;
  }
  sampler_.add_use(unasked);
  for (const MountSample& mount : unasked) known_[{*space + *top, mount.path.substr(inside.size())}] = mount.use;
  for (MountSample& mount : mounts) mount.use = known_.at({*space + *top, mount.path});
  return mounts;
}

}  // namespace vigie::proc
