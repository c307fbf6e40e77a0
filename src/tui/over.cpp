#include "tui/over.hpp"

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "base/text.hpp"
#include "format/folded.hpp"
#include "tui/actions.hpp"
#include "tui/deeds.hpp"
#include "tui/keys.hpp"
#include "tui/screen_view.hpp"

namespace vigie::tui {
namespace {

struct HelpLine {
  std::string_view keys, text;
};

/// The headings and the keys below each, as the table has them.
std::vector<HelpLine> help_lines(const ViewState& state) {
  std::vector<HelpLine> lines;
  std::string_view group;
  for (const Binding& binding : bindings()) {
    if (std::exchange(group, binding.group) != binding.group) {
      if (!lines.empty()) lines.push_back({});
      lines.push_back({.keys = {}, .text = binding.group});
    }
    const std::string_view keys = keys_of(binding, state);
    lines.push_back({.keys = keys.empty() ? "no key" : keys, .text = binding.help});
    if (binding.help == "the next screen") {
      for (const ScreenView& screen : screens())
        lines.push_back({.keys = std::string_view(&screen.key, 1), .text = screen.title});
    }
  }
  return lines;
}

/// Covers everything with a title and a last line; the rows in between are free.
void cover(Grid& grid, std::string_view title) {
  grid.clear({.row = 0, .column = 0, .rows = grid.rows(), .columns = grid.columns()});
  grid.put_cut(0, 0, title, grid.columns(), Role::title);
  grid.put_cut(grid.rows() - 1, 0, "up and down scroll, any other key goes back", grid.columns(), Role::dim);
}

/// The first line to show of so many.
std::size_t first_line(const Grid& grid, std::size_t wanted, std::size_t lines) {
  const auto room = static_cast<std::size_t>(std::max(grid.rows() - 2, 1));
  return std::min(wanted, lines > room ? lines - room : 0);
}

/// Sentences between words, and tables as they are: a grid cuts them.
std::vector<std::string> lines_of(const std::string& text, int columns) {
  constexpr std::size_t most_lines = 20'000;
  std::string folded;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    const std::string_view line = std::string_view(text).substr(begin, end - begin);
    const std::size_t indent = std::min(line.find_first_not_of(' '), line.size());
    const bool is_table = line.substr(indent).contains("  ");
    format::append_folded(
        folded, safe_text(line),
        {.width = is_table ? 0 : static_cast<std::size_t>(columns), .column = 0, .indent = indent + 2});
    begin = end + 1;
  }
  std::vector<std::string> lines;
  for (std::size_t begin = 0; begin < folded.size() && lines.size() < most_lines;) {
    const std::size_t end = std::min(folded.find('\n', begin), folded.size());
    lines.push_back(folded.substr(begin, end - begin));
    begin = end + 1;
  }
  return lines;
}

/// Lines between a title and what may be answered, over the middle of the screen.
void draw_dialogue(Grid& grid, std::string_view title, std::vector<std::string> lines, std::string_view answer) {
  const auto room = static_cast<std::size_t>(std::max(grid.rows() - 4, 1));
  if (lines.size() > room) {
    const std::size_t more = lines.size() - room + 1;
    lines.resize(room - 1);
    lines.push_back(fmt::format("and {} more", more));
  }
  const int rows = static_cast<int>(lines.size()) + 2, columns = std::min(grid.columns(), 100);
  const int left = (grid.columns() - columns) / 2, top = std::max((grid.rows() - rows) / 2, 0);
  grid.clear({.row = top, .column = left, .rows = rows, .columns = columns}, Role::dialogue);
  grid.put_cut(top, left + 1, title, columns - 2, Role::dialogue);
  for (std::size_t at = 0; at < lines.size(); ++at)
    grid.put_cut(top + 1 + static_cast<int>(at), left + 1, lines[at], columns - 2, Role::dialogue);
  grid.put_cut(top + rows - 1, left + 1, answer, columns - 2, Role::dialogue);
}

}  // namespace

void draw_help(Grid& grid, const ViewState& state) {
  cover(grid, "Keys of vigie top");
  const std::vector<HelpLine> lines = help_lines(state);
  std::size_t at = first_line(grid, state.help_top, lines.size());
  for (int row = 1; row < grid.rows() - 1 && at < lines.size(); ++row, ++at) {
    const HelpLine& line = lines[at];
    if (line.keys.empty()) {
      grid.put(row, 0, line.text, Role::strong);
      continue;
    }
    grid.put(row, 2, line.keys, Role::key, 11);
    grid.put_cut(row, 14, line.text, grid.columns() - 14);
  }
}

void draw_page(Grid& grid, const Page& page) {
  std::string title = "vigie";
  for (const std::string& word : page.words) title += " " + word;
  cover(grid, title);
  if (!page.text) {
    grid.put_cut(1, 0, "looks …", grid.columns(), Role::dim);
    return;
  }
  const std::vector<std::string> lines = lines_of(*page.text, grid.columns());
  std::size_t at = first_line(grid, page.top, lines.size());
  for (int row = 1; row < grid.rows() - 1 && at < lines.size(); ++row, ++at)
    grid.put_cut(row, 0, lines[at], grid.columns());
}

void draw_question(Grid& grid, const ViewState& state) {
  const bool possible = state.plan && state.plan->possible;
  draw_dialogue(grid, describe(state.order) + (possible ? " would hit:" : ""),
                state.plan ? state.plan->lines : std::vector<std::string>{"looks whom it would hit …"},
                possible ? "y does it, any other key does nothing" : "any key goes back");
}

void draw_leaving(Grid& grid, const ViewState& state) {
  std::vector<std::string> lines;
  for (const std::string& one : state.under_way) {
    for (std::string& line : lines_of(one, std::min(grid.columns(), 100) - 2)) lines.push_back(std::move(line));
  }
  draw_dialogue(grid, "This would be lost:", std::move(lines), "y quits all the same, any other key goes back");
}

}  // namespace vigie::tui
