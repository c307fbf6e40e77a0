#include "act/written_files.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <utility>

#include "act/acting.hpp"
#include "base/clock.hpp"
#include "base/fd.hpp"
#include "base/file.hpp"
#include "base/number.hpp"
#include "control/process.hpp"

namespace vigie::act {
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

/// All files of a user, or of all users, are below it.
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

  /// Other runs work in the same directory: a file that a process outside of the target has open for writing is its
  /// own.
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

namespace {

/// The search's data about each file; its path follows.
struct Found {
  std::uint64_t bytes = 0;
  std::int64_t modified_wall_ns = 0;
  pid_t writer = 0;
  std::uint32_t path_length = 0;
};

/// All that comes until the other end is closed; nothing when that takes longer.
std::optional<std::string> read_until_end(const Fd& pipe, double seconds) {
  std::string text;
  const Instant begin = now();
  while (true) {
    const double left = seconds - seconds_between(begin, now());
    pollfd item{pipe.get(), POLLIN, 0};
    const int ready = left > 0 ? ::poll(&item, 1, static_cast<int>(left * 1000) + 1) : 0;
    if (ready < 0 && errno == EINTR) continue;
    if (ready <= 0) return std::nullopt;
    char buffer[1 << 14];
    const ssize_t got = ::read(pipe.get(), buffer, sizeof buffer);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return text;
    text.append(buffer, static_cast<std::size_t>(got));
  }
}

/// The child: it keeps none of its parent's descriptors, as it may never end.
[[noreturn]] void answer(const std::vector<WrittenFile>& files, int pipe) {
  std::string text;
  for (const WrittenFile& file : files) {
    const Found found{file.bytes, file.modified_wall_ns, file.writer, static_cast<std::uint32_t>(file.path.size())};
    text.append(reinterpret_cast<const char*>(&found), sizeof found) += file.path;
  }
  ::_exit(write_all(pipe, text) == 0 ? 0 : 1);
}

std::vector<WrittenFile> parse(std::string_view text) {
  std::vector<WrittenFile> files;
  Found found;
  while (text.size() >= sizeof found) {
    std::memcpy(&found, text.data(), sizeof found);
    text.remove_prefix(sizeof found);
    files.push_back(
        {std::string(text.substr(0, found.path_length)), found.bytes, found.modified_wall_ns, found.writer});
    text.remove_prefix(std::min<std::size_t>(found.path_length, text.size()));
  }
  return files;
}

}  // namespace

/// In a child, which is left behind when a file system does not answer: a thread that waits for one would keep this
/// program from ending.
std::optional<std::vector<WrittenFile>> WrittenFiles::since_start() const {
  constexpr double patience_seconds = 3;
  constexpr int number = 3;
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return std::nullopt;
  const Fd reads(ends[0]);
  Fd writes(ends[1]);
  const pid_t child = ::fork();
  if (child == 0) {
    ::setsid();
    if (writes.get() != number) ::dup2(writes.get(), number);
    ::close_range(number + 1, ~0U, 0);
    for (int standard = 0; standard < number; ++standard) ::close(standard);
    answer(Search(traces_).run(), number);
  }
  writes.reset();
  if (child < 0) return std::nullopt;
  const std::optional<std::string> text = read_until_end(reads, patience_seconds);
  if (!text) ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, text ? 0 : WNOHANG);
  return text.transform([](const std::string& all) { return parse(all); });
}

}  // namespace vigie::act
