#include "feed/file_progress.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <string>

#include <fmt/format.h>

#include "base/clock.hpp"
#include "base/fd.hpp"

namespace vigie {
namespace {

constexpr off_t tail_bytes = 64 << 10;
constexpr std::size_t most_processes = 8;  ///< of a run; they mostly have the file of the first

struct Tail {
  std::string bytes;
  std::int64_t wall_ns = 0;  ///< when the file was last written
};

/// The end of the file that a descriptor of a process leads to; empty when it is no regular file, or may not be read.
Tail tail_of(pid_t pid, int descriptor) {
  const std::string link = fmt::format("/proc/{}/fd/{}", pid, descriptor);
  struct stat about{};
  if (::stat(link.c_str(), &about) != 0 || !S_ISREG(about.st_mode)) return {};
  const Fd fd(::open(link.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY));
  if (!fd || ::fstat(fd.get(), &about) != 0 || !S_ISREG(about.st_mode)) return {};
  const off_t begin = std::max<off_t>(0, about.st_size - tail_bytes);
  Tail tail{.bytes = std::string(static_cast<std::size_t>(about.st_size - begin), '\0'),
            .wall_ns = about.st_mtim.tv_sec * nanoseconds_per_second + about.st_mtim.tv_nsec};
  const ssize_t got = ::pread(fd.get(), tail.bytes.data(), tail.bytes.size(), begin);
  tail.bytes.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
  if (begin > 0) tail.bytes.erase(0, std::min(tail.bytes.find_first_of("\r\n"), tail.bytes.size()));  // half a line
  return tail;
}

std::optional<Progress> progress_of(const ProgressReader& read, const Frame& frame, const Run& run) {
  const std::size_t count = std::min(run.members.size(), most_processes);
  for (std::size_t i = 0; i < count; ++i) {
    const pid_t pid = frame.snapshot->processes[run.members[i].process].id.pid;
    for (const int descriptor : {STDERR_FILENO, STDOUT_FILENO}) {  // bars are drawn on the former
      const Tail tail = tail_of(pid, descriptor);
      if (tail.bytes.empty()) continue;
      if (std::optional<Progress> progress = read(tail.bytes, tail.wall_ns)) return progress;
    }
  }
  return std::nullopt;
}

/// Whether its keeper has no terminal of it to read.
bool has_no_terminal_of_ours(const Frame& frame, const Run& run) {
  if (!run.supervised) return true;
  return std::ranges::any_of(frame.snapshot->supervised, [&](const SupervisedSample& sample) {
    return sample.record.id == run.id && sample.record.adopted;
  });
}

}  // namespace

void add_file_progress(const ProgressReader& read, Frame& frame) {
  for (Run& run : frame.view.runs) {
    if (is_over(run.state) || run.members.empty() || !has_no_terminal_of_ours(frame, run)) continue;
    if (std::optional<Progress> progress = progress_of(read, frame, run)) run.progress = std::move(*progress);
  }
}

}  // namespace vigie
