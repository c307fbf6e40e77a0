#include "keep/progress/progress.hpp"

#include <algorithm>
#include <cctype>
#include <string>
#include <utility>
#include <vector>

#include "base/ascii.hpp"
#include "base/regex.hpp"
#include "keep/progress/progress_dict.hpp"
#include "keep/progress/progress_formats.hpp"
#include "keep/progress/progress_values.hpp"
#include "keep/progress/progress_words.hpp"

namespace vigie::keep {
namespace {

void set_epoch(Progress& progress, std::string_view text) {
  const std::size_t slash = text.find('/');
  progress.epoch = count_in(text.substr(0, slash));
  if (progress.epoch && slash != std::string_view::npos) progress.epochs = count_in(text.substr(slash + 1));
}

/// "epoch 3/10" or "Epoch 3" in the description in front of a bar.
void take_named_epoch(std::string_view line, Progress& progress) {
  std::size_t at = line.find("poch");
  if (at == std::string_view::npos) return;
  at += 4;
  while (at < line.size() && !is_digit(line[at])) {
    if (!std::string_view(" :[=#").contains(line[at])) return;
    ++at;
  }
  std::size_t end = at;
  while (end < line.size() && (is_digit(line[end]) || line[end] == '/')) ++end;
  if (end < line.size() && line[end] == '%') return;  // "Epoch:  30%|": a bar over epochs
  set_epoch(progress, line.substr(at, end - at));
}

/// YOLO's table: "      7/50       5.1G        1.1", epoch and GPU memory.
void take_table_epoch(std::string_view line, Progress& progress) {
  const std::string_view text = trimmed(line);
  const std::string_view first = text.substr(0, text.find(' '));
  const std::string_view rest = trimmed(text.substr(first.size()));
  const std::string_view second = rest.substr(0, rest.find(' '));
  if (first.find('/') == std::string_view::npos || second.size() < 2 || !is_digit(second.front())) return;
  if (second.ends_with('G') || second.ends_with("GB") || second.ends_with('M')) set_epoch(progress, first);
}

bool is_word_at(std::string_view line, std::size_t at, std::size_t size) {
  constexpr std::string_view before = " \t[(|:,", behind = " \t])|:.,";
  return (at == 0 || before.contains(line[at - 1])) && (at + size == line.size() || behind.contains(line[at + size]));
}

/// Where the count of its steps stands, or its bar: the words in front of it name what is counted. A date is no count.
std::size_t begin_of_count(std::string_view line, const Progress& progress) {
  const std::size_t bar = std::min({line.find("%|"), line.find("\xe2\x94\x81"), line.size()});
  if (!progress.step) return bar;
  const std::string step = std::to_string(*progress.step);
  const std::string total = progress.total ? std::to_string(*progress.total) : std::string();
  for (std::size_t at = line.find(step); at != line.npos && at < bar; at = line.find(step, at + 1)) {
    std::string_view rest = line.substr(at + step.size());
    const bool whole = (at == 0 || !is_digit(line[at - 1])) && (rest.empty() || !is_digit(rest.front()));
    rest = trimmed(rest.substr(0, 24));
    const bool counts = total.empty() || (rest.starts_with('/') && trimmed(rest.substr(1)).starts_with(total));
    if (whole && counts) return at;
  }
  return bar;
}

/// Whether it counts what is done beside the training: its words stand in front of the count. "Validation DataLoader 0:
/// 50%|", "Epoch(val) [3][50/200]", "Test: [ 10/391]", and ultralytics' "Class  Images  Instances  Box(P ...: 50%|".
bool is_aside(std::string_view line, const Progress& progress) {
  constexpr std::string_view words[] = {"val",
                                        "valid",
                                        "validation",
                                        "validate",
                                        "validating",
                                        "eval",
                                        "evaluate",
                                        "evaluation",
                                        "evaluating",
                                        "test",
                                        "testing",
                                        "predict",
                                        "predicting",
                                        "prediction",
                                        "inference",
                                        "sanity checking",
                                        "sanity check",
                                        "va",
                                        "loading checkpoint shards",
                                        "saving"};
  const std::size_t end = begin_of_count(line, progress);
  std::string front(line.substr(0, end));
  if (front.find("Class ") != front.npos && front.find(" Images ") != front.npos) return true;
  std::ranges::transform(front, front.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  if (front.find("train") != front.npos) return false;
  return std::ranges::any_of(words, [&](std::string_view word) {
    for (std::size_t at = front.find(word); at != front.npos; at = front.find(word, at + 1))
      if (is_word_at(front, at, word.size())) return true;
    return false;
  });
}

/// Whether it is a bar over epochs: the word stands in front of the bar.
bool counts_epochs(std::string_view line, const Progress& bar) {
  const std::size_t word = line.find("poch");
  const std::size_t drawn = std::min(line.find('%'), line.find("\xe2\x94\x81"));
  return !bar.epoch && bar.step && bar.total && word != std::string_view::npos && drawn != std::string_view::npos &&
         word < drawn;
}

}  // namespace

namespace {

std::optional<ProgressLine> parse_any(std::string_view line) {
  if (std::optional<ProgressLine> found = read_format(line)) {
    Progress& progress = found->progress;
    if (!progress.epoch) take_named_epoch(line, progress);
    if (!progress.epoch) take_table_epoch(line, progress);
    if (progress.epochs && progress.epoch > progress.epochs) progress.epoch = progress.epochs = std::nullopt;
    if (counts_epochs(line, progress)) found->kind = ProgressLine::Kind::epoch_bar;
    return found;
  }
  if (std::optional<ProgressLine> found = parse_progress_dict(line)) return found;
  return parse_progress_words(line);
}

}  // namespace

std::optional<ProgressLine> parse_progress(std::string_view line) {
  if (line.size() > longest_line || std::ranges::none_of(line, is_digit)) return std::nullopt;
  std::optional<ProgressLine> found = parse_any(line);
  if (found && found->kind == ProgressLine::Kind::steps) found->aside = found->aside || is_aside(line, found->progress);
  return found;
}

std::optional<Progress> parse_reported(std::string_view line) {
  if (!line.starts_with(reported_mark)) return std::nullopt;
  static const std::vector<Regex> parts = [] {
    std::vector<Regex> all;
    all.push_back(
        Regex::compile(R"(^(?:(?<percent>[\d.]+)%|(?<step>[\d.]+[kMGT]?)(?:/(?<total>[\d.]+[kMGT]?))?)(?=\s|$))")
            .value());
    all.push_back(Regex::compile(R"((?:^|\s)epoch=(?<epoch>\d+)(?:/(?<epochs>\d+))?(?=\s|$))").value());
    all.push_back(Regex::compile(R"((?:^|\s)eta=(?<eta>\S+))").value());
    all.push_back(Regex::compile(R"((?:^|\s)rate=(?<rate>\S+))").value());
    return all;
  }();
  const std::string_view text = line.substr(reported_mark.size(), longest_line);
  std::vector<Regex::Group> groups;
  for (const Regex& part : parts) {
    if (const auto found = part.search(text)) groups.insert(groups.end(), found->begin(), found->end());
  }
  std::optional<Progress> progress = progress_of(groups);
  if (!progress) return std::nullopt;
  progress->eta_of_run = progress->eta_seconds.has_value();
  take_metrics(text, *progress);
  progress->metrics.erase("rate");
  return progress;
}

}  // namespace vigie::keep
