#include "control/cgroup_leaf.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <ctime>
#include <filesystem>

#include "base/clock.hpp"
#include "base/file.hpp"

namespace vigie::control {
namespace {

namespace fs = std::filesystem;

void add_pids(const std::string& directory, std::vector<pid_t>& pids) {
  std::string text;
  if (read_file(-1, (directory + "/cgroup.procs").c_str(), text) != 0) return;
  const char* at = text.data();
  const char* const end = at + text.size();
  while (at < end) {
    pid_t pid = 0;
    const auto [next, error] = std::from_chars(at, end, pid);
    if (error != std::errc{}) break;
    if (pid > 0) pids.push_back(pid);  // 0: of another PID namespace
    at = next < end ? next + 1 : next;
  }
}

/// The groups below, innermost first. A run may make some: a nested `vigie run` does.
std::vector<std::string> groups_below(const std::string& directory) {
  std::vector<std::string> groups;
  std::error_code error;
  for (fs::recursive_directory_iterator at(directory, error), end; !error && at != end; at.increment(error)) {
    std::error_code ignored;
    if (at->is_directory(ignored) && !at->is_symlink(ignored)) groups.push_back(at->path().string());
  }
  std::ranges::reverse(groups);
  return groups;
}

}  // namespace

Result<CgroupLeaf> CgroupLeaf::make(const std::string& parent, const std::string& name) {
  CgroupLeaf leaf(parent + "/" + name);
  if (::mkdir(leaf.directory_.c_str(), 0755) != 0) return fail_errno("cannot make " + leaf.directory_, errno);
  if (::access((leaf.directory_ + "/cgroup.kill").c_str(), W_OK) == 0) return leaf;
  ::rmdir(leaf.directory_.c_str());
  return fail("this kernel cannot kill a control group as a whole: that takes Linux 5.14");
}

Result<Fd> CgroupLeaf::open() const {
  Fd fd(::open(directory_.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!fd) return fail_errno("cannot open " + directory_, errno);
  return fd;
}

std::vector<pid_t> CgroupLeaf::pids() const {
  std::vector<pid_t> pids;
  add_pids(directory_, pids);
  for (const std::string& group : groups_below(directory_)) add_pids(group, pids);
  return pids;
}

Result<void> CgroupLeaf::write(const char* file, std::string_view text) const {
  const std::string path = directory_ + "/" + file;
  const Fd fd(::open(path.c_str(), O_WRONLY | O_CLOEXEC));
  if (!fd) return fail_errno("cannot open " + path, errno);
  if (const int error = write_all(fd.get(), text)) return fail_errno("cannot write " + path, error);
  return {};
}

Result<void> CgroupLeaf::kill() const {
  return write("cgroup.kill", "1");
}

Result<void> CgroupLeaf::freeze(double timeout_seconds) const {
  const std::string path = directory_ + "/cgroup.events";
  const Fd events(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!events) return fail_errno("cannot open " + path, errno);
  if (Result<void> asked = write("cgroup.freeze", "1"); !asked) return asked;
  const Instant begin = now();
  while (!frozen()) {
    if (seconds_between(begin, now()) > timeout_seconds) {
      return fail(directory_ +
                  " is not frozen yet: a process of it is stuck in the kernel; it stops as soon as it leaves");
    }
    pollfd item{events.get(), POLLPRI, 0};  // told of every change; looked at again soon should that get lost
    ::poll(&item, 1, 20);
    char seen[256];
    (void)!::pread(events.get(), seen, sizeof seen, 0);
  }
  return {};
}

Result<void> CgroupLeaf::thaw() const {
  return write("cgroup.freeze", "0");
}

bool CgroupLeaf::frozen() const {
  std::string text;
  return read_file(-1, (directory_ + "/cgroup.events").c_str(), text) == 0 && text.contains("frozen 1");
}

Result<void> CgroupLeaf::remove() const {
  for (const std::string& group : groups_below(directory_)) ::rmdir(group.c_str());
  if (::rmdir(directory_.c_str()) == 0 || errno == ENOENT) return {};
  return fail_errno("cannot remove " + directory_, errno);
}

void remove_abandoned(const std::string& parent) {
  constexpr std::time_t youngest_seconds = 60;
  std::error_code error;
  for (fs::directory_iterator at(parent, error), end; !error && at != end; at.increment(error)) {
    const std::string path = at->path().string();
    struct stat info{};
    if (!at->path().filename().string().starts_with("vigie-") || ::lstat(path.c_str(), &info) != 0) continue;
    if (S_ISDIR(info.st_mode) && std::time(nullptr) - info.st_mtim.tv_sec > youngest_seconds)
      (void)CgroupLeaf(path).remove().has_value();
  }
}

}  // namespace vigie::control
