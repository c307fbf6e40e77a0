// Any bytes as a cell of a table: the JSON is read by a real parser and holds the same text, the CSV keeps its rows and
// columns, and a line of text is never wider than was asked for.
#include <algorithm>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "base/text.hpp"
#include "base/utf8.hpp"
#include "format/table.hpp"
#include "input.hpp"
#include "views/column.hpp"

using vigie::format::Cell;
using vigie::views::Column;

namespace {

/// Records of CSV as RFC 4180 reads them, each with its number of fields.
std::vector<int> csv_fields(std::string_view csv) {
  std::vector<int> fields{1};
  bool quoted = false;
  for (const char byte : csv) {
    if (byte == '"') quoted = !quoted;
    if (quoted) continue;
    if (byte == ',') ++fields.back();
    if (byte == '\n') fields.push_back(1);
  }
  must(!quoted);
  fields.pop_back();
  return fields;
}

}  // namespace

FUZZ(text) {
  using Row = std::string_view;
  const std::vector<Column<Row>> columns = {
      {&vigie::metric("user"), [](const Row& row) -> Cell { return row; }, {}},
      {&vigie::metric("pid"), [](const Row&) -> Cell { return std::int64_t{7}; }, {}},
      {&vigie::metric("command"), [](const Row& row) -> Cell { return std::string(row); }, {}}};
  const std::vector<Row> rows = {text, "plain", text.substr(text.size() / 2)};
  const auto table = vigie::views::make_table(columns, rows);

  std::string json;
  vigie::format::append_json(json, table,
                             {.rows = "rows", .host = text, .wall_ns = 0, .elapsed_seconds = 0, .sources = {}});
  const auto document = nlohmann::json::parse(json);  // an exception ends the target
  must(document["host"] == vigie::escaped_utf8(text));
  must(document["rows"].size() == rows.size());
  for (std::size_t row = 0; row < rows.size(); ++row)
    must(document["rows"][row]["command"] == vigie::escaped_utf8(rows[row]));

  std::string csv;
  vigie::format::append_csv(csv, table);
  must(csv_fields(csv) == std::vector<int>(rows.size() + 1, 3));

  for (const std::size_t width : {1U, 20U, 80U}) {
    std::string lines;
    vigie::format::append_text(lines, table, {.header = true, .color = false, .max_width = width});
    must(std::ranges::count(lines, '\n') == static_cast<std::ptrdiff_t>(rows.size()) + 1);
    for (std::size_t at = 0; at < lines.size(); at = lines.find('\n', at) + 1)
      must(vigie::display_width(std::string_view(lines).substr(at, lines.find('\n', at) - at)) <= width);
  }
}
