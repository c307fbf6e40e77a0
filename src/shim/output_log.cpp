#include "shim/output_log.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <vector>

#include <fmt/format.h>

#include "base/clock.hpp"
#include "wire/log_reader.hpp"
#include "wire/log_segments.hpp"

namespace vigie::shim {
namespace {

constexpr std::uint64_t segments_in_all = 16;
constexpr std::uint64_t least_segment = 64 << 10, largest_segment = 64 << 20;
constexpr std::int64_t retry_after_ns = nanoseconds_per_second / 10;
constexpr std::size_t state_bytes = 64 << 10;  ///< enough to know whether an escape sequence is open

int open_log(const std::string& path, int more_flags = 0) {
  return ::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | O_CLOEXEC | more_flags, 0600);
}

std::uint64_t size_on_disk(const std::string& path) {
  struct stat info{};
  return ::stat(path.c_str(), &info) == 0 ? static_cast<std::uint64_t>(info.st_size) : 0;
}

}  // namespace

OutputLog::OutputLog(std::string directory, std::uint64_t max_bytes)
    : directory_(std::move(directory)),
      path_(directory_ + "/" + std::string(wire::current_log)),
      max_bytes_(max_bytes),
      segment_bytes_(std::clamp(max_bytes / segments_in_all, least_segment, largest_segment)),
      rotate_at_(segment_bytes_),
      index_(directory_),
      packer_(directory_) {
  put_right();
  file_.reset(open_log(path_));
  size_ = size_on_disk(path_);
  boundary_.pass(wire::log_tail(directory_, state_bytes));
}

/// What a shim that was killed left: a file that was about to become output.log, a segment both plain and packed.
void OutputLog::put_right() {
  ::unlink((path_ + ".next").c_str());
  bool unpacked = false;
  for (const wire::LogSegment& segment : wire::finished_segments(directory_)) {
    const std::string plain = directory_ + "/" + wire::segment_name(segment.begin, segment.end);
    if (segment.packed) ::unlink(plain.c_str());
    ::unlink((plain + std::string(wire::packed_suffix) + ".new").c_str());
    unpacked = unpacked || !segment.packed;
    if (begin_ == 0) oldest_ = segment.begin;
    begin_ = segment.end;
  }
  if (unpacked) packer_.wake();
}

void OutputLog::write(std::string_view bytes) {
  index_.note(begin_ + size_, now().wall_ns, oldest_);
  if (size_ < rotate_at_) {
    boundary_.pass(bytes);
    return append(bytes);
  }
  // Past its size a segment ends with the next line; where none comes, with the next character, at last anywhere.
  using Want = LogBoundary::Want;
  const std::uint64_t beyond = size_ - rotate_at_;
  const Want want = beyond < segment_bytes_ / 8   ? Want::line
                    : beyond < segment_bytes_ / 4 ? Want::character
                                                  : Want::anything;
  const std::optional<std::size_t> cut = boundary_.cut(bytes, want);
  append(bytes.substr(0, cut.value_or(bytes.size())));
  if (!cut) return;
  if (lost_ == 0) rotate();
  append(bytes.substr(*cut));
}

void OutputLog::append(std::string_view bytes) {
  if (lost_ > 0 && !mark_gap()) {
    lost_ += bytes.size();
    return;
  }
  while (!bytes.empty()) {
    const ssize_t put = ::write(file_.get(), bytes.data(), bytes.size());
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) {
      lost_ += bytes.size();
      retry_ns_ = now().boot_ns + retry_after_ns;
      return;
    }
    bytes.remove_prefix(static_cast<std::size_t>(put));
    size_ += static_cast<std::uint64_t>(put);
  }
}

/// Says in the log itself how much of it is missing. It begins with CAN, which ends an escape sequence that was cut.
bool OutputLog::mark_gap() {
  if (now().boot_ns < retry_ns_) return false;
  if (!file_) {
    file_.reset(open_log(path_));
    size_ = size_on_disk(path_);
  }
  const std::string mark =
      fmt::format("\x18\r\n[vigie: {} bytes of output are missing here, they could not be written]\r\n", lost_);
  const ssize_t put = ::write(file_.get(), mark.data(), mark.size());
  if (put == static_cast<ssize_t>(mark.size())) {
    lost_ = 0;
    size_ += mark.size();
    return true;
  }
  // Half of a mark would lie. Not to size_: somebody may have made room by cutting the file itself.
  if (put > 0) (void)!::ftruncate(file_.get(), static_cast<off_t>(size_on_disk(path_)) - put);
  retry_ns_ = now().boot_ns + retry_after_ns;
  return false;
}

/// output.log becomes a finished segment. When that fails the log goes on in the same file and tries again later.
void OutputLog::rotate() {
  const std::string next = path_ + ".next";
  Fd fresh(open_log(next, O_TRUNC));
  const std::string finished = directory_ + "/" + wire::segment_name(begin_, begin_ + size_);
  if (!fresh || ::rename(path_.c_str(), finished.c_str()) != 0) {
    rotate_at_ = size_ + segment_bytes_ / 2;
    return;
  }
  ::rename(next.c_str(), path_.c_str());
  file_ = std::move(fresh);
  begin_ += size_;
  size_ = 0;
  rotate_at_ = segment_bytes_;
  drop_oldest();
  packer_.wake();
}

/// Room for the segment that is now being written is kept; the newest finished one stays whatever the limit.
void OutputLog::drop_oldest() {
  const std::vector<wire::LogSegment> segments = wire::finished_segments(directory_);
  std::uint64_t total = segment_bytes_;
  for (std::size_t i = segments.size(); i-- > 0;) {
    const std::string path = directory_ + "/" + segments[i].name;
    total += size_on_disk(path);
    if (total > max_bytes_ && i + 1 < segments.size()) {
      ::unlink(path.c_str());
    } else {
      oldest_ = segments[i].begin;
    }
  }
}

void OutputLog::sync() {
  if (lost_ > 0) {
    retry_ns_ = 0;
    (void)mark_gap();
  }
  if (file_) ::fdatasync(file_.get());
}

}  // namespace vigie::shim
