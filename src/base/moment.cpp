#include "base/moment.hpp"

#include <array>
#include <ctime>
#include <string>

#include <fmt/format.h>

#include "base/clock.hpp"
#include "base/text.hpp"
#include "base/units.hpp"

namespace vigie {
namespace {

constexpr int seconds_a_day = 86400;

std::tm local(std::time_t time) {
  std::tm parts{};
  ::localtime_r(&time, &parts);
  return parts;
}

/// The whole of `text` by a format of strptime(3).
bool matches(const std::string& text, const char* format, std::tm& parts) {
  std::tm read{};
  const char* const end = ::strptime(text.c_str(), format, &read);
  if (end == nullptr || *end != '\0') return false;
  parts = read;
  return true;
}

std::time_t local_time(std::tm parts) {
  parts.tm_isdst = -1;
  return std::mktime(&parts);
}

std::time_t on_the_day_of(std::time_t day, const std::tm& clock) {
  std::tm parts = local(day);
  parts.tm_hour = clock.tm_hour;
  parts.tm_min = clock.tm_min;
  parts.tm_sec = clock.tm_sec;
  return local_time(parts);
}

}  // namespace

Result<std::int64_t> parse_moment(std::string_view text, std::int64_t now_wall_ns) {
  if (const Result<double> ago = parse_duration(text); ago && *ago >= 0 && *ago < 1e9) {
    return now_wall_ns - static_cast<std::int64_t>(*ago * nanoseconds_per_second);
  }
  std::string word(text);
  const bool utc = word.ends_with('Z');
  if (utc) word.pop_back();
  const std::time_t now = now_wall_ns / nanoseconds_per_second;
  std::tm parts{};
  for (const char* format :
       std::array{"%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%d"}) {
    if (!matches(word, format, parts)) continue;
    return (utc ? ::timegm(&parts) : local_time(parts)) * nanoseconds_per_second;
  }
  for (const char* format : std::array{"%H:%M:%S", "%H:%M"}) {
    if (utc || !matches(word, format, parts)) continue;
    std::time_t time = on_the_day_of(now, parts);
    if (time > now) time = on_the_day_of(now - seconds_a_day, parts);
    return time * nanoseconds_per_second;
  }
  return fail(fmt::format("\"{}\" is not a time: write for example 10m, 14:30 or 2026-11-24T14:30", safe_text(text)),
              ErrorKind::usage);
}

}  // namespace vigie
