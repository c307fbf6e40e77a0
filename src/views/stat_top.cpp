// The columns of `vigie stat --top`.
#include <fmt/format.h>

#include "base/units.hpp"
#include "rules/facts/consumers.hpp"
#include "views/stat_columns.hpp"

namespace vigie::views {

namespace {

using rules::Consumer;

std::string percent_text(double amount) {
  return fmt::format("{:.0f}%", amount);
}

template <rules::AmountOf (*amount_of)(const Frame&), std::string (*text_of)(double)>
Cell top_cell(const StatRow& row) {
  const std::vector<Consumer> top = rules::largest_consumers(*row.frame, amount_of(*row.frame), 1);
  if (top.empty()) return Presence::unknown;
  return fmt::format("{} {}", top.front().name, text_of(top.front().amount));
}

template <rules::AmountOf (*amount_of)(const Frame&)>
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

}  // namespace

const std::vector<StatColumn>& stat_top_columns() {
  using Json = JsonWriter;
  static const std::vector<StatColumn> columns = {
      stat_column("top_cpu", top_cell<rules::cpu_of, percent_text>, StatStyle::as_unit,
                  [](Json& writer, const StatRow& row) { top_json<rules::cpu_of>(writer, row, "cpu_percent"); }),
      stat_column("top_disk", top_cell<rules::disk_of, human_bytes>, StatStyle::as_unit,
                  [](Json& writer, const StatRow& row) { top_json<rules::disk_of>(writer, row, "bytes_per_second"); }),
      stat_column("top_memory", top_cell<rules::memory_of, human_bytes>, StatStyle::as_unit,
                  [](Json& writer, const StatRow& row) { top_json<rules::memory_of>(writer, row, "rss_bytes"); })};
  return columns;
}

}  // namespace vigie::views
