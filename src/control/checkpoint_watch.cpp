#include "control/checkpoint_watch.hpp"

#include <sys/stat.h>

#include <filesystem>
#include <utility>

#include "base/clock.hpp"

namespace vigie::control {
namespace {

namespace fs = std::filesystem;

// A directory of data beside the checkpoints must not make every look a walk through millions of files.
constexpr int deepest = 3;
constexpr int most_entries = 20'000;

}  // namespace

CheckpointWatch::CheckpointWatch(std::string directory) : directory_(std::move(directory)) {
  look(-1);
}

void CheckpointWatch::look(std::int64_t boot_ns) {
  for (auto& [path, file] : files_) file.there = false;
  std::error_code error;
  int entries = 0;
  for (fs::recursive_directory_iterator at(directory_, fs::directory_options::skip_permission_denied, error), end;
       !error && at != end && ++entries < most_entries; at.increment(error)) {
    if (at.depth() >= deepest) at.disable_recursion_pending();
    struct stat info{};
    if (::lstat(at->path().c_str(), &info) != 0 || !S_ISREG(info.st_mode)) continue;
    const File now{.bytes = static_cast<std::uint64_t>(info.st_size),
                   .modified_ns = info.st_mtim.tv_sec * nanoseconds_per_second + info.st_mtim.tv_nsec,
                   .changed_boot_ns = boot_ns};
    const auto [file, fresh] = files_.emplace(at->path().string(), now);
    const bool same = file->second.bytes == now.bytes && file->second.modified_ns == now.modified_ns;
    if (!fresh && !same) file->second = now;
    file->second.there = true;
  }
}

bool CheckpointWatch::changed_lately(const File& file, std::int64_t boot_ns) const {
  if (!file.there || file.changed_boot_ns < 0) return false;
  return static_cast<double>(boot_ns - file.changed_boot_ns) < settle_seconds * nanoseconds_per_second;
}

bool CheckpointWatch::growing(std::int64_t boot_ns) const {
  for (const auto& [path, file] : files_) {
    if (changed_lately(file, boot_ns)) return true;
  }
  return false;
}

std::vector<CheckpointFile> CheckpointWatch::changed(std::int64_t boot_ns) const {
  std::vector<CheckpointFile> changed;
  for (const auto& [path, file] : files_) {
    if (file.there && file.changed_boot_ns >= 0)
      changed.push_back({.path = path, .bytes = file.bytes, .growing = changed_lately(file, boot_ns)});
  }
  return changed;
}

}  // namespace vigie::control
