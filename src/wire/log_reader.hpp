// Reads the log of a run, whatever files it lies in, while it is written, rotated and packed by the run's shim.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/fd.hpp"
#include "wire/log_pack.hpp"
#include "wire/log_segments.hpp"

namespace vigie::wire {

class LogReader {
 public:
  explicit LogReader(std::string directory) : directory_(std::move(directory)) {}

  struct Piece {
    std::uint64_t missing = 0;  ///< bytes before this piece that are gone: dropped by the limit, or damaged
    std::string_view bytes;     ///< valid until the next call; empty at the end of the log
  };

  /// What follows offset(), which moves past it. At the end of the log it may be asked again later.
  [[nodiscard]] Piece next();
  [[nodiscard]] std::uint64_t offset() const { return offset_; }
  void seek(std::uint64_t offset);

  /// The part of the log that is there: offsets of its first byte and beyond its last.
  struct Extent {
    std::uint64_t begin = 0, end = 0;
  };
  [[nodiscard]] Extent extent() const;

 private:
  bool open_at_offset(std::uint64_t& missing);
  bool open_segment(const LogSegment& segment);
  std::string_view read_plain();
  std::string_view read_packed(std::uint64_t& missing);

  std::string directory_;
  std::uint64_t offset_ = 0;
  std::optional<LogSegment> segment_;  ///< the one that is open
  Fd file_;                            ///< plain: its bytes
  std::string packed_;                 ///< packed: its bytes
  std::vector<PackedFrame> frames_;
  std::string buffer_;
};

/// The last `limit` bytes of the log.
[[nodiscard]] std::string log_tail(const std::string& directory, std::size_t limit);

}  // namespace vigie::wire
