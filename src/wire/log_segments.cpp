#include "wire/log_segments.hpp"

#include <dirent.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <functional>
#include <memory>
#include <utility>

#include <fmt/format.h>

#include "base/number.hpp"

namespace vigie::wire {
namespace {

constexpr int most_looks = 20;  ///< a log that rotates faster than its directory is read

constexpr std::uint64_t furthest = std::uint64_t{1}
                                   << 62;  ///< a name beyond is none: sums of offsets stay within range
constexpr std::string_view begin_prefix = "output.begin.";

/// Returns 0, or the errno of reading the directory.
int for_each_name(const std::string& directory, const std::function<void(std::string_view name)>& each) {
  const std::unique_ptr<DIR, int (*)(DIR*)> dir(::opendir(directory.c_str()), ::closedir);
  if (dir == nullptr) return errno;
  while (const dirent* entry = ::readdir(dir.get())) each(entry->d_name);
  return 0;
}

std::optional<std::uint64_t> parse_begin_name(std::string_view name) {
  if (!name.starts_with(begin_prefix)) return std::nullopt;
  const auto begin = whole_number<std::uint64_t>(name.substr(begin_prefix.size()));
  return begin && *begin <= furthest ? begin : std::nullopt;
}

LogFiles read_directory(const std::string& directory) {
  LogFiles files;
  std::vector<LogSegment> found;
  files.error = for_each_name(directory, [&](std::string_view name) {
    if (std::optional<LogSegment> segment = parse_segment_name(name)) found.push_back(std::move(*segment));
    if (const auto begin = parse_begin_name(name)) files.begin = std::max(files.begin.value_or(0), *begin);
  });
  std::erase_if(found, [&](const LogSegment& segment) { return segment.end <= files.begin.value_or(0); });
  std::ranges::sort(found, {}, [](const LogSegment& one) { return std::pair(one.begin, !one.packed); });
  // Packed ones stand first among equals; a segment that holds nothing beyond its predecessor is a leftover.
  for (LogSegment& segment : found) {
    if (files.segments.empty() || segment.end > files.segments.back().end) files.segments.push_back(std::move(segment));
  }
  return files;
}

/// Where output.log begins when these are finished.
std::uint64_t end_of(const LogFiles& finished) {
  return finished.segments.empty() ? finished.begin.value_or(0) : finished.segments.back().end;
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
  if (dash == std::string_view::npos) return std::nullopt;
  const auto begin = whole_number<std::uint64_t>(name.substr(0, dash));
  const auto end = whole_number<std::uint64_t>(name.substr(dash + 1));
  if (!begin || !end || *end <= *begin || *end > furthest) return std::nullopt;
  segment.begin = *begin;
  segment.end = *end;
  return segment;
}

std::string begin_name(std::uint64_t begin) {
  return fmt::format("{}{:016}", begin_prefix, begin);
}

LogFiles finished_files(const std::string& directory) {
  // A segment may be renamed while the directory is read, and be seen twice or not at all: read until it stands still.
  LogFiles files = read_directory(directory);
  for (int looks = 0; looks < most_looks; ++looks) {
    LogFiles again = read_directory(directory);
    if (again == files) break;
    files = std::move(again);
  }
  return files;
}

LogFiles log_files(const std::string& directory) {
  const std::string path = directory + "/" + std::string(current_log);
  LogFiles files = finished_files(directory);
  for (int looks = 0; looks < most_looks; ++looks) {
    struct stat info{};
    const bool named = ::lstat(path.c_str(), &info) == 0;
    const bool there = named && S_ISREG(info.st_mode);
    LogFiles again = finished_files(directory);
    const bool same = again == files;
    files = std::move(again);
    if (named && !there) files.error = ENOTSUP;
    if (!same) continue;  // the size may be that of the file before
    if (there) {
      const std::uint64_t begin = end_of(files);
      files.segments.push_back({.begin = begin,
                                .end = begin + static_cast<std::uint64_t>(info.st_size),
                                .name = std::string(current_log),
                                .packed = false});
    }
    break;
  }
  return files;
}

std::vector<LogSegment> finished_segments(const std::string& directory) {
  return finished_files(directory).segments;
}

std::vector<LogSegment> log_segments(const std::string& directory) {
  return log_files(directory).segments;
}

std::vector<std::string> leftovers(const std::string& directory) {
  const LogFiles files = read_directory(directory);
  std::vector<std::string> names;
  for_each_name(directory, [&](std::string_view name) {
    bool left = name == "output.log.next" || name.starts_with("output.index.new.") ||
                (name.starts_with("output.log.") && name.ends_with(".zst.new"));
    if (const std::optional<LogSegment> segment = parse_segment_name(name)) {
      const bool packed_too = !segment->packed && std::ranges::any_of(files.segments, [&](const LogSegment& other) {
        return other.packed && other.begin == segment->begin && other.end == segment->end;
      });
      left = packed_too || segment->end <= files.begin.value_or(0);
    }
    if (const auto begin = parse_begin_name(name)) left = *begin < files.begin.value_or(0);
    if (left) names.emplace_back(name);
  });
  return names;
}

}  // namespace vigie::wire
