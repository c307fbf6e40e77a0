#include "views/stat_request.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "base/number.hpp"
#include "base/suggestion.hpp"
#include "base/text.hpp"
#include "base/units.hpp"

namespace vigie::views {
namespace {

bool is_number(std::string_view word) {
  return !word.empty() && word.front() >= '0' && word.front() <= '9';
}

Result<void> add_group(const std::string& word, StatRequest& request) {
  const std::vector<StatGroup>& groups = stat_groups();
  if (word == "all") {
    for (const StatGroup& group : groups) request.groups.push_back(&group);
    return {};
  }
  const auto found = std::ranges::find(groups, word, &StatGroup::name);
  if (found == groups.end()) {
    std::vector<std::string> names = {"all"};
    for (const StatGroup& group : groups) names.emplace_back(group.name);
    std::string near = suggestion(word, names);
    if (near.empty()) near = fmt::format("; there are {}", fmt::join(names, ", "));
    return fail(fmt::format("no group \"{}\"{}", safe_text(word), near), ErrorKind::usage);
  }
  if (std::ranges::find(request.groups, &*found) == request.groups.end()) request.groups.push_back(&*found);
  return {};
}

Result<void> set_interval(const std::string& word, StatRequest& request) {
  Result<double> seconds = parse_duration(word);
  RETURN_IF_ERROR(seconds);
  if (*seconds < 0.01) return fail("the interval must be at least 0.01 seconds", ErrorKind::usage);
  request.interval_seconds = *seconds;
  return {};
}

Result<void> set_count(const std::string& word, StatRequest& request) {
  request.count = whole_number<std::size_t>(word).value_or(0);
  if (request.count == 0) {
    return fail(fmt::format("\"{}\" is no count of rows; as in: vigie stat cpu 1 10", safe_text(word)),
                ErrorKind::usage);
  }
  return {};
}

/// A single group whose devices can be told apart has a row for each of them.
Result<StatRows> rows_of(const StatWish& wish, const StatRequest& request) {
  const bool one = request.groups.size() == 1;
  if (wish.per_core) {
    if (request.groups.empty() || (one && request.groups.front()->name == "cpu")) return StatRows::cpus;
    return fail("--per-core goes with the group cpu alone", ErrorKind::usage);
  }
  if (one && request.groups.front()->name == "disk") return StatRows::disks;
  if (one && request.groups.front()->name == "net") return StatRows::interfaces;
  if (one && request.groups.front()->name == "gpu") return StatRows::gpus;
  return StatRows::host;
}

/// The words after the groups.
Result<void> read_times(const StatWish& wish, std::size_t at, StatRequest& request) {
  const bool words_say = at < wish.words.size();
  Result<void> read = set_interval(words_say ? wish.words[at++] : wish.interval, request);
  if (!read) return read;
  if (words_say || wish.again) request.count = 0;
  if (wish.again && !wish.again_seconds.empty()) read = set_interval(wish.again_seconds, request);
  if (read && at < wish.words.size()) read = set_count(wish.words[at++], request);
  if (!read || at == wish.words.size()) return read;
  return fail(fmt::format("\"{}\" is too much; as in: vigie stat cpu mem 1 10", safe_text(wish.words[at])),
              ErrorKind::usage);
}

}  // namespace

Result<StatRequest> stat_request(const StatWish& wish) {
  StatRequest request;
  std::size_t at = 0;
  while (at < wish.words.size() && !is_number(wish.words[at])) {
    RETURN_IF_ERROR(add_group(wish.words[at++], request));
  }
  RETURN_IF_ERROR(read_times(wish, at, request));
  ASSIGN_OR_RETURN(StatRows rows, rows_of(wish, request));
  request.rows = rows;
  return request;
}

sys::Parts StatRequest::parts() const {
  if (rows == StatRows::cpus) return sys::Parts(sys::Part::cpu) | sys::Part::each_cpu;
  if (groups.empty()) return sys::Parts(sys::Part::cpu) | sys::Part::memory | sys::Part::paging;
  sys::Parts all;
  for (const StatGroup* group : groups) all = all | group->parts;
  return all;
}

bool StatRequest::asks_gpus() const {
  return std::ranges::any_of(groups, [](const StatGroup* group) { return group->name == "gpu"; });
}

std::string_view name_of(StatRows rows) {
  constexpr std::string_view names[] = {"stat", "cpus", "disks", "interfaces", "gpus"};
  return names[static_cast<std::size_t>(rows)];
}

}  // namespace vigie::views
