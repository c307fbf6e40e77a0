#include "rules/facts/worker_option.hpp"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

namespace vigie::rules {
namespace {

/// "--num_workers" for people who write it with a dash or an underscore: "num-workers".
std::string plain(std::string_view flag) {
  flag.remove_prefix(std::min(flag.find_first_not_of('-'), flag.size()));
  std::string name(flag);
  std::ranges::replace(name, '_', '-');
  return name;
}

bool names_workers(std::string_view flag) {
  constexpr std::string_view names[] = {"workers",        "num-workers",   "n-workers", "dataloader-num-workers",
                                        "loader-workers", "train-workers", "nworkers",  "j"};
  return flag.starts_with('-') && std::ranges::find(names, plain(flag)) != std::end(names);
}

std::optional<unsigned> number(std::string_view text) {
  unsigned value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

}  // namespace

std::optional<WorkerOption> worker_option(const Run& run) {
  std::string_view flag;
  for (std::string_view rest = run.command; !rest.empty();) {
    const std::size_t space = std::min(rest.find(' '), rest.size());
    const std::string_view word = rest.substr(0, space);
    rest.remove_prefix(std::min(space + 1, rest.size()));
    if (!flag.empty()) {
      if (const std::optional<unsigned> value = number(word)) return WorkerOption{std::string(flag), *value};
    }
    flag = {};
    const std::size_t equals = word.find('=');
    if (!names_workers(word.substr(0, equals))) continue;
    if (equals == std::string_view::npos) {
      flag = word;
    } else if (const std::optional<unsigned> value = number(word.substr(equals + 1))) {
      return WorkerOption{std::string(word.substr(0, equals)), *value};
    }
  }
  return std::nullopt;
}

std::string change_of_workers(const Run& run, std::size_t from, std::size_t to) {
  const std::optional<WorkerOption> option = worker_option(run);
  // With several ranks each has as many: the number that is written has to change by the same factor.
  if (option && option->value == from) return fmt::format("`{} {} → {}`", option->flag, from, to);
  return fmt::format("num_workers {} → {}", from, to);
}

}  // namespace vigie::rules
