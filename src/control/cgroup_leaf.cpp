#include "control/cgroup_leaf.hpp"

#include <fcntl.h>
#include <linux/magic.h>
#include <poll.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <ctime>
#include <filesystem>

#include <fmt/format.h>

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

/// The directory behind a descriptor, wherever its path leads by now.
std::string path_of(const Fd& directory) {
  return fmt::format("/proc/self/fd/{}", directory.get());
}

/// Component by component: many containers may not use openat2(2) with RESOLVE_NO_SYMLINKS.
Fd open_without_links(const std::string& path) {
  if (!path.starts_with('/')) {
    errno = EINVAL;
    return {};
  }
  Fd at(::open("/", O_PATH | O_DIRECTORY | O_CLOEXEC));
  for (std::size_t begin = 1; at && begin < path.size();) {
    const std::size_t end = std::min(path.find('/', begin), path.size());
    const std::string name = path.substr(begin, end - begin);
    at = Fd(::openat(at.get(), name.c_str(), O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    begin = end + 1;
  }
  return at;
}

/// Whether vigie gives this name to a group of some attempt of the run.
bool is_name_of(std::string_view name, const std::string& run_id) {
  const std::string first = group_name(run_id, 1);
  if (!name.starts_with(first)) return false;
  const std::string_view rest = name.substr(first.size());
  return rest.empty() ||
         (rest.size() > 1 && rest.front() == '-' && rest.find_first_not_of("0123456789", 1) == std::string_view::npos);
}

}  // namespace

std::string group_name(const std::string& run_id, unsigned attempt) {
  return attempt > 1 ? fmt::format("vigie-{}-{}", run_id, attempt) : "vigie-" + run_id;
}

Result<CgroupLeaf> CgroupLeaf::make(const std::string& parent, const std::string& name) {
  CgroupLeaf leaf(parent + "/" + name);
  if (::mkdir(leaf.directory_.c_str(), 0755) != 0) return fail_errno("cannot make " + leaf.directory_, errno);
  if (::access((leaf.directory_ + "/cgroup.kill").c_str(), W_OK) == 0) return leaf;
  ::rmdir(leaf.directory_.c_str());
  return fail("this kernel cannot kill a control group as a whole: that takes Linux 5.14");
}

CgroupLeaf CgroupLeaf::of_run(const RunRecord& record) {
  CgroupLeaf leaf(record.group.directory);
  leaf.claim_ = Claim{.run_id = record.id, .owner = record.owner};
  return leaf;
}

Result<Fd> CgroupLeaf::open() const {
  if (claim_) return open_claimed();
  Fd fd(::open(directory_.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!fd) return fail_errno("cannot open " + directory_, errno);
  return fd;
}

Result<Fd> CgroupLeaf::open_claimed() const {
  const auto refused = [this](std::string_view why) {
    return fail(fmt::format("{} is no control group of this run: {}", directory_, why), ErrorKind::denied);
  };
  if (!is_name_of(directory_.substr(directory_.rfind('/') + 1), claim_->run_id)) return refused("it has another name");
  Fd fd = open_without_links(directory_);
  if (!fd) return fail_errno("cannot open " + directory_, errno);
  struct statfs kind{};
  if (::fstatfs(fd.get(), &kind) != 0 || static_cast<unsigned long>(kind.f_type) != CGROUP2_SUPER_MAGIC)
    return refused("it is an ordinary directory");
  struct stat info{};
  if (::fstat(fd.get(), &info) != 0 || info.st_uid != claim_->owner) return refused("it belongs to another user");
  return fd;
}

std::vector<pid_t> CgroupLeaf::pids() const {
  std::vector<pid_t> pids;
  const Result<Fd> held = open();
  if (!held) return pids;
  const std::string here = path_of(*held);
  add_pids(here, pids);
  for (const std::string& group : groups_below(here)) add_pids(group, pids);
  return pids;
}

Result<void> CgroupLeaf::write(const char* file, std::string_view text) const {
  const Result<Fd> held = open();
  RETURN_IF_ERROR(held);
  const Fd fd(::openat(held->get(), file, O_WRONLY | O_NOFOLLOW | O_CLOEXEC));
  if (!fd) return fail_errno(fmt::format("cannot open {}/{}", directory_, file), errno);
  if (const int error = write_all(fd.get(), text))
    return fail_errno(fmt::format("cannot write {}/{}", directory_, file), error);
  return {};
}

Result<void> CgroupLeaf::kill() const {
  return write("cgroup.kill", "1");
}

Result<void> CgroupLeaf::freeze(double timeout_seconds) const {
  const Result<Fd> held = open();
  RETURN_IF_ERROR(held);
  const Fd events(::openat(held->get(), "cgroup.events", O_RDONLY | O_NOFOLLOW | O_CLOEXEC));
  if (!events) return fail_errno(fmt::format("cannot open {}/cgroup.events", directory_), errno);
  RETURN_IF_ERROR(write("cgroup.freeze", "1"));
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
  const Result<Fd> held = open();
  return held && read_file(held->get(), "cgroup.events", text) == 0 && text.contains("frozen 1");
}

Result<void> CgroupLeaf::remove() const {
  const Result<Fd> held = open();
  if (!held && held.error().errno_value != ENOENT) return std::unexpected(held.error());
  if (!held) return {};
  for (const std::string& group : groups_below(path_of(*held))) ::rmdir(group.c_str());
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
      ignore_error(CgroupLeaf(path).remove());
  }
}

}  // namespace vigie::control
