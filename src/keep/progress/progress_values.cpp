#include "keep/progress/progress_values.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>

#include "base/ascii.hpp"
#include "model/metric_order.hpp"

namespace vigie::keep {
namespace {

constexpr std::size_t most_metrics = 16;
constexpr std::size_t most_read = 64;  ///< before the foremost are chosen: a total stands behind its parts

bool is_name_part(char c) {
  return is_name_letter(c) || is_digit(c) || c == '/' || c == '.' || c == '@' || c == '-';
}

std::string lowered(std::string_view text) {
  std::string copy(text);
  std::ranges::transform(copy, copy.begin(), lower);
  return copy;
}

std::string_view word_at_begin(std::string_view text) {
  std::size_t end = 0;
  while (end < text.size() && is_name_letter(text[end])) ++end;
  return text.substr(0, end);
}

/// Digits with a fraction; no sign and no exponent.
std::optional<double> take_plain(std::string_view& text) {
  if (text.empty() || !is_digit(text.front())) return std::nullopt;
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, std::chars_format::fixed);
  if (error != std::errc{} || value > most_steps) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return value;
}

/// ":55" or ":08:29" after a number.
double take_clock(double seconds, std::string_view& text) {
  for (int parts = 1; parts < 3 && text.size() > 1 && text.front() == ':' && is_digit(text[1]); ++parts) {
    text.remove_prefix(1);
    seconds = seconds * 60 + take_plain(text).value_or(0);
  }
  return seconds;
}

double seconds_of_unit(std::string_view unit) {
  constexpr std::string_view days[] = {"d", "day", "days"}, hours[] = {"h", "hr", "hrs", "hour", "hours"},
                             minutes[] = {"m", "min", "mins", "minute", "minutes"},
                             seconds[] = {"s", "sec", "secs", "second", "seconds"};
  if (std::ranges::find(days, unit) != std::end(days)) return 86400;
  if (std::ranges::find(hours, unit) != std::end(hours)) return 3600;
  if (std::ranges::find(minutes, unit) != std::end(minutes)) return 60;
  return std::ranges::find(seconds, unit) != std::end(seconds) ? 1 : 0;
}

bool is_step_unit(std::string_view unit) {
  constexpr std::string_view words[] = {"",      "it",    "its",     "iter",    "iters",
                                        "steps", "batch", "batches", "updates", "step"};
  return std::ranges::find(words, unit) != std::end(words);
}

/// Words in such a place that name no metric: counts, times and their units.
bool is_other_name(std::string_view name) {
  constexpr std::string_view others[] = {
      "epoch",      "epochs",  "step", "steps", "iter",       "iteration",   "batch",       "eta",       "time",
      "it",         "s",       "ms",   "us",    "of",         "in",          "e",           "x",         "took",
      "rank",       "elapsed", "gpu",  "line",  "train",      "global_step", "pid",         "tid",       "mpirank",
      "local_rank", "ip",      "port", "node",  "world_size", "pending",     "num_updates", "micro_step"};
  return std::ranges::find(others, lowered(name)) != std::end(others);
}

/// A number at the beginning of the text, followed only by a percent sign or the end of a word; moves past it.
std::optional<double> take_value(std::string_view& text) {
  std::string_view rest = text;
  if (rest.starts_with('+')) rest.remove_prefix(1);
  double value = 0;
  const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), value);
  if (error != std::errc{}) return std::nullopt;
  rest.remove_prefix(static_cast<std::size_t>(end - rest.data()));
  if (rest.starts_with('%')) rest.remove_prefix(1);
  if (rest.starts_with('|') || rest.starts_with("\\|")) return std::nullopt;             // of a bar: "train:  45%|"
  if (trimmed(rest.substr(0, 8)).starts_with('/')) return std::nullopt;                  // a count: "100 / 1234"
  if (rest.size() > 1 && rest.front() == ',' && is_digit(rest[1])) return std::nullopt;  // "1,234"
  if (!rest.empty() && (is_name_part(rest.front()) || rest.front() == ':') && !rest.starts_with(". "))
    return std::nullopt;
  text = rest;
  return value;
}

/// Moves past what joins a name and its value: a sign, or blanks alone; false when neither does.
bool take_joint(std::string_view& text, bool& sign) {
  const std::string_view before = text;
  while (text.starts_with(' ') || text.starts_with('\t')) text.remove_prefix(1);
  sign = text.starts_with(':') || text.starts_with('=');
  if (sign) text.remove_prefix(1);
  while (text.starts_with(' ') || text.starts_with('\t')) text.remove_prefix(1);
  return text.size() < before.size() && !text.empty();
}

/// Where a name of several words ends that stands alone between bars: "| lm loss: 1.05 |"; `begin` when it is none.
std::size_t end_of_cell_name(std::string_view line, std::size_t begin) {
  constexpr std::size_t longest = 32;
  const std::size_t last = begin == 0 ? std::string_view::npos : line.find_last_not_of(' ', begin - 1);
  if (last == std::string_view::npos || line[last] != '|') return begin;
  const std::size_t colon = line.find(':', begin);
  if (colon == std::string_view::npos || colon - begin > longest) return begin;
  const std::string_view name = line.substr(begin, colon - begin);
  if (is_other_name(name.substr(0, name.find(' ')))) return begin;  // "| epoch 001:    100 / 1234"
  return std::ranges::all_of(name, [](char c) { return is_name_part(c) || c == ' '; }) ? colon : begin;
}

}  // namespace

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

std::optional<double> take_number(std::string_view& text) {
  double value = 0;
  if (text.empty() || !(is_digit(text.front()) || text.front() == '-' || text.front() == '+')) return std::nullopt;
  if (text.front() == '+') text.remove_prefix(1);
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || !std::isfinite(value)) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  constexpr std::string_view suffixes = "kMGTP";
  if (text.empty()) return value;
  const std::size_t power = text.front() == 'K' ? 0 : suffixes.find(text.front());
  if (power == std::string_view::npos) return value;
  text.remove_prefix(1);
  return value * std::pow(1000.0, static_cast<double>(power + 1));
}

std::optional<double> number_in(std::string_view text) {
  const std::optional<double> number = take_number(text);
  return text.empty() ? number : std::nullopt;
}

std::optional<double> measured_in(std::string_view text) {
  text = trimmed(text);
  if (const std::size_t call = text.find('(');
      call != std::string_view::npos && call > 0 && is_name_letter(text.front())) {
    text = text.substr(call + 1);
    text = text.substr(0, text.find_first_of("),"));
  }
  std::string_view rest = text;
  if (const std::optional<double> number = take_number(rest)) return rest.empty() ? number : std::nullopt;
  const std::optional<double> value = take_value(text);
  return value && text.empty() ? value : std::nullopt;
}

std::optional<std::uint64_t> count_in(std::string_view text) {
  const std::optional<double> number = take_number(text);
  if (!number || !text.empty() || *number < 0 || *number > most_steps) return std::nullopt;
  return static_cast<std::uint64_t>(std::llround(*number));
}

std::optional<double> duration_at_begin(std::string_view text) {
  double total = 0, last_unit = 0;
  text = trimmed(text);
  while (std::optional<double> number = take_plain(text)) {
    if (text.size() > 1 && text.front() == ':' && is_digit(text[1])) return total + take_clock(*number, text);
    std::string_view after = text;
    if (after.starts_with(' ')) after.remove_prefix(1);
    const std::string_view word = word_at_begin(after);
    const double unit = seconds_of_unit(word);
    // "1-02:03:04"; units go down: "12s 3s" are two durations.
    const bool dashed = total == 0 && text.starts_with('-') && text.find(':') == 3;
    if (!dashed && (unit == 0 || (last_unit != 0 && unit >= last_unit))) break;
    last_unit = dashed ? 86400 : unit;
    total += *number * last_unit;
    text = dashed ? text.substr(1) : after.substr(word.size());
    while (text.starts_with(' ') || text.starts_with(',')) text.remove_prefix(1);
  }
  return last_unit != 0 && total <= most_steps ? std::optional(total) : std::nullopt;
}

std::optional<Pace> pace_in(std::string_view text) {
  text = trimmed(text);
  std::string_view rest = text;
  const std::optional<double> plain = take_plain(rest);
  const std::size_t slash = rest.find('/');
  if (!plain || slash == std::string_view::npos) return std::nullopt;
  const std::string_view per = trimmed(rest.substr(slash + 1));
  const std::string_view left = trimmed(rest.substr(0, slash));
  double seconds = seconds_of_unit(left);
  if (left == "ms") seconds = 1e-3;
  if (left == "us" || left == "\xc2\xb5s" || left == "\xce\xbcs") seconds = 1e-6;
  if (seconds_of_unit(per) != 1) {
    if (seconds == 0 || !(*plain > 0) || per.empty()) return std::nullopt;
    return Pace{.per_second = 1 / (*plain * seconds), .unit = std::string(per)};
  }
  std::string_view scaled = trimmed(text.substr(0, text.find('/')));
  const std::optional<double> number = take_number(scaled);
  std::string_view unit = trimmed(scaled);
  double value = number.value_or(0);
  if (unit.size() > 1 && unit.ends_with('B') && text.find(' ') != std::string_view::npos) {  // "1.2 MB/s"
    std::string with_scale = "1" + std::string(unit);
    std::string_view scale = with_scale;
    value *= take_number(scale).value_or(1);
    unit = "B";
  }
  if (!(value > 0) || !std::isfinite(value)) return std::nullopt;
  return Pace{.per_second = value, .unit = std::string(unit)};
}

void set_pace(Progress& progress, const Pace& pace) {
  progress.rate_per_second = pace.per_second;
  if (!is_step_unit(lowered(pace.unit))) progress.unit = pace.unit;
}

std::optional<double> eta_in(std::string_view line) {
  const std::string low = lowered(line);
  for (std::size_t at = low.find("eta"); at != std::string::npos; at = low.find("eta", at + 3)) {
    if (at > 0 && is_name_letter(low[at - 1])) continue;
    std::string_view rest = line.substr(at + 3);
    bool sign = false;
    if (take_joint(rest, sign)) {
      if (const std::optional<double> eta = duration_at_begin(rest)) return eta;
    }
  }
  return std::nullopt;
}

void take_metrics(std::string_view line, Progress& progress) {
  std::size_t at = 0;
  while (at < line.size() && progress.metrics.size() < most_read) {
    const bool begins = is_name_letter(line[at]) && (at == 0 || !is_name_part(line[at - 1]));
    if (!begins) {
      ++at;
      continue;
    }
    const std::size_t begin = at;
    while (at < line.size() && is_name_part(line[at])) ++at;
    if (const std::size_t end = end_of_cell_name(line, begin); end > at) at = end;
    const std::string_view name = line.substr(begin, at - begin);
    std::string_view rest = line.substr(at);
    bool sign = false;
    if (is_other_name(name) || name.ends_with(".py") || !take_joint(rest, sign) || !(sign || is_measured(name)))
      continue;
    if (const std::optional<double> value = take_value(rest)) {
      // "(trainer:464)": where in the sources.
      if (begin > 0 && line[begin - 1] == '(' && line[at] == ':' && rest.starts_with(')') && !is_measured(name))
        continue;
      progress.metrics.emplace(std::string(name), *value);
      at = line.size() - rest.size();
    }
  }
  keep_foremost(progress.metrics, most_metrics);
}

bool is_measured(std::string_view name) {
  constexpr std::string_view parts[] = {"loss",      "acc",   "ppl",  "perplexity", "error", "reward",
                                        "return",    "score", "auc",  "bleu",       "psnr",  "elbo",
                                        "grad_norm", "nll",   "rmse", "cost",       "xent"};
  constexpr std::string_view settings[] = {"weight", "scale", "step", "type", "coef", "scheduler", "accum", "gain"};
  const std::string low = lowered(name);
  if (low.ends_with(".py")) return false;
  const auto has = [&](std::string_view part) { return low.find(part) != std::string::npos; };
  return (std::ranges::any_of(parts, has) || low == "mse" || low == "mae" || low == "f1" || low == "wer") &&
         std::ranges::none_of(settings, has);
}

bool has_measured(const Progress& progress) {
  return std::ranges::any_of(progress.metrics, [](const auto& metric) { return is_measured(metric.first); });
}

}  // namespace vigie::keep
