#include "shim/progress_words.hpp"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cmath>
#include <string>
#include <vector>

namespace vigie::shim {
namespace {

constexpr std::size_t longest_line = 1024;
constexpr double most_steps = 1e15;

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

bool is_letter(char c) {
  return std::isalpha(static_cast<unsigned char>(c)) != 0 || c == '_';
}

char lower(char c) {
  return static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
}

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
    } else if (is_letter(line[at])) {
      while (at < line.size() && is_letter(line[at])) ++at;
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
  return !gap.empty() && gap.size() <= 3 && gap.find_first_not_of(" :=[(#") == std::string_view::npos;
}

bool is_slash(std::string_view gap) {
  return gap == "/" || gap == " / ";
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
  if (is_word(unit, "s")) return 1 / value;
  if (is_word(unit, "ms")) return 1e3 / value;
  if (is_word(unit, "us")) return 1e6 / value;
  return std::nullopt;
}

/// "5s", "0:12", "1:02:03" from `at` on.
std::optional<double> duration_at(const std::vector<Token>& tokens, std::size_t at, std::size_t& end) {
  if (at >= tokens.size() || !tokens[at].number) return std::nullopt;
  double seconds = value_of(tokens[at]);
  end = at + 1;
  bool clock = false;
  while (end < tokens.size() && tokens[end].number && tokens[end - 1].gap == ":" && end - at < 3) {
    seconds = seconds * 60 + value_of(tokens[end]);
    clock = true;
    ++end;
  }
  const bool in_seconds = end < tokens.size() && tokens[end - 1].gap.empty() && is_word(tokens[end], "s");
  return (clock || in_seconds) && seconds < most_steps ? std::optional(seconds) : std::nullopt;
}

void take_eta(const std::vector<Token>& tokens, Progress& progress) {
  std::size_t end = 0;
  for (std::size_t at = 0; at + 1 < tokens.size(); ++at) {
    if (is_word(tokens[at], "eta") && joins(tokens[at].gap)) progress.eta_seconds = duration_at(tokens, at + 1, end);
    // rich: elapsed • remaining
    if (!tokens[at].number || tokens[at].gap != ":" || (at > 0 && tokens[at - 1].gap == ":")) continue;
    if (!duration_at(tokens, at, end) || end >= tokens.size()) continue;
    if (tokens[end - 1].gap.find("\xe2\x80\xa2") != std::string_view::npos) {
      std::size_t after = 0;
      progress.eta_seconds = duration_at(tokens, end, after);
    }
  }
}

bool is_metric_name(std::string_view name) {
  constexpr std::string_view others[] = {"epoch", "step", "steps", "iter",    "iteration", "batch", "eta",
                                         "time",  "it",   "s",     "ms",      "us",        "of",    "in",
                                         "e",     "x",    "took",  "elapsed", "rank",      "gpu",   "line"};
  return std::ranges::none_of(others,
                              [&](std::string_view other) { return std::ranges::equal(name, other, {}, lower); });
}

/// "loss: 0.3", "loss=0.3"; of words without a sign only the loss is known to be one: "loss 0.3".
void take_metrics(const std::vector<Token>& tokens, Progress& progress) {
  constexpr std::size_t most = 16;
  for (std::size_t at = 0; at + 1 < tokens.size() && progress.metrics.size() < most; ++at) {
    const Token& name = tokens[at];
    if (name.number || !tokens[at + 1].number || !is_metric_name(name.text)) continue;
    const bool named = name.gap == ":" || name.gap == ": " || name.gap == "=" || name.gap == " = ";
    const bool loss = name.gap == " " &&
                      std::ranges::search(name.text, std::string_view("loss"), {}, lower).begin() != name.text.end();
    const double value = value_of(tokens[at + 1]);
    if ((named || loss) && std::isfinite(value)) progress.metrics[std::string(name.text)] = value;
  }
}

/// What a bar is drawn with: Keras and rich use the first, Keras 2 the others.
bool has_bar(std::string_view line) {
  return line.find("\xe2\x94\x81\xe2\x94\x81") != std::string_view::npos ||
         line.find("[==") != std::string_view::npos || line.find("[>..") != std::string_view::npos ||
         line.find("=>..") != std::string_view::npos;
}

/// "500/500 - 6s - 12ms/step - loss: 0.1": Keras without a bar, at the beginning of the line.
bool is_keras_summary(std::string_view line, const std::vector<Token>& tokens) {
  return tokens.size() > 3 && tokens[0].number && tokens[1].number && tokens[0].gap == "/" && tokens[1].gap == " - " &&
         line.starts_with(tokens[0].text);
}

}  // namespace

std::optional<Progress> parse_progress_words(std::string_view line) {
  if (line.size() > longest_line) return std::nullopt;
  const std::vector<Token> tokens = tokens_of(line);
  Progress progress;
  for (std::size_t at = 0; at < tokens.size(); ++at) {
    if (is_word(tokens[at], "epoch") && joins(tokens[at].gap) && !progress.epoch)
      take_count(tokens, at + 1, progress.epoch, progress.epochs);
    if (is_step_word(tokens[at]) && joins(tokens[at].gap) && !progress.step)
      take_count(tokens, at + 1, progress.step, progress.total);
    if (!progress.rate_per_second) progress.rate_per_second = rate_at(tokens, at);
  }
  if (!progress.step && (has_bar(line) || is_keras_summary(line, tokens))) {
    for (std::size_t at = 0; at + 1 < tokens.size() && !progress.step; ++at) {
      const bool of_epoch = at > 0 && is_word(tokens[at - 1], "epoch");
      if (!of_epoch && tokens[at].number && tokens[at + 1].number && is_slash(tokens[at].gap))
        take_count(tokens, at, progress.step, progress.total);
    }
  }
  if (!progress.step) return std::nullopt;
  take_metrics(tokens, progress);
  take_eta(tokens, progress);
  if (!progress.total && !progress.rate_per_second && progress.metrics.empty()) return std::nullopt;
  return progress;
}

}  // namespace vigie::shim
