#include "base/units.hpp"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <cmath>
#include <utility>

#include "base/text.hpp"

namespace vigie {

namespace {

/// Splits "1.5G" into 1.5 and "G"; false when it does not begin with a plain, finite number.
bool split_number(std::string_view text, double& number, std::string_view& suffix) {
  if (text.empty() || text.front() == '-') return false;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number, std::chars_format::fixed);
  if (error != std::errc() || !std::isfinite(number)) return false;
  suffix = text.substr(static_cast<std::size_t>(end - text.data()));
  return true;
}

}  // namespace

std::string human_bytes(double bytes) {
  if (!(bytes >= 0)) return "-";
  if (bytes < 1023.5) return fmt::format("{:.0f}", bytes);
  constexpr std::string_view units = "KMGTPE";
  double value = bytes / 1024;
  std::size_t unit = 0;
  while (value >= 1023.5 && unit + 1 < units.size()) {
    value /= 1024;
    ++unit;
  }
  return value < 99.95 ? fmt::format("{:.1f}{}", value, units[unit]) : fmt::format("{:.0f}{}", value, units[unit]);
}

std::string human_duration(double seconds) {
  if (!(seconds >= 0) || seconds > 1e15) return "-";
  if (seconds < 59.95) return fmt::format("{:.1f}s", seconds);
  const auto total = static_cast<std::uint64_t>(std::llround(seconds));
  const std::uint64_t days = total / 86400;
  const std::uint64_t hours = total / 3600 % 24;
  const std::uint64_t minutes = total / 60 % 60;
  if (days > 0) return fmt::format("{}d{:02}:{:02}:{:02}", days, hours, minutes, total % 60);
  if (hours > 0) return fmt::format("{}:{:02}:{:02}", hours, minutes, total % 60);
  return fmt::format("{}:{:02}", minutes, total % 60);
}

std::string spoken_duration(double seconds) {
  if (!(seconds >= 0) || seconds > 1e15) return "-";
  if (seconds > 0.05 && seconds < 0.95) return fmt::format("{:.1f} s", seconds);
  const auto total = static_cast<std::uint64_t>(std::llround(seconds));
  const auto two = [](std::uint64_t large, std::string_view unit, std::uint64_t small, std::string_view part) {
    return small == 0 ? fmt::format("{} {}", large, unit) : fmt::format("{} {} {} {}", large, unit, small, part);
  };
  if (total >= 86400) return two(total / 86400, "d", total / 3600 % 24, "h");
  if (total >= 3600) return two(total / 3600, "h", total / 60 % 60, "min");
  if (total >= 60) return two(total / 60, "min", total % 60, "s");
  return fmt::format("{} s", total);
}

Result<std::uint64_t> parse_size(std::string_view text) {
  const auto refuse = [&](std::string_view why) {
    return fail(fmt::format("\"{}\" is not a size: {}", safe_text(text), why), ErrorKind::usage);
  };
  double number = 0;
  std::string_view suffix;
  if (!split_number(text, number, suffix)) return refuse("write for example 512M or 1.5G");
  double factor = 1;
  if (!suffix.empty() && suffix != "B") {
    constexpr std::string_view units = "KMGTPE";
    const char letter =
        suffix.front() >= 'a' && suffix.front() <= 'z' ? static_cast<char>(suffix.front() - 'a' + 'A') : suffix.front();
    const std::size_t unit = units.find(letter);
    const std::string_view rest = suffix.substr(1);
    if (unit == std::string_view::npos || (!rest.empty() && rest != "B" && rest != "iB")) {
      return refuse("units are K, M, G, T, P and E");
    }
    factor = std::ldexp(1.0, static_cast<int>(10 * (unit + 1)));
  }
  const double bytes = number * factor;
  if (bytes >= 0x1p64) return refuse("too large");
  return static_cast<std::uint64_t>(bytes);
}

Result<double> parse_duration(std::string_view text) {
  double number = 0;
  std::string_view suffix;
  if (split_number(text, number, suffix)) {
    constexpr std::array<std::pair<std::string_view, double>, 6> units = {
        {{"", 1}, {"ms", 0.001}, {"s", 1}, {"m", 60}, {"h", 3600}, {"d", 86400}}};
    for (const auto& [name, factor] : units) {
      if (suffix == name) return number * factor;
    }
  }
  return fail(fmt::format("\"{}\" is not a duration: write for example 30s, 1.5m, 2h or 250ms", safe_text(text)),
              ErrorKind::usage);
}

}  // namespace vigie
