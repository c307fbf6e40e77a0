// What a terminal's screen consists of, as plain data: written by Screen, read by redraw().
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <string>
#include <vector>

#include "terminal/terminal_settings.hpp"

namespace vigie::terminal {

struct Colour {
  enum class Kind : std::uint8_t { standard, indexed, rgb };
  Kind kind = Kind::standard;
  std::uint8_t red = 0;  ///< or the index, 0 to 255
  std::uint8_t green = 0, blue = 0;
  bool operator==(const Colour&) const = default;
};

/// How a character is drawn: what SGR (`CSI m`) sets.
struct Style {
  enum Attribute : std::uint8_t {
    bold = 1,
    faint = 2,
    italic = 4,
    blink = 8,
    reverse = 16,
    hidden = 32,
    strike = 64,
    overline = 128,
  };
  Colour foreground, background;
  std::uint8_t attributes = 0;
  std::uint8_t underline = 0;  ///< 0 none, 1 single, 2 double, 3 curly, 4 dotted, 5 dashed
  std::uint16_t extra = 0;     ///< what few characters have: ScreenState::extras[this]
  bool operator==(const Style&) const = default;
};

/// The rest of a style: kept once for all that have it, so that a cell stays small.
struct StyleExtra {
  Colour underline;         ///< SGR 58
  std::uint8_t frame = 0;   ///< SGR 51 framed, 52 encircled; 0: none
  std::uint8_t script = 0;  ///< SGR 73 superscript, 74 subscript; 0: none
  std::string link;         ///< OSC 8: "parameters;URI"; empty: none
  bool operator==(const StyleExtra&) const = default;
};

struct Cell {
  static constexpr char32_t wide_tail = 0xFFFFFFFF;  ///< the right half of a wide character; its left one is before it
  static constexpr char32_t first_cluster = 0x110000;  ///< from here on: ScreenState::clusters[character - this]
  char32_t character = 0;                              ///< 0: nothing was printed here
  Style style;
};

/// The cells of a line as far as something was done to them; what follows is blank.
using Line = std::vector<Cell>;

struct Cursor {
  int row = 0, column = 0;
  bool wrap_pending = false;  ///< the last column was printed to: the next character goes to the next line
  bool origin = false;        ///< DECOM: rows are counted from the scroll region's first
  Style style;
  std::array<char, 4> charsets{'B', 'B', 'B', 'B'};  ///< G0 to G3: 'B' ASCII, '0' line drawing, 'A' British
  std::uint8_t shift = 0;                            ///< which of them is in use
  bool operator==(const Cursor&) const = default;
};

/// Modes that last and that a screen knows; TerminalSettings has the others.
struct Modes {
  bool insert = false, newline = false;              // ANSI 4, 20
  bool cursor_keys = false, reverse_screen = false;  // DEC private, see private_flags
  bool autowrap = true, visible = true;
  bool keypad = false, focus = false, paste = false;
  int mouse = 0;           ///< 9, 1000, 1002 or 1003: one at a time
  int mouse_encoding = 0;  ///< 1005, 1006, 1015 or 1016
  int cursor_shape = 0;    ///< DECSCUSR
};

struct PrivateFlag {
  int number;
  bool Modes::* flag;
};
/// DEC private modes that are on or off (xterm's "ctlseqs").
inline constexpr std::array<PrivateFlag, 7> private_flags{{{1, &Modes::cursor_keys},
                                                           {5, &Modes::reverse_screen},
                                                           {7, &Modes::autowrap},
                                                           {25, &Modes::visible},
                                                           {66, &Modes::keypad},
                                                           {1004, &Modes::focus},
                                                           {2004, &Modes::paste}}};

struct Page {
  std::vector<Line> lines;  ///< a ring, so that scrolling moves nothing: the first row is lines[first]
  std::size_t first = 0;
  Cursor saved;  ///< by DECSC

  [[nodiscard]] std::size_t index(int row) const {
    const std::size_t index = first + static_cast<std::size_t>(row);
    return index < lines.size() ? index : index - lines.size();
  }
  [[nodiscard]] const Line& row(int number) const { return lines[index(number)]; }
  [[nodiscard]] Line& row(int number) { return lines[index(number)]; }
};

struct ScreenState {
  int rows = 1, columns = 2;
  Page main, alternate;  ///< the alternate one has lines only while it is shown
  bool on_alternate = false;
  Cursor cursor;
  int top = 0, bottom = 0;  ///< first and last row of the scroll region
  Modes modes;
  TerminalSettings settings;
  std::vector<bool> tabs;             ///< per column: a tab stop
  std::string title;                  ///< safe text, bounded
  std::string link;                   ///< of what is printed now, see StyleExtra
  bool had_links = false;             ///< a program has set one, sometime
  std::uint8_t single_shift = 0;      ///< SS2, SS3: the set of the next character alone; 0: none
  std::vector<StyleExtra> extras{1};  ///< the first one is that of a plain style
  std::vector<std::string> clusters;  ///< UTF-8: characters with their combining marks

  std::deque<Line> scrollback;       ///< lines that left the main screen at its top, bounded
  std::size_t scrollback_cells = 0;  ///< that there is memory for in them
  std::uint64_t lines_scrolled = 0;  ///< since the beginning, those that are not kept any more too

  [[nodiscard]] const Page& page() const { return on_alternate ? alternate : main; }
  [[nodiscard]] Page& page() { return on_alternate ? alternate : main; }
};

}  // namespace vigie::terminal
