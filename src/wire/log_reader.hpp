// Reads the log of a run, whatever files it lies in, while it is written, rotated and packed by the run's recorder.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/fd.hpp"
#include "base/result.hpp"
#include "wire/log_pack.hpp"
#include "wire/log_segments.hpp"

namespace vigie::wire {

class LogReader {
 public:
  explicit LogReader(std::string directory) : directory_(std::move(directory)) {}

  /// Bytes that are not there, by what became of them.
  struct Missing {
    std::uint64_t dropped = 0;  ///< because the log is limited
    std::uint64_t lost = 0;     ///< their file is gone, and was not dropped
    std::uint64_t damaged = 0;  ///< their file is there, and cut short, damaged or not to be read
    [[nodiscard]] std::uint64_t all() const { return dropped + lost + damaged; }
    Missing& operator+=(const Missing& more) {
      dropped += more.dropped;
      lost += more.lost;
      damaged += more.damaged;
      return *this;
    }
  };
  struct Piece {
    Missing missing;         ///< before this piece
    std::string_view bytes;  ///< valid until the next call; empty at the end of the log
  };

  /// The bytes that follow offset(), which moves past them. At the end of the log it may be called again later.
  [[nodiscard]] Piece next();
  [[nodiscard]] std::uint64_t offset() const { return offset_; }
  void seek(std::uint64_t offset);

  /// Why the log ended where it did, when that was not its end.
  [[nodiscard]] const std::optional<Error>& trouble() const { return trouble_; }

  /// The part of the log that is there: offsets of its first byte and beyond its last.
  struct Extent {
    std::uint64_t begin = 0, end = 0;
  };
  [[nodiscard]] Extent extent() const;

 private:
  bool open_at_offset(Missing& missing);
  bool open_segment(const LogSegment& segment);
  void pass_over(const LogFiles& files, const LogSegment& next, Missing& missing);
  std::string_view read_plain(Missing& missing);
  std::string_view read_packed(Missing& missing);

  std::string directory_;
  std::uint64_t offset_ = 0;
  std::optional<LogSegment> segment_;  ///< the one that is open
  Fd file_;                            ///< plain: its bytes
  std::string packed_;                 ///< packed: its bytes
  std::vector<PackedFrame> frames_;
  std::string buffer_;
  std::optional<Error> trouble_;
};

/// The last `limit` bytes of the log.
[[nodiscard]] std::string log_tail(const std::string& directory, std::size_t limit);

/// When the last of it was written; now, where that cannot be known.
[[nodiscard]] std::int64_t log_written_wall_ns(const std::string& directory);

}  // namespace vigie::wire
