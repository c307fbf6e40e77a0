#include "shim/progress.hpp"

#include <charconv>
#include <cmath>
#include <string>

namespace vigie::shim {
namespace {

constexpr std::size_t longest_line = 4096;

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

/// A decimal number with an optional SI suffix (tqdm's unit_scale); moves past it.
std::optional<double> take_number(std::string_view& text) {
  double value = 0;
  if (text.empty() || !(is_digit(text.front()) || text.front() == '-' || text.front() == '+')) return std::nullopt;
  if (text.front() == '+') text.remove_prefix(1);
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || !std::isfinite(value)) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  constexpr std::string_view suffixes = "kMGTP";
  if (!text.empty()) {
    const std::size_t power = suffixes.find(text.front());
    if (power != std::string_view::npos) {
      value *= std::pow(1000.0, static_cast<double>(power + 1));
      text.remove_prefix(1);
    }
  }
  return value;
}

std::optional<std::uint64_t> whole(const std::optional<double>& number) {
  if (!number || *number < 0 || *number > 1e15) return std::nullopt;
  return static_cast<std::uint64_t>(std::llround(*number));
}

/// "2:55", "6:08:29", "1 day, 2:03:04" is not tqdm's: hours just grow.
std::optional<double> clock_seconds(std::string_view text) {
  double seconds = 0;
  int parts = 0;
  while (true) {
    unsigned part = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), part);
    if (error != std::errc{}) return std::nullopt;
    seconds = seconds * 60 + part;
    ++parts;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    if (text.empty()) return parts >= 2 ? std::optional(seconds) : std::nullopt;
    if (text.front() != ':' || parts == 3) return std::nullopt;
    text.remove_prefix(1);
  }
}

/// "1.71it/s" or "54.28s/it": steps per second either way.
std::optional<double> rate_in(std::string_view text) {
  const std::optional<double> number = take_number(text);
  if (!number || *number <= 0) return std::nullopt;
  if (text.starts_with("s/")) return 1 / *number;
  if (text.ends_with("/s")) return number;
  return std::nullopt;
}

/// "loss=0.123"
void take_metric(std::string_view text, Progress& progress) {
  const std::size_t equals = text.find('=');
  if (equals == std::string_view::npos || equals == 0) return;
  std::string_view value = trimmed(text.substr(equals + 1));
  if (const std::optional<double> number = take_number(value); number && (value.empty() || value == "%")) {
    progress.metrics[std::string(trimmed(text.substr(0, equals)))] = *number;
  }
}

/// "[00:07<2:55, 1.71it/s, loss=0.1]" without its brackets.
void take_bracket(std::string_view text, Progress& progress) {
  const std::size_t comma = text.find(',');
  std::string_view times = text.substr(0, comma);
  if (const std::size_t less = times.find('<'); less != std::string_view::npos) {
    progress.eta_seconds = clock_seconds(trimmed(times.substr(less + 1)));
  }
  for (std::size_t at = comma; at != std::string_view::npos;) {
    const std::size_t next = text.find(',', at + 1);
    const std::string_view part = trimmed(text.substr(at + 1, next == std::string_view::npos ? next : next - at - 1));
    if (const std::optional<double> rate = rate_in(part); rate && !progress.rate_per_second) {
      progress.rate_per_second = rate;
    } else {
      take_metric(part, progress);
    }
    at = next;
  }
}

/// "epoch 3/10" or "Epoch 3" in the description in front of a bar.
void take_epoch(std::string_view description, Progress& progress) {
  std::size_t at = description.find("poch");
  if (at == std::string_view::npos) return;
  at += 4;
  while (at < description.size() && !is_digit(description[at])) {
    if (description[at] != ' ' && description[at] != ':' && description[at] != '[' && description[at] != '=') return;
    ++at;
  }
  std::string_view rest = description.substr(at);
  progress.epoch = whole(take_number(rest));
  if (rest.starts_with('%')) progress.epoch.reset();  // "Epoch:  30%|": a bar over epochs
  if (progress.epoch && rest.starts_with('/')) {
    rest.remove_prefix(1);
    progress.epochs = whole(take_number(rest));
  }
}

/// The "448/2604" or "12it" that ends where `before` ends; what is in front of it stays in `before`.
bool take_count(std::string_view& before, Progress& progress) {
  before = trimmed(before);
  const std::size_t space = before.find_last_of(" |");
  std::string_view count = before.substr(space == std::string_view::npos ? 0 : space + 1);
  before = before.substr(0, before.size() - count.size());
  progress.step = whole(take_number(count));
  if (!progress.step) return false;
  if (count.starts_with('/')) {
    count.remove_prefix(1);
    progress.total = whole(take_number(count));
    return progress.total.has_value();
  }
  return !count.empty();  // the unit: "it" or what the program calls it
}

}  // namespace

std::optional<Progress> parse_progress(std::string_view line) {
  if (line.size() > longest_line) return std::nullopt;
  // The statistics bracket: the last '[' that is followed by a time, as descriptions may have brackets of their own.
  for (std::size_t open = line.rfind('['); open != std::string_view::npos && open > 0;
       open = line.rfind('[', open - 1)) {
    const std::string_view inside = line.substr(open + 1);
    const std::size_t close = inside.rfind(']');
    const std::size_t time_end = inside.find_first_of("<,]");
    if (close == std::string_view::npos || time_end == std::string_view::npos) continue;
    if (!clock_seconds(inside.substr(0, time_end))) continue;
    Progress progress;
    std::string_view before = line.substr(0, open);
    if (!take_count(before, progress)) continue;
    take_bracket(inside.substr(0, close), progress);
    take_epoch(before, progress);
    return progress;
  }
  return std::nullopt;
}

}  // namespace vigie::shim
