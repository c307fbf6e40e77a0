#include "cli/written_files.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <future>
#include <thread>
#include <utility>

#include "base/clock.hpp"
#include "base/number.hpp"
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

/// One look at the places.
class WrittenFiles::Search {
 public:
  explicit Search(Traces traces) : traces_(std::move(traces)) {}

  std::vector<WrittenFile> run() {
    for (const auto& [cwd, argument] : traces_.words) add_argument(cwd, argument);
    for (const std::string& path : traces_.seen) add_place(fs::path(path).parent_path().string(), deepest_named);
    for (const std::string& cwd : traces_.cwds) add_place(cwd, deepest_cwd);
    for (const std::string& path : traces_.seen) add_if_written(path);
    for (const Place& place : places_) search(place);
    leave_out_others();
    std::ranges::sort(files_, {}, &WrittenFile::path);
    const auto repeated = std::ranges::unique(files_, {}, &WrittenFile::path);
    files_.erase(repeated.begin(), repeated.end());
    return std::move(files_);
  }

 private:
  struct Place {
    std::string path;
    int deepest = 3;
  };

  void add_place(const std::string& path, int deepest) {
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
  void add_argument(const std::string& cwd, std::string_view argument) {
    if (const std::size_t equals = argument.find('='); argument.starts_with('-') && equals != std::string_view::npos) {
      argument.remove_prefix(equals + 1);
    }
    if (argument.empty() || argument.starts_with('-')) return;
    const fs::path path = fs::path(cwd) / argument;
    std::error_code error;
    if (fs::is_directory(path, error)) return add_place(path.string(), deepest_named);
    if (argument.contains('/')) add_place(path.parent_path().string(), deepest_home);
  }

  void add_if_written(const std::string& path) {
    struct stat info{};
    if (::lstat(path.c_str(), &info) != 0 || !S_ISREG(info.st_mode)) return;
    if (modified_wall_ns(info) < traces_.start_wall_ns - tick_ns) return;
    const auto writer = traces_.writers.find({info.st_dev, info.st_ino});
    files_.push_back({path, static_cast<std::uint64_t>(info.st_size), modified_wall_ns(info),
                      writer == traces_.writers.end() ? 0 : writer->second});
    if (files_.back().writer == 0) unclaimed_.emplace(Traces::FileKey(info.st_dev, info.st_ino), path);
  }

  /// Other runs work in the same directory: what a process outside of the target has open for writing is its.
  void leave_out_others() {
    std::error_code error;
    for (fs::directory_iterator at("/proc", error), end; !unclaimed_.empty() && !error && at != end;
         at.increment(error)) {
      const std::optional<pid_t> pid = whole_number<pid_t>(at->path().filename().string());
      if (!pid || *pid == ::getpid() || traces_.pids.contains(*pid)) continue;
      std::error_code denied;
      for (fs::directory_iterator file(at->path() / "fd", denied), last; !denied && file != last;
           file.increment(denied))
        leave_out(file->path());
    }
  }

  void leave_out(const fs::path& descriptor) {
    struct stat info{};
    if (::stat(descriptor.c_str(), &info) != 0 || !S_ISREG(info.st_mode)) return;
    const auto claimed = unclaimed_.find({info.st_dev, info.st_ino});
    if (claimed == unclaimed_.end()) return;
    // A descriptor is shown with the rights that it was opened with (proc(5)).
    if (::lstat(descriptor.c_str(), &info) != 0 || (info.st_mode & S_IWUSR) == 0) return;
    std::erase_if(files_, [&](const WrittenFile& one) { return one.path == claimed->second; });
    unclaimed_.erase(claimed);
  }

  void search(const Place& place) {
    std::error_code error;
    for (fs::recursive_directory_iterator at(place.path, fs::directory_options::skip_permission_denied, error), end;
         !error && at != end && ++entries_ < most_entries && files_.size() < most_files; at.increment(error)) {
      if (at.depth() >= place.deepest) at.disable_recursion_pending();
      add_if_written(at->path().string());
    }
  }

  Traces traces_;
  std::vector<Place> places_;
  std::vector<WrittenFile> files_;
  std::map<Traces::FileKey, std::string> unclaimed_;  ///< paths of those whose writer was not seen
  int entries_ = 0;
};

void WrittenFiles::note(const Frame& open) {
  for (const ProcessDetail& detail : open.snapshot->details) {
    if (!detail.files) continue;
    for (const OpenFile& file : *detail.files) {
      if (!is_saved_to(file) || !file.device || !file.inode) continue;
      traces_.writers.emplace(Traces::FileKey(*file.device, *file.inode), detail.id.pid);
      traces_.seen.insert(file.path);
    }
  }
}

WrittenFiles::WrittenFiles(const Frame& frame, const Target& target, const std::vector<ProcessId>& tree,
                           const Result<Frame>& open)
    : processes_(tree) {
  traces_.start_wall_ns = now().wall_ns;
  for (const ProcessId& id : tree) traces_.pids.insert(id.pid);
  if (open) note(*open);
  for (const std::size_t index : target.processes) {
    const ProcessSample& process = frame.snapshot->processes[index];
    if (!process.cwd) continue;
    traces_.cwds.push_back(*process.cwd);
    if (!process.cmdline) continue;
    for (const std::string_view argument : arguments(*process.cmdline))
      traces_.words.push_back({*process.cwd, std::string(argument)});
  }
}

void WrittenFiles::look() {
  std::erase_if(processes_, [](const ProcessId& id) { return !control::may_be_alive(id); });
  if (processes_.empty()) return;
  if (const Result<Frame> open = frame_in_depth(processes_, proc::Detail::files)) note(*open);
}

/// On a thread that is left behind when a file system does not answer: the end of the program ends it.
std::optional<std::vector<WrittenFile>> WrittenFiles::since_start() const {
  constexpr std::chrono::seconds patience(3);
  std::promise<std::vector<WrittenFile>> promise;
  std::future<std::vector<WrittenFile>> found = promise.get_future();
  std::thread([search = Search(traces_), promise = std::move(promise)]() mutable {
    promise.set_value(search.run());
  }).detach();
  if (found.wait_for(patience) != std::future_status::ready) return std::nullopt;
  return found.get();
}

}  // namespace vigie::cli
