#include "wire/log_index.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <vector>

#include "base/clock.hpp"
#include "base/file.hpp"
#include "wire/run_file.hpp"

namespace vigie::wire {
namespace {

constexpr std::uint64_t most_entries = 1 << 16;           ///< of 16 bytes
constexpr std::uint64_t fine_entries = most_entries / 4;  ///< the newest, never thinned
constexpr std::int64_t between_entries_ns = nanoseconds_per_second;

static_assert(sizeof(LogMoment) == 16);

std::string path_in(const std::string& directory) {
  return directory + "/output.index";
}

/// Without it the log has no times, no more.
Fd open_index(const std::string& directory, int flags) {
  Result<Fd> file = open_own_file(path_in(directory), O_WRONLY | O_APPEND | flags);
  return file ? std::move(*file) : Fd();
}

/// Whole entries, as far as their offsets grow.
std::vector<LogMoment> read_entries(const std::string& directory) {
  const std::string bytes = read_run_file(directory, "output.index").value_or("");
  std::vector<LogMoment> entries;
  for (std::size_t at = 0; at + sizeof(LogMoment) <= bytes.size(); at += sizeof(LogMoment)) {
    LogMoment entry;
    std::memcpy(&entry, bytes.data() + at, sizeof entry);
    if (entries.empty() || entry.offset >= entries.back().offset) entries.push_back(entry);
  }
  return entries;
}

}  // namespace

LogIndex::LogIndex(std::string directory)
    : directory_(std::move(directory)), file_(open_index(directory_, O_CREAT)), thin_at_(most_entries) {
  struct stat info{};
  if (!file_ || ::fstat(file_.get(), &info) != 0) return;
  entries_ = static_cast<std::uint64_t>(info.st_size) / sizeof(LogMoment);
  // Half an entry, written by a recorder that was killed, would shift all that follow.
  (void)!::ftruncate(file_.get(), static_cast<off_t>(entries_ * sizeof(LogMoment)));
}

void LogIndex::note(std::uint64_t offset, std::int64_t wall_ns, std::uint64_t log_begin) {
  if (wall_ns >= last_ns_ && wall_ns - last_ns_ < between_entries_ns) return;
  last_ns_ = wall_ns;
  if (entries_ >= thin_at_) thin(log_begin);
  const LogMoment entry{.offset = offset, .wall_ns = wall_ns};
  const ssize_t put = ::write(file_.get(), &entry, sizeof entry);
  if (put == static_cast<ssize_t>(sizeof entry)) {
    ++entries_;
  } else if (put > 0) {
    (void)!::ftruncate(file_.get(), static_cast<off_t>(entries_ * sizeof(LogMoment)));
  }
}

void LogIndex::thin(std::uint64_t log_begin) {
  const std::vector<LogMoment> entries = read_entries(directory_);
  std::string kept;
  for (std::size_t i = 0; i < entries.size(); ++i) {
    LogMoment entry = entries[i];
    if (i + 1 < entries.size() && entries[i + 1].offset <= log_begin) continue;
    if (i + 1 + fine_entries < entries.size()) entry.wall_ns = entries[++i].wall_ns;  // two become one
    kept.append(reinterpret_cast<const char*>(&entry), sizeof entry);
  }
  const Fd dir(::open(directory_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!replace_file(dir.get(), "output.index", kept)) {
    thin_at_ = entries_ + most_entries;  // a full disk: tried again when as many more have come
    return;
  }
  file_ = open_index(directory_, 0);
  entries_ = kept.size() / sizeof(LogMoment);
  thin_at_ = most_entries;
}

std::optional<std::uint64_t> offset_since(const std::string& directory, std::int64_t wall_ns, std::uint64_t log_end) {
  const std::vector<LogMoment> entries = read_entries(directory);
  if (entries.empty()) return std::nullopt;
  for (const LogMoment& entry : entries) {
    if (entry.wall_ns > wall_ns - between_entries_ns) return std::min(entry.offset, log_end);
  }
  return log_end;
}

}  // namespace vigie::wire
