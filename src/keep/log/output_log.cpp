#include "keep/log/output_log.hpp"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <span>
#include <vector>

#include <fmt/format.h>

#include "base/clock.hpp"
#include "base/file.hpp"
#include "wire/log_reader.hpp"
#include "wire/log_segments.hpp"

namespace vigie::keep {
namespace {

constexpr std::uint64_t segments_in_all = 16;
constexpr std::uint64_t least_segment = 64 << 10, largest_segment = 64 << 20;
constexpr std::int64_t retry_after_ns = nanoseconds_per_second / 10;
constexpr std::size_t most_segments = 4096;    ///< where a limit makes them small (RLIMIT_FSIZE)
constexpr std::size_t state_bytes = 64 << 10;  ///< enough to know whether an escape sequence is open

Fd open_log(const std::string& path) {
  Result<Fd> file = open_own_file(path, O_WRONLY | O_CREAT | O_APPEND);
  return file ? std::move(*file) : Fd();
}

std::uint64_t largest_file() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_FSIZE, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) return UINT64_MAX;
  return limit.rlim_cur;
}

std::uint64_t size_on_disk(const std::string& path) {
  struct stat info{};
  return ::lstat(path.c_str(), &info) == 0 ? static_cast<std::uint64_t>(info.st_size) : 0;
}

}  // namespace

OutputLog::OutputLog(std::string directory, std::uint64_t max_bytes, Handover& handover)
    : directory_(std::move(directory)),
      path_(directory_ + "/" + std::string(wire::current_log)),
      max_bytes_(max_bytes),
      largest_file_(largest_file()),
      // Half of the size that a file may have is for finding a good place to end it.
      segment_bytes_(std::min(std::clamp(max_bytes / segments_in_all, least_segment, largest_segment),
                              std::max(largest_file_ / 2, std::uint64_t{1}))),
      rotate_at_(segment_bytes_),
      handover_(handover),
      lost_(handover.lost()),
      index_(directory_),
      packer_(directory_) {
  put_right();
  file_ = open_log(path_);
  size_ = size_on_disk(path_);
  boundary_.pass(wire::log_tail(directory_, state_bytes));
  take_over();
}

/// Repairs what a killed recorder left: a file that was about to become output.log, a segment both plain and packed or
/// half packed, a segment that was about to be dropped.
void OutputLog::put_right() {
  for (const std::string& name : wire::leftovers(directory_)) ::unlink((directory_ + "/" + name).c_str());
  const wire::LogFiles files = wire::finished_files(directory_);
  if (!files.begin && files.segments.empty()) begin_at(0);
  begin_ = oldest_ = files.begin.value_or(0);
  bool unpacked = false;
  for (const wire::LogSegment& segment : files.segments) {
    unpacked = unpacked || !segment.packed;
    begin_ = segment.end;
  }
  if (!files.segments.empty()) oldest_ = files.segments.front().begin;
  if (unpacked) packer_.wake();
}

/// Writes what a killed recorder had read and not written, and counts what it had not yet counted as lost.
void OutputLog::take_over() {
  const Handover::Left left = handover_.left();
  const auto written = static_cast<std::int64_t>(end() - left.log_end);
  if (written < 0) lost_ += static_cast<std::uint64_t>(-written);  // another process cut the file meanwhile
  if (written < std::ssize(left.bytes))
    write(left.bytes.substr(static_cast<std::size_t>(std::max<std::int64_t>(written, 0))));
}

void OutputLog::write(std::string_view bytes) {
  index_.note(begin_ + size_, now().wall_ns, oldest_);
  // However much comes at once, the search for a place to cut begins where the segment has its size.
  const std::size_t within = std::min<std::uint64_t>(bytes.size(), rotate_at_ - std::min(size_, rotate_at_));
  boundary_.pass(bytes.substr(0, within));
  append(bytes.substr(0, within));
  bytes.remove_prefix(within);
  if (bytes.empty()) return;
  // Past its size a segment ends with the next line; where none comes, with the next character, at last anywhere.
  using Want = LogBoundary::Want;
  const std::uint64_t beyond = size_ - std::min(size_, rotate_at_);
  const Want want = beyond < segment_bytes_ / 8   ? Want::line
                    : beyond < segment_bytes_ / 4 ? Want::character
                                                  : Want::anything;
  const std::optional<std::size_t> cut = boundary_.cut(bytes, want);
  append(bytes.substr(0, cut.value_or(bytes.size())));
  if (!cut) return;
  if (lost_ == 0) (void)rotate();
  append(bytes.substr(*cut));
}

void OutputLog::append(std::string_view bytes) {
  if (bytes.empty()) return;
  if (lost_ > 0 && !mark_gap()) return lose(bytes.size());
  while (!bytes.empty()) {
    const ssize_t put = ::write(file_.get(), bytes.data(), bytes.size());
    if (put < 0 && errno == EINTR) continue;
    if (put < 0 && errno == EFBIG && size_ > 0 && rotate()) continue;  // there is room in another file
    if (put < 0) {
      retry_ns_ = now().boot_ns + retry_after_ns;
      return lose(bytes.size());
    }
    bytes.remove_prefix(static_cast<std::size_t>(put));
    size_ += static_cast<std::uint64_t>(put);
  }
  notice_changes();
}

void OutputLog::say_what_is_lost() {
  retry_ns_ = 0;
  if (lost_ > 0) (void)mark_gap();
}

void OutputLog::lose(std::size_t bytes) {
  lost_ += bytes;
  handover_.shift(-static_cast<std::int64_t>(bytes));
}

/// Another process may have emptied the file, as people do with logs, or written to it. The bytes that were cut off are
/// then missing in this segment, as its name says, and all other bytes keep their place in the log.
void OutputLog::notice_changes() {
  const off_t at = ::lseek(file_.get(), 0, SEEK_CUR);  // O_APPEND: the end of the file
  if (at < 0 || static_cast<std::uint64_t>(at) == size_) return;
  if (static_cast<std::uint64_t>(at) > size_) {
    size_ = static_cast<std::uint64_t>(at);
  } else {
    (void)rotate();
  }
}

/// Says in the log itself how much of it is missing. It begins with CAN, which ends an escape sequence that was cut.
bool OutputLog::mark_gap() {
  if (now().boot_ns < retry_ns_) return false;
  if (!file_) {
    file_ = open_log(path_);
    size_ = size_on_disk(path_);
  }
  const std::string mark = fmt::format(
      "\x18\r\n[vigie: {} bytes of output are missing here, they could not be written, or were removed]\r\n", lost_);
  if (size_ + mark.size() > largest_file_ && size_ > 0) (void)rotate();
  const auto shift = static_cast<std::int64_t>(mark.size());
  handover_.shift(shift);
  const ssize_t put = ::write(file_.get(), mark.data(), mark.size());
  if (put == static_cast<ssize_t>(mark.size())) {
    lost_ = 0;
    size_ += mark.size();
    return true;
  }
  handover_.shift(-shift);
  // Half of a mark would lie. Not to size_: another process may have made room by cutting the file itself.
  if (put > 0) (void)!::ftruncate(file_.get(), static_cast<off_t>(size_on_disk(path_)) - put);
  retry_ns_ = now().boot_ns + retry_after_ns;
  return false;
}

/// output.log becomes a finished segment. When that fails the log goes on in the same file and tries again later.
bool OutputLog::rotate() {
  if (size_ == 0) return false;
  const std::string next = path_ + ".next";
  Result<Fd> fresh = create_own_file(AT_FDCWD, next, O_APPEND);
  const std::string finished = directory_ + "/" + wire::segment_name(begin_, begin_ + size_);
  if (!fresh || ::rename(path_.c_str(), finished.c_str()) != 0) {
    rotate_at_ = size_ + segment_bytes_ / 2;
    return false;
  }
  ::rename(next.c_str(), path_.c_str());
  file_ = std::move(*fresh);
  begin_ += size_;
  size_ = 0;
  rotate_at_ = segment_bytes_;
  drop_oldest();
  packer_.wake();
  return true;
}

/// Keeps room for the segment that is now being written; the newest finished one stays whatever the limit. First notes
/// where the log begins from now on, then removes the oldest first: a recorder that is killed meanwhile leaves no hole.
void OutputLog::drop_oldest() {
  const std::vector<wire::LogSegment> segments = wire::finished_segments(directory_);
  std::uint64_t total = segment_bytes_;
  std::size_t kept = 0;
  for (; kept < segments.size(); ++kept) {
    total += size_on_disk(directory_ + "/" + segments[segments.size() - 1 - kept].name);
    if (kept > 0 && (total > max_bytes_ || kept >= most_segments)) break;
  }
  if (kept == segments.size()) return;
  const std::size_t dropped = segments.size() - kept;
  begin_at(segments[dropped].begin);
  for (const wire::LogSegment& segment : std::span(segments).first(dropped)) {
    const std::string plain = directory_ + "/" + wire::segment_name(segment.begin, segment.end);
    ::unlink(plain.c_str());
    ::unlink((plain + std::string(wire::packed_suffix)).c_str());  // it may have been packed since it was listed
  }
}

/// The limit has taken everything before `offset`.
void OutputLog::begin_at(std::uint64_t offset) {
  const std::string path = directory_ + "/" + wire::begin_name(offset);
  const std::string before = directory_ + "/" + wire::begin_name(oldest_);
  if (offset != oldest_ && ::rename(before.c_str(), path.c_str()) == 0) {
    oldest_ = offset;
    return;
  }
  oldest_ = offset;
  Fd(::open(path.c_str(), O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600));
}

void OutputLog::sync() {
  if (lost_ > 0) {
    retry_ns_ = 0;
    (void)mark_gap();
  }
  if (file_) ::fdatasync(file_.get());
}

}  // namespace vigie::keep
