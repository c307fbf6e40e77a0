#include "tui/prose.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "base/text.hpp"
#include "format/folded.hpp"
#include "views/finding_columns.hpp"

namespace vigie::tui {
namespace {

constexpr std::size_t label_columns = 12;

std::vector<std::string> folded_lines(std::string_view safe, const format::Fold& fold) {
  std::string text;
  format::append_folded(text, safe, fold);
  std::vector<std::string> lines;
  for (const std::string_view line : lines_in(text)) lines.emplace_back(line);
  return lines;
}

struct ProseLine {
  std::string text;
  Role role = Role::normal;
  bool labelled = false;  ///< its first columns are a label
};

/// A labelled line, folded below its text and not below its label.
void append_detail(std::vector<ProseLine>& lines, std::string_view detail, std::size_t width) {
  const std::string_view label = detail.substr(0, std::min(label_columns, detail.size()));
  // Where a line has hardly room for more than the label, the text goes below it.
  const std::size_t indent = width >= 3 * label_columns ? label_columns : 2;
  bool first = indent == label_columns;
  if (!first) lines.push_back({.text = std::string(label), .labelled = true});
  const std::string_view text = detail.substr(label.size());
  for (const std::string& line : folded_lines(text, {.width = width, .column = indent, .indent = indent})) {
    const bool began = line.starts_with(std::string(indent, ' '));
    const std::string whole = first ? std::string(label) + line : (began ? "" : std::string(indent, ' ')) + line;
    lines.push_back({.text = whole, .labelled = first});
    first = false;
  }
}

std::vector<ProseLine> lines_of(const Conclusion& conclusion, int columns, bool open) {
  std::vector<ProseLine> lines;
  if (!open) return {{.text = conclusion.headline, .role = conclusion.role}};
  const auto width = static_cast<std::size_t>(std::max(columns, 1));
  for (std::string& line : folded_lines(conclusion.headline, {.width = width, .indent = 2}))
    lines.push_back({.text = std::move(line), .role = conclusion.role});
  for (const std::string& detail : conclusion.details) append_detail(lines, detail, width);
  return lines;
}

/// Where not all fit, what to do stands before the evidence, and the last line says that there is more.
std::vector<ProseLine> lines_that_fit(Conclusion conclusion, int columns, int rows, bool open) {
  std::vector<ProseLine> lines = lines_of(conclusion, columns, open);
  const auto room = static_cast<std::size_t>(std::max(rows, 0));
  if (lines.size() <= room) return lines;
  std::ranges::stable_partition(conclusion.details, [](const std::string& one) { return one.starts_with("  do "); });
  lines = lines_of(conclusion, columns, open);
  lines.resize(room);
  if (room >= 3) lines.back() = {.text = "  …         w says all of it", .role = Role::dim};
  return lines;
}

bool is_headline_of(std::string_view line, const Finding& finding) {
  return line.contains(fmt::format("[{}, {}, ", finding.rule, name_of(finding.severity)));
}

}  // namespace

int draw_prose(Grid& grid, int row, int rows, std::string_view raw, Role role) {
  const auto width = static_cast<std::size_t>(std::max(grid.columns(), 1));
  int drawn = 0;
  for (const std::string& line : folded_lines(safe_text(raw), {.width = width})) {
    if (drawn >= rows) break;
    grid.put_cut(row + drawn++, 0, line, grid.columns(), role);
  }
  return drawn;
}

std::vector<std::string_view> lines_in(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    lines.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

std::vector<Conclusion> conclusions_of(const views::Verdict& verdict) {
  std::vector<Conclusion> all;
  auto finding = verdict.findings.begin();
  for (const std::string_view line : lines_in(verdict.text)) {
    if (line.starts_with("  ") && !all.empty()) {
      all.back().details.emplace_back(line);
      continue;
    }
    Conclusion& one = all.emplace_back();
    one.headline = std::string(line);
    if (finding == verdict.findings.end() || !is_headline_of(line, *finding)) continue;
    one.severity = finding->severity;
    one.role = role_of(views::paint_of(finding->severity));
    one.subject = finding->subject;
    one.rule = std::string(finding->rule);
    ++finding;
  }
  return all;
}

std::string detail_line(std::string_view label, std::string_view raw) {
  return fmt::format("  {:<9} {}", label, safe_text(raw));
}

int rows_of(const Conclusion& conclusion, int columns, bool open) {
  return static_cast<int>(lines_of(conclusion, columns, open).size());
}

int draw_conclusion(Grid& grid, int row, int rows, const Conclusion& conclusion, bool open) {
  int drawn = 0;
  for (const ProseLine& line : lines_that_fit(conclusion, grid.columns(), rows, open)) {
    grid.put_cut(row + drawn, 0, line.text, grid.columns(), line.role);
    if (line.labelled)
      grid.paint({.row = row + drawn, .column = 0, .rows = 1, .columns = static_cast<int>(label_columns)}, Role::dim);
    ++drawn;
  }
  return drawn;
}

}  // namespace vigie::tui
