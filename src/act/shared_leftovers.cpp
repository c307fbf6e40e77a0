#include "act/shared_leftovers.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cctype>
#include <memory>

#include <fmt/format.h>

#include "act/acting.hpp"
#include "base/clock.hpp"

namespace vigie::act {
namespace {

constexpr const char* directory = "/dev/shm";
/// Start times are in ticks of 10 ms, and a launcher may hand a segment to the process that it starts.
constexpr std::int64_t slack_ns = nanoseconds_per_second;

/// When a file was made; 0 where the file system does not keep it (tmpfs does since Linux 6.6).
std::int64_t born_wall_ns(const std::string& path) {
  struct statx info{};
  if (::statx(AT_FDCWD, path.c_str(), AT_SYMLINK_NOFOLLOW, STATX_BTIME, &info) != 0) return 0;
  if ((info.stx_mask & STATX_BTIME) == 0) return 0;
  return info.stx_btime.tv_sec * nanoseconds_per_second + info.stx_btime.tv_nsec;
}

}  // namespace

SharedLeftovers::SharedLeftovers(const Frame& frame, const std::vector<ProcessId>& tree, const Result<Frame>& open) {
  const Instant& when = frame.snapshot->before;
  since_wall_ns_ = when.wall_ns;
  for (const ProcessId& id : tree) {
    pids_.push_back(fmt::format("{}", id.pid));
    since_wall_ns_ = std::min(since_wall_ns_, when.wall_ns - (when.boot_ns - start_boot_ns(id)));
  }
  if (!open) return;
  for (const ProcessDetail& detail : open->snapshot->details) {
    if (!detail.files) continue;
    for (const OpenFile& file : *detail.files) {
      if (!file.deleted && file.path.starts_with(std::string(directory) + "/")) held_.insert(file.path);
    }
  }
}

bool SharedLeftovers::named_after_one(std::string_view name) const {
  const auto digit = [&](std::size_t at) {
    return at < name.size() && std::isdigit(static_cast<unsigned char>(name[at])) != 0;
  };
  return std::ranges::any_of(pids_, [&](const std::string& pid) {
    const std::size_t at = name.find(pid);
    return at != std::string_view::npos && (at == 0 || !digit(at - 1)) && !digit(at + pid.size());
  });
}

std::vector<SharedSegment> SharedLeftovers::now() const {
  std::vector<SharedSegment> segments;
  const std::unique_ptr<DIR, int (*)(DIR*)> dir(::opendir(directory), ::closedir);
  if (dir == nullptr) return segments;
  while (const dirent* entry = ::readdir(dir.get())) {
    const std::string path = std::string(directory) + "/" + entry->d_name;
    if (!held_.contains(path) && !named_after_one(entry->d_name)) continue;
    struct stat info{};
    if (::lstat(path.c_str(), &info) != 0 || !S_ISREG(info.st_mode)) continue;
    const std::int64_t born = born_wall_ns(path);
    if (born != 0 && born < since_wall_ns_ - slack_ns) continue;
    segments.push_back({path, static_cast<std::uint64_t>(info.st_size), info.st_uid});
  }
  std::ranges::sort(segments, {}, &SharedSegment::path);
  return segments;
}

}  // namespace vigie::act
