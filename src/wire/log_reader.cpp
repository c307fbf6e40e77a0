#include "wire/log_reader.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include <fmt/format.h>

#include "base/clock.hpp"
#include "wire/run_file.hpp"

namespace vigie::wire {
namespace {

constexpr std::size_t read_bytes = 256 << 10;
constexpr std::size_t largest_packed = std::size_t{1} << 30;
constexpr int most_tries = 20;  ///< segments that vanish between being listed and being opened

}  // namespace

LogReader::Extent LogReader::extent() const {
  const std::vector<LogSegment> segments = log_segments(directory_);
  if (segments.empty()) return {};
  return {.begin = segments.front().begin, .end = segments.back().end};
}

void LogReader::seek(std::uint64_t offset) {
  offset_ = offset;
  segment_.reset();
}

LogReader::Piece LogReader::next() {
  Piece piece;
  for (int tries = 0; tries < most_tries; ++tries) {
    const std::uint64_t before = offset_;
    if (segment_) {
      piece.bytes = segment_->packed ? read_packed(piece.missing) : read_plain(piece.missing);
      offset_ += piece.bytes.size();
      if (!piece.bytes.empty()) return piece;
    }
    if (!open_at_offset(piece.missing)) return piece;
    if (offset_ != before) tries = 0;
  }
  return piece;
}

/// Opens the segment that holds the byte at offset_, or the next one when that is gone. False at the end of the log.
bool LogReader::open_at_offset(Missing& missing) {
  for (int tries = 0; tries < most_tries; ++tries) {
    const LogFiles files = log_files(directory_);
    if (files.error == ENOTSUP) {
      trouble_ = fail(fmt::format("refusing {}/{}: it is no regular file", directory_, current_log)).error();
    } else if (files.error != 0 && files.error != ENOENT) {
      trouble_ = fail_errno("cannot list " + directory_, files.error).error();
    }
    const auto next = std::ranges::find_if(files.segments, [&](const LogSegment& one) { return one.end > offset_; });
    if (next == files.segments.end()) return false;
    // output.log may have become a finished segment since it was listed: then the file opened is the next one.
    if (!open_segment(*next)) continue;
    if (next->name == current_log) {
      const std::vector<LogSegment> again = log_segments(directory_);
      if (again.empty() || again.back().begin != next->begin) continue;
    }
    pass_over(files, *next, missing);
    segment_ = *next;
    return true;
  }
  return false;
}

/// Counts what is missing before `next` begins. Without a note of what was dropped, all that is missing at the front
/// counts as dropped.
void LogReader::pass_over(const LogFiles& files, const LogSegment& next, Missing& missing) {
  if (next.begin <= offset_) return;
  const std::uint64_t front = next == files.segments.front() ? next.begin : 0;
  const std::uint64_t dropped_end = std::clamp(files.begin.value_or(front), offset_, next.begin);
  missing.dropped += dropped_end - offset_;
  missing.lost += next.begin - dropped_end;
  offset_ = next.begin;
}

/// False when it is not there any more. A segment that cannot be read is open with nothing in it.
bool LogReader::open_segment(const LogSegment& segment) {
  if (segment.packed) {
    Result<std::string> packed = read_run_file(directory_, segment.name, largest_packed);
    if (!packed && packed.error().errno_value == ENOENT) return false;
    if (!packed) trouble_ = packed.error();
    packed_ = packed ? std::move(*packed) : std::string();
    frames_ = frames_of(packed_);
    return true;
  }
  const Result<RunPlace> place = open_run(directory_);
  if (!place) return false;
  Result<Fd> file = open_file(*place, segment.name, O_RDONLY);
  if (!file && file.error().errno_value != ENOENT) trouble_ = file.error();
  if (file) file_ = std::move(*file);
  return file || file.error().errno_value != ENOENT;
}

/// Reads no more than the name promises; if there is less, the missing bytes are counted. output.log may yet grow.
std::string_view LogReader::read_plain(Missing& missing) {
  const bool finished = segment_->name != current_log;
  buffer_.resize(finished ? std::min<std::uint64_t>(read_bytes, segment_->end - std::min(offset_, segment_->end))
                          : read_bytes);
  ssize_t got = 0;
  do {
    got = ::pread(file_.get(), buffer_.data(), buffer_.size(), static_cast<off_t>(offset_ - segment_->begin));
  } while (got < 0 && errno == EINTR);
  if (got > 0) return std::string_view(buffer_).substr(0, static_cast<std::size_t>(got));
  if (finished && offset_ < segment_->end) {
    missing.damaged += segment_->end - offset_;
    offset_ = segment_->end;
  }
  return {};
}

/// The rest of the frame that holds the byte at offset_. Damaged bytes are passed over and counted.
std::string_view LogReader::read_packed(Missing& missing) {
  const std::uint64_t length = segment_->end - segment_->begin;
  for (const PackedFrame& frame : frames_) {
    const std::uint64_t at = offset_ - segment_->begin;
    const std::uint64_t end = std::min(frame.begin + frame.length, length);
    if (end <= at) continue;
    if (std::optional<std::string> content = unpack(packed_, frame)) {
      buffer_ = std::move(*content);
      return std::string_view(buffer_).substr(at - frame.begin, end - at);
    }
    missing.damaged += end - at;
    offset_ = segment_->begin + end;
  }
  if (offset_ < segment_->end) {
    missing.damaged += segment_->end - offset_;
    offset_ = segment_->end;
  }
  return {};
}

std::string log_tail(const std::string& directory, std::size_t limit) {
  LogReader reader(directory);
  const LogReader::Extent extent = reader.extent();
  reader.seek(extent.end - extent.begin > limit ? extent.end - limit : extent.begin);
  std::string content;
  while (content.size() < limit) {
    const std::string_view bytes = reader.next().bytes;
    if (bytes.empty()) break;
    content += bytes;
  }
  return content;
}

std::int64_t log_written_wall_ns(const std::string& directory) {
  const Result<RunPlace> place = open_run(directory);
  if (!place) return now().wall_ns;
  const Result<Fd> log = open_file(*place, std::string(current_log), O_RDONLY);
  struct stat info{};
  if (!log || ::fstat(log->get(), &info) != 0) return now().wall_ns;
  return std::int64_t{info.st_mtim.tv_sec} * nanoseconds_per_second + info.st_mtim.tv_nsec;
}

}  // namespace vigie::wire
