#include "terminal/redraw.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "base/utf8.hpp"

namespace vigie::terminal {
namespace {

constexpr int tab_width = 8;

void append_colour(std::string& out, const Colour& colour, int base) {
  const auto to = std::back_inserter(out);
  switch (colour.kind) {
    case Colour::Kind::standard: return;
    case Colour::Kind::rgb:
      fmt::format_to(to, ";{};2;{};{};{}", base + 8, colour.red, colour.green, colour.blue);
      return;
    case Colour::Kind::indexed: break;
  }
  if (colour.red < 8) {
    fmt::format_to(to, ";{}", base + colour.red);
  } else if (colour.red < 16) {
    fmt::format_to(to, ";{}", base + 60 + colour.red - 8);
  } else {
    fmt::format_to(to, ";{};5;{}", base + 8, colour.red);
  }
}

/// With colons: terminals that do not know it pass over all of it.
void append_underline_colour(std::string& out, const Colour& colour) {
  const auto to = std::back_inserter(out);
  if (colour.kind == Colour::Kind::indexed) fmt::format_to(to, ";58:5:{}", colour.red);
  if (colour.kind == Colour::Kind::rgb) fmt::format_to(to, ";58:2::{}:{}:{}", colour.red, colour.green, colour.blue);
}

void append_link(std::string& out, std::string_view link) {
  out.append("\x1b]8;").append(link.empty() ? ";" : link).append("\x1b\\");
}

void append_style(std::string& out, const Style& style, const std::vector<StyleExtra>& extras) {
  constexpr std::array<std::pair<Style::Attribute, std::string_view>, 8> numbers{{{Style::bold, ";1"},
                                                                                  {Style::faint, ";2"},
                                                                                  {Style::italic, ";3"},
                                                                                  {Style::blink, ";5"},
                                                                                  {Style::reverse, ";7"},
                                                                                  {Style::hidden, ";8"},
                                                                                  {Style::strike, ";9"},
                                                                                  {Style::overline, ";53"}}};
  out += "\x1b[0";
  for (const auto& [attribute, number] : numbers) {
    if ((style.attributes & attribute) != 0) out += number;
  }
  if (style.underline == 1) out += ";4";
  if (style.underline > 1) fmt::format_to(std::back_inserter(out), ";4:{}", style.underline);
  append_colour(out, style.foreground, 30);
  append_colour(out, style.background, 40);
  const StyleExtra& extra = extras[style.extra];
  append_underline_colour(out, extra.underline);
  if (extra.frame != 0) fmt::format_to(std::back_inserter(out), ";{}", extra.frame);
  if (extra.script != 0) fmt::format_to(std::back_inserter(out), ";{}", extra.script);
  out += 'm';
}

bool is_plain_blank(const Cell& cell) {
  return (cell.character == 0 || cell.character == ' ') && cell.style == Style{};
}

/// Cells of the line up to its last visible one within `columns`.
std::size_t shown_length(const Line& line, int columns) {
  std::size_t end = std::min(line.size(), static_cast<std::size_t>(columns));
  if (end < line.size() && line[end].character == Cell::wide_tail) --end;  // half a character is none
  while (end > 0 && is_plain_blank(line[end - 1])) --end;
  return end;
}

/// Draws what is in the rows; the page is clear and the style standard.
void append_page(std::string& out, const ScreenState& state, const Page& page, const RedrawFor& viewer) {
  const int rows = std::min(state.rows, viewer.rows);
  for (int row = 0; row < rows; ++row) {
    const Line& line = page.row(row);
    if (shown_length(line, std::min(state.columns, viewer.columns)) == 0) continue;
    fmt::format_to(std::back_inserter(out), "\x1b[{}H", row + 1);
    append_line(out, line, std::min(state.columns, viewer.columns), state);
  }
}

/// The lines flow through the screen and out at its top.
void append_scrollback(std::string& out, const ScreenState& state, const RedrawFor& viewer) {
  const std::size_t count = std::min(viewer.scrollback_lines, state.scrollback.size());
  if (count == 0) return;
  std::size_t rows_used = 0;
  const auto columns = static_cast<std::size_t>(viewer.columns);
  for (std::size_t i = state.scrollback.size() - count; i < state.scrollback.size(); ++i) {
    const Line& line = state.scrollback[i];
    append_line(out, line, static_cast<int>(line.size()), state);
    rows_used += std::max<std::size_t>((line.size() + columns - 1) / columns, 1);
    out += "\r\n";
  }
  fmt::format_to(std::back_inserter(out), "\x1b[{}H", viewer.rows);
  out.append(std::min(rows_used, static_cast<std::size_t>(viewer.rows) - 1), '\n');
  out += "\x1b[H\x1b[J";
}

/// Style and character sets, as the last thing: they apply to all that is printed after them.
void append_pen(std::string& out, const Cursor& cursor, const std::vector<StyleExtra>& extras) {
  constexpr std::array<std::string_view, 4> designations{"\x1b(", "\x1b)", "\x1b*", "\x1b+"};
  constexpr std::array<std::string_view, 4> shifts{"", "\x0e", "\x1bn", "\x1bo"};
  append_style(out, cursor.style, extras);
  for (std::size_t set = 0; set < designations.size(); ++set) {
    if (cursor.charsets[set] != 'B') out.append(designations[set]) += cursor.charsets[set];
  }
  out += shifts[cursor.shift];
}

/// The cursor that DECSC kept. The scroll region is the whole screen here, so rows count from the first either way.
void append_saved(std::string& out, const Cursor& saved, const std::vector<StyleExtra>& extras) {
  out += saved.origin ? "\x1b[?6h" : "\x1b[?6l";
  fmt::format_to(std::back_inserter(out), "\x1b[{};{}H", saved.row + 1, saved.column + 1);
  append_pen(out, saved, extras);
}

constexpr std::string_view plain_pen = "\x1b[m\x1b(B\x1b)B\x0f\x1b[?6l";

void append_cursor(std::string& out, const ScreenState& state) {
  const Cursor& cursor = state.cursor;
  if (cursor.origin) out += "\x1b[?6h";
  const int row = cursor.row - (cursor.origin ? state.top : 0);
  int column = cursor.column;
  const Line& line = state.page().row(cursor.row);
  Cell last;
  if (cursor.wrap_pending && std::ssize(line) > column) {
    last = line[static_cast<std::size_t>(column)];
    if (last.character == Cell::wide_tail) last = line[static_cast<std::size_t>(--column)];
  }
  fmt::format_to(std::back_inserter(out), "\x1b[{};{}H", row + 1, column + 1);
  if (cursor.wrap_pending) {  // only printing there brings a terminal into that state
    const std::string& link = state.extras[last.style.extra].link;
    append_style(out, last.style, state.extras);
    if (!link.empty()) append_link(out, link);
    append_character(out, last.character, state.clusters);
    if (!link.empty()) append_link(out, {});
  }
  append_pen(out, cursor, state.extras);
}

void append_tabs(std::string& out, const ScreenState& state) {
  bool usual = true;
  for (std::size_t column = 0; column < state.tabs.size(); ++column)
    usual = usual && state.tabs[column] == (column > 0 && column % tab_width == 0);
  if (usual) return;
  out += "\x1b[3g";
  for (std::size_t column = 0; column < state.tabs.size(); ++column) {
    if (state.tabs[column]) fmt::format_to(std::back_inserter(out), "\x1b[{}G\x1bH", column + 1);
  }
}

void append_modes(std::string& out, const Modes& modes) {
  const auto to = std::back_inserter(out);
  for (const auto& [number, flag] : private_flags) {
    if (number == 66) continue;  // older and better known as ESC =
    if (modes.*flag != Modes{}.*flag) fmt::format_to(to, "\x1b[?{}{}", number, modes.*flag ? 'h' : 'l');
  }
  if (modes.keypad) out += "\x1b=";
  if (modes.insert) out += "\x1b[4h";
  if (modes.newline) out += "\x1b[20h";
  if (modes.mouse != 0) fmt::format_to(to, "\x1b[?{}h", modes.mouse);
  if (modes.mouse_encoding != 0) fmt::format_to(to, "\x1b[?{}h", modes.mouse_encoding);
  if (modes.cursor_shape != 0) fmt::format_to(to, "\x1b[{} q", modes.cursor_shape);
}

}  // namespace

void append_character(std::string& out, char32_t character, const std::vector<std::string>& clusters) {
  if (character == Cell::wide_tail) return;
  if (character >= Cell::first_cluster) {
    out += clusters[character - Cell::first_cluster];
  } else {
    append_utf8(out, character == 0 ? U' ' : character);
  }
}

void append_line(std::string& out, const Line& line, int columns, const ScreenState& state) {
  const std::size_t end = shown_length(line, columns);
  Style style;
  for (std::size_t i = 0; i < end; ++i) {
    if (line[i].style != style && line[i].character != Cell::wide_tail) {
      const std::string& link = state.extras[line[i].style.extra].link;
      if (link != state.extras[style.extra].link) append_link(out, link);
      append_style(out, style = line[i].style, state.extras);
    }
    append_character(out, line[i].character, state.clusters);
  }
  if (!state.extras[style.extra].link.empty()) append_link(out, {});
  if (style != Style{}) out += "\x1b[m";
}

namespace {

/// Kitty's flags are kept for each screen: those of the one that is not shown are set in passing.
void append_keys(std::string& out, const ScreenState& state) {
  if (state.settings.keys(true).touched && !state.on_alternate) {
    out += "\x1b[?1047h";
    state.settings.keys(true).append_to(out);
    out += "\x1b[?1047l";
  }
  state.settings.keys(false).append_to(out);
}

}  // namespace

std::string redraw(const ScreenState& state, const RedrawFor& viewer) {
  std::string out;
  if (state.had_links) append_link(out += "\x18\x1b\\", {});
  state.settings.append_taking_back(out);
  out += terminal_reset;
  append_keys(out, state);
  out += "\x1b[H\x1b[J";
  append_scrollback(out, state, viewer);
  append_page(out, state, state.main, viewer);
  append_saved(out, state.main.saved, state.extras);
  if (state.on_alternate) {
    out += "\x1b[?1049h";  // saves the cursor, too
    state.settings.keys(true).append_to(out);
    out += plain_pen;
    out += "\x1b[H\x1b[J";
    append_page(out, state, state.alternate, viewer);
    append_saved(out, state.alternate.saved, state.extras);
  }
  out += "\x1b\x37";
  out += plain_pen;
  if (!state.title.empty()) out += "\x1b]2;" + state.title + "\x07";
  append_tabs(out, state);
  if (state.top != 0 || state.bottom != state.rows - 1)
    fmt::format_to(std::back_inserter(out), "\x1b[{};{}r", state.top + 1, state.bottom + 1);
  // Before the pen: terminals that do not know how keys are set take it for a style.
  state.settings.append_to(out);
  append_cursor(out, state);
  append_modes(out, state.modes);
  if (!state.link.empty()) append_link(out, state.link);
  if (state.single_shift != 0) out += state.single_shift == 2 ? "\x1bN" : "\x1bO";
  return out;
}

}  // namespace vigie::terminal
