// The files that hold a run's output, in its directory. `output.log` is being written; earlier output lies in segments
// named after the part of the log they hold: output.log.BEGIN-END, packed: output.log.BEGIN-END.zst. Offsets count the
// bytes of the log from its first one, those that are gone included. output.begin.N, an empty file, says that the bytes
// before N were dropped because the log is limited: any others that are missing were lost.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace vigie::wire {

inline constexpr std::string_view current_log = "output.log";
inline constexpr std::string_view packed_suffix = ".zst";

struct LogSegment {
  std::uint64_t begin = 0, end = 0;
  std::string name;  ///< in the run's directory
  bool packed = false;

  friend bool operator==(const LogSegment&, const LogSegment&) = default;
};

/// output.log.0000000000000000-0000000000065536
[[nodiscard]] std::string segment_name(std::uint64_t begin, std::uint64_t end);
/// The segment that a name stands for; nothing for output.log itself and for names that are no segment's.
[[nodiscard]] std::optional<LogSegment> parse_segment_name(std::string_view name);

[[nodiscard]] std::string begin_name(std::uint64_t begin);

/// The files of a log.
struct LogFiles {
  std::optional<std::uint64_t> begin;  ///< where the part that was not dropped begins; nothing: not noted
  std::vector<LogSegment> segments;    ///< by offset, each beginning and ending later than the one before it
  int error = 0;                       ///< errno, when the directory could not be read

  friend bool operator==(const LogFiles&, const LogFiles&) = default;
};

/// Finished segments; where one is there plain and packed, the packed one.
[[nodiscard]] LogFiles finished_files(const std::string& directory);
/// The same and then output.log, if there is one, as large as it is now.
[[nodiscard]] LogFiles log_files(const std::string& directory);
[[nodiscard]] std::vector<LogSegment> finished_segments(const std::string& directory);
[[nodiscard]] std::vector<LogSegment> log_segments(const std::string& directory);

/// Names of files that are not, or no longer, needed for the log: a keeper left them that was killed while it rotated,
/// packed, dropped or replaced. Call it only while no process does that.
[[nodiscard]] std::vector<std::string> leftovers(const std::string& directory);

}  // namespace vigie::wire
