#include "wire/log_reader.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "base/file.hpp"

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
    if (segment_) {
      piece.bytes = segment_->packed ? read_packed(piece.missing) : read_plain();
      offset_ += piece.bytes.size();
      if (!piece.bytes.empty()) return piece;
    }
    if (!open_at_offset(piece.missing)) return piece;
  }
  return piece;
}

/// Opens the segment that holds the byte at offset_, or the next one when that is gone. False at the end of the log.
bool LogReader::open_at_offset(std::uint64_t& missing) {
  for (int tries = 0; tries < most_tries; ++tries) {
    const std::vector<LogSegment> segments = log_segments(directory_);
    const auto next = std::ranges::find_if(segments, [&](const LogSegment& one) { return one.end > offset_; });
    if (next == segments.end()) return false;
    // output.log may have become a finished segment since it was listed: then the file opened is the next one.
    if (!open_segment(*next)) continue;
    if (next->name == current_log) {
      const std::vector<LogSegment> again = log_segments(directory_);
      if (again.empty() || again.back().begin != next->begin) continue;
    }
    if (next->begin > offset_) {
      missing += next->begin - offset_;
      offset_ = next->begin;
    }
    segment_ = *next;
    return true;
  }
  return false;
}

bool LogReader::open_segment(const LogSegment& segment) {
  const std::string path = directory_ + "/" + segment.name;
  if (segment.packed) {
    Result<std::string> packed = read_whole_file(path, largest_packed);
    if (!packed && packed.error().errno_value == ENOENT) return false;
    packed_ = packed ? std::move(*packed) : std::string();
    frames_ = frames_of(packed_);
    return true;
  }
  file_.reset(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  return static_cast<bool>(file_);
}

std::string_view LogReader::read_plain() {
  buffer_.resize(read_bytes);
  ssize_t got = 0;
  do {
    got = ::pread(file_.get(), buffer_.data(), buffer_.size(), static_cast<off_t>(offset_ - segment_->begin));
  } while (got < 0 && errno == EINTR);
  return std::string_view(buffer_).substr(0, got > 0 ? static_cast<std::size_t>(got) : 0);
}

/// The rest of the frame that holds the byte at offset_. What is damaged is passed over and counted.
std::string_view LogReader::read_packed(std::uint64_t& missing) {
  for (const PackedFrame& frame : frames_) {
    if (frame.begin + frame.length <= offset_ - segment_->begin) continue;
    if (std::optional<std::string> content = unpack(packed_, frame)) {
      buffer_ = std::move(*content);
      return std::string_view(buffer_).substr(offset_ - segment_->begin - frame.begin);
    }
    missing += segment_->begin + frame.begin + frame.length - offset_;
    offset_ = segment_->begin + frame.begin + frame.length;
  }
  if (offset_ < segment_->end) {
    missing += segment_->end - offset_;
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

}  // namespace vigie::wire
