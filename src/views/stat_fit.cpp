#include "views/stat_fit.hpp"

#include <algorithm>
#include <iterator>
#include <set>

#include <fmt/format.h>

#include "base/text.hpp"

namespace vigie::views {
namespace {

constexpr std::string_view clock_metric = "time";

}  // namespace

bool StatFit::fit(const std::vector<StatRow>& rows, std::size_t width, bool people) {
  for (const StatColumn& column : with_time(columns(), people)) {
    std::size_t& widest = widest_[column.name()];
    widest = std::max({widest, column.metric->title.size(), std::size_t{column.metric->width}});
    for (const StatRow& row : rows)
      widest = std::max(widest, display_width(format::human(*column.metric, column.cell(row))));
  }
  bool changed = false;
  while (width != 0 && total() > width) {
    if (parts_.size() > 1) {
      const auto spare = std::ranges::max_element(parts_.rbegin(), parts_.rend() - 1, {}, &StatPart::spare);
      dropped_.push_back(spare->name);
      parts_.erase(std::next(spare).base());
    } else if (parts_.front().columns.size() > 1) {
      dropped_.emplace_back(parts_.front().columns.back().metric->title);
      parts_.front().columns.pop_back();
    } else {
      break;
    }
    changed = true;
  }
  return changed;
}

std::vector<StatColumn> StatFit::columns() const {
  std::vector<StatColumn> columns;
  std::set<std::string_view> names;
  for (const StatPart& part : parts_) {
    std::ranges::copy_if(part.columns, std::back_inserter(columns),
                         [&](const StatColumn& column) { return names.insert(column.name()).second; });
  }
  return columns;
}

std::size_t StatFit::total() const {
  std::size_t sum = widest_.at(clock_metric);
  for (const StatColumn& column : columns()) sum += 1 + widest_.at(column.name());
  return sum;
}

std::string StatFit::note(std::size_t width) const {
  if (dropped_.empty()) return {};
  return fmt::format("not shown on {} columns: {}", width, fmt::join(dropped_, ", "));
}

std::vector<StatPart> stat_parts(const std::vector<const StatGroup*>& groups, StatRows rows, bool people, bool top) {
  std::vector<StatPart> parts;
  constexpr int top_spare = -1;  // it was asked for by name: it goes last
  if (rows == StatRows::disks && people) {
    const std::vector<StatColumn>& all = stat_columns_of(rows, true);
    const auto part = [&](std::string_view name, std::ptrdiff_t first, std::ptrdiff_t count, int spare) {
      parts.push_back({std::string(name), {all.begin() + first, all.begin() + first + count}, spare});
    };
    part("disk", 0, 1, 0);
    part("reads", 1, 2, 1);
    part("latency and size of reads", 3, 2, 2);
    part("writes", 5, 2, 1);
    part("latency and size of writes", 7, 2, 2);
    part("load", 9, 2, 0);
  } else if (rows != StatRows::host) {
    parts.push_back({"", stat_columns_of(rows, people), 0});
  } else if (!groups.empty()) {
    for (const StatGroup* group : groups)
      parts.push_back({std::string(group->name), people ? group->people : group->programs, 0});
  } else {
    constexpr std::string_view spared[] = {"blocks", "swap", "system"};
    for (const StatGroup& group : stat_overview()) {
      const auto at = std::ranges::find(spared, group.name) - std::begin(spared);
      const bool known = at < std::ssize(spared);
      parts.push_back({std::string(group.name), group.people, known ? static_cast<int>(at) + 1 : 0});
    }
    if (!people) {
      for (const std::string_view name : {"proc", "mem", "cpu"})
        parts.push_back({"", std::ranges::find(stat_groups(), name, &StatGroup::name)->programs, 0});
    }
  }
  if (top) parts.push_back({"--top", stat_top_columns(), top_spare});
  return parts;
}

}  // namespace vigie::views
