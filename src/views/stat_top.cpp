// The columns of `vigie stat --top`.
#include <algorithm>

#include <fmt/format.h>

#include "base/text.hpp"
#include "base/units.hpp"
#include "rules/facts/consumers.hpp"
#include "views/stat_columns.hpp"

namespace vigie::views {

namespace {

using rules::Consumer;

std::string percent_text(double amount) {
  return fmt::format("{:.0f}%", amount);
}

using AmountOf = rules::AmountOf (*)(const Frame&);
using TextOf = std::string (*)(double);

/// The name is cut where it would take more columns than `most`; 0: as long as it is.
template <AmountOf amount_of, TextOf text_of>
Cell top_cell(const StatRow& row, std::size_t most) {
  const std::vector<Consumer> top = rules::largest_consumers(*row.frame, amount_of(*row.frame), 1);
  if (top.empty()) return Presence::unknown;
  const std::string amount = text_of(top.front().amount);
  if (most == 0) return fmt::format("{} {}", top.front().name, amount);
  const std::size_t room = most - std::min(most, amount.size() + 1);
  return fmt::format("{} {}", cut_to_width(safe_text(top.front().name), room), amount);
}

template <AmountOf amount_of>
void top_json(JsonWriter& writer, const StatRow& row, std::string_view amount_name) {
  const std::vector<Consumer> top = rules::largest_consumers(*row.frame, amount_of(*row.frame), 1);
  if (top.empty()) {
    writer.null();
    return;
  }
  const Consumer& first = top.front();
  writer.begin_object();
  writer.member(first.run ? "run" : "comm", std::string_view(first.name));
  writer.member("pid", first.pid);
  writer.member(amount_name, first.amount);
  writer.end_object();
}

/// A row that comes later has no other width: people see no more of a name than the column is wide.
template <AmountOf amount_of, TextOf text_of>
StatColumn top_column(std::string_view name, void (*json)(JsonWriter&, const StatRow&)) {
  StatColumn column = stat_column(
      name, [](const StatRow& row) { return top_cell<amount_of, text_of>(row, 0); }, StatStyle::as_unit, json);
  column.people = [width = column.metric->width](const StatRow& row) {
    return top_cell<amount_of, text_of>(row, width);
  };
  return column;
}

}  // namespace

const std::vector<StatColumn>& stat_top_columns() {
  using Json = JsonWriter;
  static const std::vector<StatColumn> columns = {
      top_column<rules::cpu_of, percent_text>(
          "top_cpu", [](Json& writer, const StatRow& row) { top_json<rules::cpu_of>(writer, row, "cpu_percent"); }),
      top_column<rules::disk_of, human_bytes>(
          "top_disk",
          [](Json& writer, const StatRow& row) { top_json<rules::disk_of>(writer, row, "bytes_per_second"); }),
      top_column<rules::memory_of, human_bytes>("top_memory", [](Json& writer, const StatRow& row) {
        top_json<rules::memory_of>(writer, row, "rss_bytes");
      })};
  return columns;
}

}  // namespace vigie::views
