// The screen of a run: a terminal model of what its program drew.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "terminal/control_parser.hpp"
#include "terminal/redraw.hpp"
#include "terminal/screen_state.hpp"

namespace vigie::terminal {

/// Where plain text (printable ASCII and line ends) leaves the cursor's column, and how many rows it goes down on the
/// way.
struct PlainPosition {
  int columns = 1;           ///< of the screen
  bool newline = false;      ///< a line feed alone goes to the first column, too
  std::uint64_t column = 0;  ///< where the next character goes; `columns` when that wraps

  std::uint64_t advance(std::string_view text);
};

/// A terminal's screen, of the kind that xterm is. Feed it the bytes the program wrote; ask what is on it. Widths of
/// characters are those of the process's locale (wcwidth).
class Screen final : ControlSink {
 public:
  /// Sizes beyond 1 to 1000 rows and 2 to 1000 columns are brought within: a wide character takes two columns.
  Screen(int rows, int columns);

  /// Any bytes, split anywhere: UTF-8 and escape sequences may be cut between calls.
  void write(std::string_view bytes);
  void resize(int rows, int columns);
  [[nodiscard]] int rows() const { return state_.rows; }
  [[nodiscard]] int columns() const { return state_.columns; }

  /// The lines from the one `below` the cursor's upwards (the lowest first, at most `count`), UTF-8, trailing blanks
  /// removed.
  [[nodiscard]] std::vector<std::string> lines_up_from_cursor(int count, int below = 0) const;

  /// Bytes that make a terminal show this screen, whatever it showed before. After them it can be given the program's
  /// further output as it comes.
  [[nodiscard]] std::string redraw(const RedrawFor& viewer) const;
  /// Lines that left the main screen at its top since the beginning.
  [[nodiscard]] std::uint64_t lines_scrolled() const { return state_.lines_scrolled; }

  /// Whether plain text would be drawn line below line, and scroll the whole screen: no modes, margins or character
  /// sets that change it, no alternate screen, and no sequence that is not over yet.
  [[nodiscard]] bool scrolls_plainly() const;
  [[nodiscard]] bool starts_lines_at_once() const { return state_.modes.newline; }
  [[nodiscard]] PlainPosition plain_position() const;
  /// lines_scrolled() when plain text has gone so many rows further down.
  [[nodiscard]] std::uint64_t lines_scrolled_after(std::uint64_t rows) const;
  /// Passes over plain text that ends a line, as lines of more than the capacity follow.
  void skip(std::string_view text);
  /// After more than so many lines or cells nothing older is left, neither on the screen nor above it.
  struct Capacity {
    std::size_t lines = 0, cells = 0;
  };
  [[nodiscard]] Capacity capacity() const;

  /// What a terminal would have answered to the program's questions since the last call (where the cursor is, what kind
  /// of terminal this is).
  [[nodiscard]] std::string take_answers();

 private:
  void text(std::string_view bytes) override;
  void escape(char intermediate, char final) override;
  void sequence(const ControlSequence& sequence) override;
  void string(char introducer, std::string_view content) override;

  // screen.cpp: printing, moving lines
  void finish_cut_character();
  [[nodiscard]] bool prints_ascii() const;
  void control(unsigned char byte);
  void print_ascii(std::string_view run);
  void print(char32_t code);
  void put(char32_t character, int width);
  void combine(char32_t mark);
  void repeat_last_character(int times);
  void line_feed();
  void reverse_line_feed();
  [[nodiscard]] Line& line(int row);
  void erase(int row, int from, int to);
  void insert_blanks(int count);
  void delete_characters(int count);
  void scroll_up(int first, int last, int count);
  void remove_lines(int first, int last, int count);
  void scroll_down(int first, int last, int count);
  void blank(Line& line) const;
  void keep_scrolled(Line& line);
  void resize_page(Page& page, int rows, int dropped);
  void move_to(int row, int column);

  // screen_style.cpp: how characters look
  void set_style(const ControlSequence& sequence);
  void set_extra(StyleExtra wanted);
  void find_unused_extras();
  void set_link(std::string_view content);
  void keep_title(const ControlSequence& sequence);

  // screen_sequences.cpp: what escape sequences do
  void fill_with_e();
  void reset();
  void soft_reset();
  void save_cursor() { state_.page().saved = state_.cursor; }
  void restore_cursor();
  void move(const ControlSequence& sequence);
  void edit(const ControlSequence& sequence);
  void erase_display(int what);
  void erase_line(int what);
  void set_region(const ControlSequence& sequence);
  void set_mode(int mode, bool on);
  void set_private_mode(int mode, bool on);
  [[nodiscard]] std::optional<bool> private_mode(int mode) const;
  void save_modes(const ControlSequence& sequence);
  void restore_modes(const ControlSequence& sequence);
  void show_alternate(bool on);
  void tab(int count);
  void private_sequence(const ControlSequence& sequence);
  void answer(std::string_view text);
  void report(const ControlSequence& sequence);

  ScreenState state_;
  ControlParser parser_;
  std::string cut_;              // the first bytes of a character whose last ones are still to come
  char32_t last_character_ = 0;  // for REP: what was printed just before, 0 for nothing
  std::unordered_map<std::string, char32_t> cluster_numbers_;
  std::unordered_map<std::string, std::uint16_t> extra_numbers_;
  std::vector<std::uint16_t> unused_extras_;
  std::size_t extra_bytes_ = 0;      // of the links among them
  std::size_t refused_extras_ = 0;   // for want of room
  std::vector<std::string> titles_;  // put away
  std::map<int, bool> saved_modes_;
  std::string answers_;
};

}  // namespace vigie::terminal
