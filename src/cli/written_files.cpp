#include "cli/written_files.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <filesystem>

#include "base/clock.hpp"

namespace vigie::cli {
namespace {

namespace fs = std::filesystem;

constexpr int deepest = 3;
constexpr int most_entries = 20'000;
constexpr std::size_t most_files = 20;
/// Files are stamped with the time of the last kernel tick, up to 10 ms before the clock read by a program (HZ=100).
constexpr std::int64_t tick_ns = 10'000'000;

void add_directory(std::vector<std::string>& directories, const fs::path& path) {
  std::error_code error;
  const fs::path real = fs::canonical(path, error);
  if (error || !fs::is_directory(real, error) || real == "/") return;
  if (std::ranges::find(directories, real.string()) == directories.end()) directories.push_back(real.string());
}

/// "--checkpoint=DIR", "--checkpoint DIR", "DIR/last.pt": directories, and those of files, that an argument names.
void add_argument(std::vector<std::string>& directories, const fs::path& cwd, std::string_view argument) {
  if (const std::size_t equals = argument.find('='); argument.starts_with('-') && equals != std::string_view::npos) {
    argument.remove_prefix(equals + 1);
  }
  if (argument.empty() || argument.starts_with('-')) return;
  add_directory(directories, cwd / argument);
}

std::vector<std::string> directories_of(const Frame& frame, const Target& target) {
  std::vector<std::string> directories;
  for (const std::size_t index : target.processes) {
    const ProcessSample& process = frame.snapshot->processes[index];
    if (!process.cwd || !process.cmdline) continue;
    for (const std::string_view argument : arguments(*process.cmdline))
      add_argument(directories, *process.cwd, argument);
  }
  return directories;
}

std::int64_t modified_wall_ns(const struct stat& info) {
  return info.st_mtim.tv_sec * nanoseconds_per_second + info.st_mtim.tv_nsec;
}

}  // namespace

WrittenFiles::WrittenFiles(const Frame& frame, const Target& target)
    : directories_(directories_of(frame, target)), start_wall_ns_(now().wall_ns) {}

std::vector<WrittenFile> WrittenFiles::since_start() const {
  std::vector<WrittenFile> files;
  int entries = 0;
  for (const std::string& directory : directories_) {
    std::error_code error;
    for (fs::recursive_directory_iterator at(directory, fs::directory_options::skip_permission_denied, error), end;
         !error && at != end && ++entries < most_entries && files.size() < most_files; at.increment(error)) {
      if (at.depth() >= deepest) at.disable_recursion_pending();
      struct stat info{};
      if (::lstat(at->path().c_str(), &info) != 0 || !S_ISREG(info.st_mode)) continue;
      if (modified_wall_ns(info) < start_wall_ns_ - tick_ns) continue;
      files.push_back({at->path().string(), static_cast<std::uint64_t>(info.st_size), modified_wall_ns(info)});
    }
  }
  std::ranges::sort(files, {}, &WrittenFile::path);
  const auto repeated = std::ranges::unique(files, {}, &WrittenFile::path);
  files.erase(repeated.begin(), repeated.end());
  return files;
}

}  // namespace vigie::cli
