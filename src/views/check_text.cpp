#include "views/check_text.hpp"

#include <algorithm>
#include <string_view>

#include "base/text.hpp"
#include "format/folded.hpp"
#include "format/paint.hpp"
#include "views/check_columns.hpp"

namespace vigie::views {
namespace {

/// Columns of a line of a table, which may have colours.
std::size_t shown_width(std::string_view line) {
  std::string text;
  for (std::size_t at = 0; at < line.size();) {
    const std::size_t escape = std::min(line.find('\x1b', at), line.size());
    text += line.substr(at, escape - at);
    const std::size_t end = line.find('m', escape);
    at = end == std::string_view::npos ? line.size() : end + 1;
  }
  return display_width(text);
}

std::string summary_line(const std::vector<rules::CheckItem>& items, const format::TextOptions& options) {
  std::string summary;
  format::append_folded(summary, summary_of(items), {.width = options.max_width});
  summary.pop_back();
  return format::painted(summary, paint_of(rules::overall(items)), options.color) + "\n";
}

/// The lines of the table without the advice.
std::vector<std::string> lines_of(const std::vector<rules::CheckItem>& items, const format::TextOptions& options) {
  constexpr std::string_view advice_alone[] = {"advice"};
  const auto facts = without(check_columns(), advice_alone);
  std::string table;
  format::append_text(table, make_table(facts, items), options);
  std::vector<std::string> lines;
  for (std::size_t begin = 0; begin < table.size();) {
    const std::size_t end = table.find('\n', begin);
    lines.push_back(table.substr(begin, end - begin));
    begin = end + 1;
  }
  return lines;
}

void append_advice(std::string& out, const std::string& advice, std::size_t begin, const format::Fold& fold) {
  if (advice.empty()) {
    out += '\n';
    return;
  }
  out += begin < fold.column ? std::string(fold.column - begin, ' ') : "\n" + std::string(fold.column, ' ');
  format::append_folded(out, advice, fold);
}

}  // namespace

std::string check_text(std::vector<rules::CheckItem> items, const format::TextOptions& options) {
  constexpr std::size_t least_beside = 24, below = 2;
  const std::size_t width = options.max_width;
  std::string out = options.header ? summary_line(items, options) : std::string();
  worst_first(items);
  if (width == 0) {
    format::append_text(out, make_table(check_columns(), items), options);
    return out;
  }
  const std::vector<std::string> lines = lines_of(items, options);
  std::size_t widest = 0;
  for (const std::string& line : lines) widest = std::max(widest, shown_width(line));
  const bool beside = widest + 1 + least_beside <= width;
  const std::size_t column = beside ? widest + 1 : below;
  const std::size_t heads = lines.size() - items.size();
  for (std::size_t i = 0; i < lines.size(); ++i) {
    out += lines[i];
    const std::string advice = i < heads ? (beside ? "ADVICE" : "") : safe_text(items[i - heads].advice);
    append_advice(out, advice, beside ? shown_width(lines[i]) : column,
                  {.width = width, .column = column, .indent = column});
  }
  return out;
}

}  // namespace vigie::views
