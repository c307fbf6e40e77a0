#include "sources/proc/shared_memory.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include <algorithm>
#include <cerrno>
#include <functional>
#include <memory>
#include <string>

#include "base/file.hpp"
#include "sources/sys/mounts.hpp"
#include "sources/sys/parse.hpp"

namespace vigie::proc {
namespace {

constexpr const char* place = "/dev/shm";
constexpr std::size_t most_segments = 64;

/// Its mounts are asked before anything below its root is touched: another file system there may never answer.
bool has_tmpfs(int dir) {
  std::string mountinfo;
  if (read_file(dir, "mountinfo", mountinfo) != 0) return false;
  const std::vector<MountSample> mounts = sys::parse_mountinfo(mountinfo);
  const auto mount = std::ranges::find(mounts, place, &MountSample::path);
  return mount != mounts.end() && mount->type == "tmpfs";
}

bool is_ours(int shm) {
  struct stat theirs{};
  struct stat ours{};
  return ::fstat(shm, &theirs) == 0 && ::stat(place, &ours) == 0 && theirs.st_dev == ours.st_dev;
}

/// Takes the descriptor over.
std::vector<SharedSegment> segments_in(int shm) {
  std::vector<SharedSegment> segments;
  const std::unique_ptr<DIR, int (*)(DIR*)> dir(::fdopendir(shm), ::closedir);
  if (dir == nullptr) ::close(shm);
  while (const dirent* entry = dir == nullptr ? nullptr : ::readdir(dir.get())) {
    struct stat file{};
    if (::fstatat(shm, entry->d_name, &file, AT_SYMLINK_NOFOLLOW) != 0 || !S_ISREG(file.st_mode)) continue;
    segments.push_back(
        {std::string(place) + "/" + entry->d_name, static_cast<std::uint64_t>(file.st_blocks) * 512, file.st_uid});
  }
  std::ranges::stable_sort(segments, std::ranges::greater(), &SharedSegment::bytes);
  segments.resize(std::min(segments.size(), most_segments));
  return segments;
}

}  // namespace

Reading<SharedMemory> read_shared_memory(int dir) {
  if (!has_tmpfs(dir)) return Presence::unsupported;
  const int shm = ::openat(dir, "root/dev/shm", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (shm < 0) return presence_of_errno(errno);
  SharedMemory found;
  struct statvfs room{};
  const int error = ::fstatvfs(shm, &room) == 0 ? 0 : errno;
  found.use = sys::use_of(room);
  found.same_as_ours = is_ours(shm);
  found.segments = segments_in(shm);
  if (error != 0) return presence_of_errno(error);
  return found;
}

}  // namespace vigie::proc
