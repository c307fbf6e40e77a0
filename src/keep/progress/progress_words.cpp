#include "keep/progress/progress_words.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "base/ascii.hpp"
#include "keep/progress/progress_values.hpp"

namespace vigie::keep {
namespace {

constexpr std::size_t longest_sentence = 1024;

/// A word or a number of the line, and what follows it.
struct Token {
  std::string_view text;
  std::string_view gap;  ///< between it and the next one
  bool number = false;
};

/// Splits at the border of letters and digits, too: "12ms" is a number and a unit. A number may have a point and an
/// exponent, a word dashes and dots inside: "val_loss", "top-1".
std::vector<Token> tokens_of(std::string_view line) {
  std::vector<Token> tokens;
  std::size_t at = 0;
  while (at < line.size()) {
    const std::size_t begin = at;
    Token token;
    if (is_digit(line[at])) {
      double value = 0;
      const auto [end, error] = std::from_chars(line.data() + at, line.data() + line.size(), value);
      if (error != std::errc{}) return {};
      token.number = true;
      at = static_cast<std::size_t>(end - line.data());
    } else if (is_name_letter(line[at])) {
      while (at < line.size() && is_name_letter(line[at])) ++at;
    } else {
      ++at;
      if (!tokens.empty()) {
        const std::string_view gap = tokens.back().gap;
        tokens.back().gap = gap.empty() ? line.substr(begin, 1) : std::string_view(gap.data(), gap.size() + 1);
      }
      continue;
    }
    token.text = line.substr(begin, at - begin);
    tokens.push_back(token);
  }
  return tokens;
}

bool is_word(const Token& token, std::string_view word) {
  return !token.number && std::ranges::equal(token.text, word, {}, lower);
}

bool is_step_word(const Token& token) {
  constexpr std::string_view words[] = {"step", "steps", "iter", "iters", "iteration", "batch", "global_step", "it"};
  return std::ranges::any_of(words, [&](std::string_view word) { return is_word(token, word); });
}

/// What may stand between a name and its number: "step 3", "step: 3", "Step [3", "loss=3".
bool joins(std::string_view gap) {
  return !gap.empty() && gap.size() <= 8 && gap.find_first_not_of(" :=[(#") == std::string_view::npos;
}

bool is_slash(std::string_view gap) {
  return gap.size() <= 6 && trimmed(gap) == "/";
}

double value_of(const Token& token) {
  double value = 0;
  std::from_chars(token.text.data(), token.text.data() + token.text.size(), value);
  return value;
}

std::optional<std::uint64_t> whole(const Token& token) {
  if (!token.number || token.text.find_first_not_of("0123456789") != std::string_view::npos) return std::nullopt;
  const double value = value_of(token);
  if (value > most_steps) return std::nullopt;
  return static_cast<std::uint64_t>(std::llround(value));
}

/// "100/1000" or "100" at `at`.
bool take_count(const std::vector<Token>& tokens, std::size_t at, std::optional<std::uint64_t>& count,
                std::optional<std::uint64_t>& total) {
  if (at >= tokens.size()) return false;
  count = whole(tokens[at]);
  if (!count) return false;
  const bool of = at + 2 < tokens.size() && is_word(tokens[at + 1], "of");
  if (at + 1 < tokens.size() && is_slash(tokens[at].gap)) total = whole(tokens[at + 1]);
  if (of) total = whole(tokens[at + 2]);
  return true;
}

/// "12ms/step", "3 s/it", "4.5it/s", "2 steps/s": steps per second.
std::optional<double> rate_at(const std::vector<Token>& tokens, std::size_t at) {
  if (at + 2 >= tokens.size() || !tokens[at].number || tokens[at].gap.size() > 1 || tokens[at + 1].gap != "/")
    return std::nullopt;
  const double value = value_of(tokens[at]);
  if (!(value > 0) || !std::isfinite(value)) return std::nullopt;
  const Token& unit = tokens[at + 1];
  const Token& per = tokens[at + 2];
  const bool each_step = is_step_word(per) || is_word(per, "batch") || is_word(per, "epoch");
  if (is_word(per, "s") && is_step_word(unit)) return value;
  if (!each_step || is_word(per, "epoch")) return std::nullopt;
  if (is_word(unit, "s") || is_word(unit, "sec") || is_word(unit, "secs")) return 1 / value;
  if (is_word(unit, "ms")) return 1e3 / value;
  if (is_word(unit, "us")) return 1e6 / value;
  return std::nullopt;
}

/// The characters of a bar: Keras and rich use the first, Keras 2 the others.
bool has_bar(std::string_view line) {
  return line.find("\xe2\x94\x81\xe2\x94\x81") != std::string_view::npos ||
         line.find("[==") != std::string_view::npos || line.find("[>..") != std::string_view::npos ||
         line.find("=>..") != std::string_view::npos;
}

/// A word in front that makes a setting of the number: "max steps: 100", "every 100 steps", "num epochs 3".
bool is_bound(const Token& before) {
  constexpr std::string_view words[] = {"max",    "total", "num",        "number",    "n",    "every", "per", "of",
                                        "warmup", "save",  "save_every", "log_every", "eval", "log",   "the", "from"};
  return before.gap.find_first_not_of(" _-") == std::string_view::npos &&
         std::ranges::any_of(words, [&](std::string_view word) { return is_word(before, word); });
}

/// "batch=24" is how many samples one has; "batch 3/9" and "batch 3: loss 0.5" is which.
bool is_setting(const std::vector<Token>& tokens, std::size_t at) {
  if (!is_word(tokens[at], "batch") && !is_word(tokens[at], "steps")) return false;
  return tokens[at].gap.find('=') != std::string_view::npos &&
         !(at + 1 < tokens.size() && is_slash(tokens[at + 1].gap));
}

/// Whether the line looks like a dump of settings: a line of progress does not.
bool is_settings(std::string_view line) {
  constexpr std::string_view marks[] = {"=True",      "=False",      "=None",        ": True",     ": False",
                                        ": None",     "='",          "=\"",          "batch_size", "seed",
                                        "Namespace(", "num_workers", "weight_decay", "max_steps",  "epochs="};
  return std::ranges::any_of(marks, [&](std::string_view mark) { return line.find(mark) != line.npos; });
}

/// Whether a count stands for itself: in brackets or between bars, or first in its line, and is no date.
bool is_set_off(std::string_view line, const std::vector<Token>& tokens, std::size_t at) {
  const std::string_view before = line.substr(0, static_cast<std::size_t>(tokens[at].text.data() - line.data()));
  const std::size_t last = before.find_last_not_of(' ');
  const bool opened = last == std::string_view::npos || std::string_view("[(|").contains(before[last]);
  const bool date =
      at + 2 < tokens.size() && tokens[at + 2].number && std::string_view("/ :").contains(tokens[at + 1].gap);
  return opened && !date && whole(tokens[at]).value_or(1) <= whole(tokens[at + 1]).value_or(0);
}

/// "500/500 - 6s - 12ms/step - loss: 0.1": Keras without a bar, at the beginning of the line.
bool is_keras_summary(std::string_view line, const std::vector<Token>& tokens) {
  return tokens.size() > 3 && tokens[0].number && tokens[1].number && tokens[0].gap == "/" && tokens[1].gap == " - " &&
         line.starts_with(tokens[0].text);
}

/// "epoch 3/10" and "step 100/1000", wherever they stand.
void take_named_counts(const std::vector<Token>& tokens, Progress& progress) {
  for (std::size_t at = 0; at < tokens.size(); ++at) {
    // "words/batch 906" is a rate.
    const bool bound = at > 0 && (is_bound(tokens[at - 1]) || tokens[at - 1].gap == "/");
    if (is_word(tokens[at], "epoch") && joins(tokens[at].gap) && !progress.epoch && !bound)
      take_count(tokens, at + 1, progress.epoch, progress.epochs);
    if (is_step_word(tokens[at]) && joins(tokens[at].gap) && !progress.step && !bound && !is_setting(tokens, at))
      take_count(tokens, at + 1, progress.step, progress.total);
    if (!progress.rate_per_second) progress.rate_per_second = rate_at(tokens, at);
  }
}

/// "100/1000" without a word in front: only a bar or, in brackets, a metric shows that it counts steps.
void take_bare_count(std::string_view line, const std::vector<Token>& tokens, Progress& progress) {
  const bool bar = has_bar(line) || is_keras_summary(line, tokens);
  if (!bar && !has_measured(progress)) return;
  for (std::size_t at = 0; at + 1 < tokens.size() && !progress.step; ++at) {
    const bool of_epoch = at > 0 && is_word(tokens[at - 1], "epoch");
    const bool counts = tokens[at].number && tokens[at + 1].number && is_slash(tokens[at].gap);
    if (of_epoch || !counts || !(bar || is_set_off(line, tokens, at))) continue;
    take_count(tokens, at, progress.step, progress.total);
  }
}

/// The epochs in a line that has no step.
std::optional<ProgressLine> epochs_of(const std::vector<Token>& tokens, Progress progress) {
  const auto first = std::ranges::find_if(tokens, [](const Token& token) { return is_word(token, "epoch"); });
  const bool alone = std::ranges::all_of(tokens,
                                         [&](const Token& token) {
                                           return token.number || is_word(token, "epoch") || is_word(token, "of");
                                         }) &&
                     tokens.end() - first <= 3 && !(first != tokens.begin() && is_bound(*(first - 1)));
  if (alone) return ProgressLine{.kind = ProgressLine::Kind::heading, .progress = std::move(progress)};
  if (!has_measured(progress) || (progress.epochs && *progress.epoch > *progress.epochs)) return std::nullopt;
  if (progress.epochs) {
    progress.step = std::exchange(progress.epoch, std::nullopt);
    progress.total = std::exchange(progress.epochs, std::nullopt);
  }
  progress.rate_per_second.reset();
  return ProgressLine{.kind = ProgressLine::Kind::epoch_line, .progress = std::move(progress)};
}

/// Whether its estimate is of more than this epoch: far longer than the steps that are left of it take.
bool is_of_run(const Progress& progress) {
  if (!progress.eta_seconds || !progress.rate_per_second || !progress.step || !progress.total) return false;
  const double left = static_cast<double>(*progress.total - *progress.step) / *progress.rate_per_second;
  return *progress.eta_seconds > 1.5 * left + 1;
}

}  // namespace

std::optional<ProgressLine> parse_progress_words(std::string_view line) {
  if (line.size() > longest_sentence) return std::nullopt;
  const std::vector<Token> tokens = tokens_of(line);
  if (tokens.size() < 2) return std::nullopt;
  Progress progress;
  take_named_counts(tokens, progress);
  take_metrics(line, progress);
  if (!progress.step) take_bare_count(line, tokens, progress);
  if (progress.step && progress.total && *progress.step > *progress.total) return std::nullopt;
  progress.eta_seconds = eta_in(line);
  progress.eta_of_run = is_of_run(progress);
  if (!progress.step)
    return progress.epoch && !is_settings(line) ? epochs_of(tokens, std::move(progress)) : std::nullopt;
  const bool moves = progress.rate_per_second || has_measured(progress);
  if (!progress.total && (!moves || is_settings(line))) return std::nullopt;
  return ProgressLine{.progress = std::move(progress)};
}

}  // namespace vigie::keep
