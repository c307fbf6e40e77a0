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

}  // namespace vigie::views
