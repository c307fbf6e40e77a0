#include "cli/written_files.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>

#include "base/clock.hpp"
#include "cli/acting.hpp"
#include "control/process.hpp"

namespace vigie::cli {
namespace {

namespace fs = std::filesystem;

constexpr int deepest_named = 3, deepest_cwd = 3, deepest_home = 0;
constexpr int most_entries = 20'000;
constexpr std::size_t most_files = 20;
/// Files are stamped with the time of the last kernel tick, up to 10 ms before the clock read by a program (HZ=100).
constexpr std::int64_t tick_ns = 10'000'000;

std::int64_t modified_wall_ns(const struct stat& info) {
  return info.st_mtim.tv_sec * nanoseconds_per_second + info.st_mtim.tv_nsec;
}

bool is_saved_to(const OpenFile& file) {
  return file.hold == Hold::descriptor && file.writable && file.type == FileType::regular && !file.deleted;
}

/// Everything that a user has, or that all users have, is below it.
bool is_everybodys(const std::string& path) {
  const char* home = std::getenv("HOME");
  return path == "/tmp" || path == "/var/tmp" || path == "/dev/shm" || (home != nullptr && path == home);
}

}  // namespace

void WrittenFiles::add_place(const std::string& path, int deepest) {
  std::error_code error;
  const fs::path real = fs::canonical(path, error);
  if (error || !fs::is_directory(real, error) || real == "/") return;
  const auto known = std::ranges::find(places_, real.string(), &Place::path);
  if (known != places_.end()) {
    known->deepest = std::max(known->deepest, deepest);
    return;
  }
  places_.push_back({real.string(), is_everybodys(real.string()) ? deepest_home : deepest});
}

/// "--checkpoint=DIR", "--checkpoint DIR", "DIR/last.pt": directories, and those of files, that an argument names.
void WrittenFiles::add_argument(const std::string& cwd, std::string_view argument) {
  if (const std::size_t equals = argument.find('='); argument.starts_with('-') && equals != std::string_view::npos) {
    argument.remove_prefix(equals + 1);
  }
  if (argument.empty() || argument.starts_with('-')) return;
  const fs::path path = fs::path(cwd) / argument;
  std::error_code error;
  if (fs::is_directory(path, error)) return add_place(path.string(), deepest_named);
  if (argument.contains('/')) add_place(path.parent_path().string(), deepest_home);
}

void WrittenFiles::note(const Frame& open) {
  for (const ProcessDetail& detail : open.snapshot->details) {
    if (!detail.files) continue;
    for (const OpenFile& file : *detail.files) {
      if (!is_saved_to(file) || !file.device || !file.inode) continue;
      writers_.emplace(FileKey(*file.device, *file.inode), detail.id.pid);
      seen_.insert(file.path);
    }
  }
}

WrittenFiles::WrittenFiles(const Frame& frame, const Target& target, const std::vector<ProcessId>& tree,
                           const Result<Frame>& open)
    : processes_(tree), start_wall_ns_(now().wall_ns) {
  if (open) note(*open);
  for (const std::size_t index : target.processes) {
    const ProcessSample& process = frame.snapshot->processes[index];
    if (!process.cwd || !process.cmdline) continue;
    for (const std::string_view argument : arguments(*process.cmdline)) add_argument(*process.cwd, argument);
  }
  for (const std::string& path : seen_) add_place(fs::path(path).parent_path().string(), deepest_named);
  for (const std::size_t index : target.processes) {
    const ProcessSample& process = frame.snapshot->processes[index];
    if (process.cwd) add_place(*process.cwd, deepest_cwd);
  }
}

void WrittenFiles::look() {
  std::erase_if(processes_, [](const ProcessId& id) { return !control::may_be_alive(id); });
  if (processes_.empty()) return;
  if (const Result<Frame> open = frame_in_depth(processes_, proc::Detail::files)) note(*open);
}

void WrittenFiles::add_if_written(const std::string& path, std::vector<WrittenFile>& files) const {
  struct stat info{};
  if (::lstat(path.c_str(), &info) != 0 || !S_ISREG(info.st_mode)) return;
  if (modified_wall_ns(info) < start_wall_ns_ - tick_ns) return;
  const auto writer = writers_.find({info.st_dev, info.st_ino});
  files.push_back({path, static_cast<std::uint64_t>(info.st_size), modified_wall_ns(info),
                   writer == writers_.end() ? 0 : writer->second});
}

std::vector<WrittenFile> WrittenFiles::since_start() const {
  std::vector<WrittenFile> files;
  for (const std::string& path : seen_) add_if_written(path, files);
  int entries = 0;
  for (const auto& [directory, deepest] : places_) {
    std::error_code error;
    for (fs::recursive_directory_iterator at(directory, fs::directory_options::skip_permission_denied, error), end;
         !error && at != end && ++entries < most_entries && files.size() < most_files; at.increment(error)) {
      if (at.depth() >= deepest) at.disable_recursion_pending();
      add_if_written(at->path().string(), files);
    }
  }
  std::ranges::sort(files, {}, &WrittenFile::path);
  const auto repeated = std::ranges::unique(files, {}, &WrittenFile::path);
  files.erase(repeated.begin(), repeated.end());
  return files;
}

}  // namespace vigie::cli
