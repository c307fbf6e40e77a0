#include "wire/log_segments.hpp"

#include <dirent.h>
#include <sys/stat.h>

#include <algorithm>
#include <charconv>
#include <memory>

#include <fmt/format.h>

namespace vigie::wire {
namespace {

constexpr int most_looks = 20;  ///< a log that rotates faster than its directory is read

/// Reads a number of decimal digits that stands alone.
bool take(std::string_view text, std::uint64_t& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc{} && end == text.data() + text.size();
}

std::vector<LogSegment> read_directory(const std::string& directory) {
  std::vector<LogSegment> found;
  const std::unique_ptr<DIR, int (*)(DIR*)> dir(::opendir(directory.c_str()), ::closedir);
  if (dir == nullptr) return found;
  while (const dirent* entry = ::readdir(dir.get())) {
    if (std::optional<LogSegment> segment = parse_segment_name(entry->d_name)) found.push_back(std::move(*segment));
  }
  std::ranges::sort(found, [](const LogSegment& a, const LogSegment& b) {
    return a.begin != b.begin ? a.begin < b.begin : a.packed > b.packed;
  });
  // Packed ones stand first among equals; what else begins before its predecessor ends is a leftover.
  std::vector<LogSegment> segments;
  for (LogSegment& segment : found) {
    if (segments.empty() || segment.begin >= segments.back().end) segments.push_back(std::move(segment));
  }
  return segments;
}

}  // namespace

std::string segment_name(std::uint64_t begin, std::uint64_t end) {
  return fmt::format("{}.{:016}-{:016}", current_log, begin, end);
}

std::optional<LogSegment> parse_segment_name(std::string_view name) {
  LogSegment segment{.name = std::string(name)};
  if (!name.starts_with(current_log)) return std::nullopt;
  name.remove_prefix(current_log.size());
  if (!name.starts_with('.')) return std::nullopt;
  name.remove_prefix(1);
  if (name.ends_with(packed_suffix)) {
    segment.packed = true;
    name.remove_suffix(packed_suffix.size());
  }
  const std::size_t dash = name.find('-');
  if (dash == std::string_view::npos || !take(name.substr(0, dash), segment.begin) ||
      !take(name.substr(dash + 1), segment.end) || segment.end <= segment.begin) {
    return std::nullopt;
  }
  return segment;
}

std::vector<LogSegment> finished_segments(const std::string& directory) {
  // A segment may be renamed while the directory is read, and be seen twice or not at all: read until it stands still.
  std::vector<LogSegment> segments = read_directory(directory);
  for (int looks = 0; looks < most_looks; ++looks) {
    std::vector<LogSegment> again = read_directory(directory);
    if (again == segments) break;
    segments = std::move(again);
  }
  return segments;
}

std::vector<LogSegment> log_segments(const std::string& directory) {
  const std::string path = directory + "/" + std::string(current_log);
  std::vector<LogSegment> segments = finished_segments(directory);
  for (int looks = 0; looks < most_looks; ++looks) {
    struct stat info{};
    const bool there = ::stat(path.c_str(), &info) == 0;
    std::vector<LogSegment> again = finished_segments(directory);
    const bool same = again == segments;
    segments = std::move(again);
    if (!same) continue;  // the size may be that of the file before
    if (there) {
      const std::uint64_t begin = segments.empty() ? 0 : segments.back().end;
      segments.push_back({.begin = begin,
                          .end = begin + static_cast<std::uint64_t>(info.st_size),
                          .name = std::string(current_log),
                          .packed = false});
    }
    break;
  }
  return segments;
}

}  // namespace vigie::wire
