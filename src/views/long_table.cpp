#include "views/long_table.hpp"

#include "base/text.hpp"

namespace vigie::views {

namespace {

constexpr std::size_t widest = 60;  ///< a wider cell does not move the columns behind it

}  // namespace

void LongTable::set_width(std::string_view name, std::uint8_t width) {
  for (Metric& metric : metrics_) {
    if (metric.name == name) metric.width = width;
  }
}

void LongTable::append(std::string& out, const LongPlace& place, const format::Table& table) {
  for (std::size_t row = 0; row < table.rows; ++row) {
    for (std::size_t column = 0; column < metrics_.size(); ++column) {
      const std::size_t width = display_width(format::human(metrics_[column], table.cell(row, column)));
      if (width > metrics_[column].width && width < widest) metrics_[column].width = static_cast<std::uint8_t>(width);
    }
  }
  const bool full = place.height > 2 && lines_ + table.rows + 1 > place.height;
  const bool header = place.header && (first_ || (full && table.rows > 0));
  if (header) lines_ = 1;
  lines_ += table.rows;
  first_ = false;
  format::append_text(out, table, {.header = header, .color = place.color, .max_width = place.width});
}

}  // namespace vigie::views
