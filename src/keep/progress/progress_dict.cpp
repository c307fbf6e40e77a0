#include "keep/progress/progress_dict.hpp"

#include <algorithm>
#include <cmath>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "keep/progress/progress_values.hpp"
#include "model/metric_order.hpp"

namespace vigie::keep {
namespace {

constexpr std::size_t most_metrics = 16;

struct Pair {
  std::string_view key, value;
};

/// What stands between the quotes that `rest` begins with; moves past them.
std::optional<std::string_view> take_quoted(std::string_view& rest) {
  if (rest.empty() || (rest.front() != '"' && rest.front() != '\'')) return std::nullopt;
  const std::size_t end = rest.find(rest.front(), 1);
  if (end == std::string_view::npos) return std::nullopt;
  const std::string_view text = rest.substr(1, end - 1);
  rest.remove_prefix(end + 1);
  return text;
}

/// Members of an object and of those in it: names in quotes, a colon, a number or a text.
std::vector<Pair> pairs_of(std::string_view rest) {
  std::vector<Pair> pairs;
  while (!rest.empty()) {
    if (rest.front() != '"' && rest.front() != '\'') {
      rest.remove_prefix(1);
      continue;
    }
    const std::optional<std::string_view> key = take_quoted(rest);
    if (!key) break;
    std::string_view after = rest;
    while (after.starts_with(' ')) after.remove_prefix(1);
    if (!after.starts_with(':')) continue;
    after.remove_prefix(1);
    while (after.starts_with(' ')) after.remove_prefix(1);
    rest = after;
    if (const std::optional<std::string_view> text = take_quoted(rest)) {
      pairs.push_back({.key = *key, .value = *text});
      continue;
    }
    const std::size_t end = std::min(rest.find_first_of(",}] "), rest.size());
    pairs.push_back({.key = *key, .value = rest.substr(0, end)});
    rest.remove_prefix(end);
  }
  return pairs;
}

bool is_one_of(std::string_view key, std::span<const std::string_view> names) {
  return std::ranges::find(names, key) != names.end();
}

constexpr std::string_view step_names[] = {"step",          "global_step",  "iter", "iteration",   "num_updates",
                                           "current_steps", "current_step", "it",   "update_step", "train_step"};
constexpr std::string_view total_names[] = {"total_steps", "max_steps", "total_iters",
                                            "max_iters",   "total",     "num_steps"};
constexpr std::string_view epochs_names[] = {"epochs", "num_epochs", "total_epochs", "max_epochs", "num_train_epochs"};
constexpr std::string_view eta_names[] = {"eta", "eta_seconds", "remaining_time", "time_remaining"};
constexpr std::string_view rate_names[] = {"ups", "steps_per_second", "it/s", "iter/s"};
constexpr std::string_view seconds_names[] = {"sec_per_step", "step_time", "seconds_per_step"};

/// Hugging Face counts the epochs that are done, in parts: 0.1 is in the first.
std::optional<std::uint64_t> counted(const std::optional<double>& number) {
  if (!number || *number < 0 || *number > most_steps) return std::nullopt;
  return static_cast<std::uint64_t>(std::ceil(*number));
}

void take_pair(const Pair& pair, Progress& progress) {
  // "train/global_step"
  const std::string_view key = pair.key.substr(pair.key.rfind('/') + 1);
  const std::optional<double> number = number_in(pair.value);
  if (is_one_of(pair.key, eta_names)) {
    const std::optional<double> duration = duration_at_begin(pair.value);
    progress.eta_seconds = duration ? duration : number;
    if (progress.eta_seconds && !(*progress.eta_seconds >= 0)) progress.eta_seconds.reset();
  } else if (is_one_of(pair.key, rate_names)) {
    if (number && *number > 0) progress.rate_per_second = number;
  } else if (is_one_of(pair.key, seconds_names)) {
    if (number && *number > 0) progress.rate_per_second = 1 / *number;
  } else if (is_one_of(key, step_names)) {
    if (!progress.step) progress.step = counted(number);
  } else if (is_one_of(key, total_names)) {
    progress.total = counted(number);
  } else if (key == "epoch") {
    progress.epoch = counted(number);
  } else if (is_one_of(key, epochs_names)) {
    progress.epochs = counted(number);
  } else if (const auto value = measured_in(pair.value); value && !key.starts_with('_')) {
    progress.metrics.emplace(std::string(pair.key), *value);
  }
}

}  // namespace

std::optional<ProgressLine> parse_progress_dict(std::string_view line) {
  const std::size_t open = line.find('{');
  if (open == std::string_view::npos || line.size() > longest_line) return std::nullopt;
  Progress progress;
  for (const Pair& pair : pairs_of(line.substr(open))) take_pair(pair, progress);
  keep_foremost(progress.metrics, most_metrics);
  if (!progress.step) {
    if (!progress.epoch || !has_measured(progress)) return std::nullopt;
    return ProgressLine{.kind = ProgressLine::Kind::epoch_line, .progress = std::move(progress)};
  }
  if (progress.total && *progress.step > *progress.total) progress.total.reset();
  if (!progress.epoch && !progress.total && !has_measured(progress)) return std::nullopt;
  progress.eta_of_run = progress.eta_seconds.has_value();
  return ProgressLine{.progress = std::move(progress)};
}

}  // namespace vigie::keep
