// A run's output for reading: progress bars collapsed to their last state, escape sequences obeyed and never passed on.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <limits>
#include <string>
#include <string_view>

#include "terminal/control_parser.hpp"

namespace vigie::terminal {

/// Turns raw terminal output into safe lines, piece by piece. It draws on the last lines as a terminal would – carriage
/// returns, backspaces, cursor movements, erasing – and gives a line away when nothing can change it any more, so that
/// a bar drawn a thousand times is one line. Lines are not wrapped. What is drawn on the alternate screen is left out.
class LogView : private ControlSink {
 public:
  /// The lines that `bytes` pushed off the screen.
  [[nodiscard]] std::string show(std::string_view bytes);
  /// Nothing more comes for now: also the finished lines that are still on the screen, but for those that the program
  /// has been going back to (bars above bars).
  [[nodiscard]] std::string settle();
  /// Nothing more comes: all that is left.
  [[nodiscard]] std::string end();
  /// The line that the cursor is in, as it is now, safe.
  [[nodiscard]] std::string current() const;

 private:
  static constexpr std::int64_t nothing = std::numeric_limits<std::int64_t>::max();

  struct Row {
    std::u32string cells;  ///< code points by column; 0 beside a wide one; invalid bytes beyond the last code point
    bool shown = false;    ///< given away, and not changed since
  };
  struct Position {
    std::int64_t row = 0;  ///< absolute
    std::size_t column = 0;
  };

  void text(std::string_view bytes) override;
  void escape(char intermediate, char final) override;
  void sequence(const ControlSequence& sequence) override;

  void control(char byte);
  void put(char32_t code);
  void put_plain(std::string_view ascii);
  void line_feed();
  void go_to_row(std::int64_t index);
  void go_up(std::int64_t by);
  void erase_in_line(int which);
  void erase_in_screen(int which);
  void edit_line(char final, std::size_t count);
  void edit_screen(char final, std::size_t count);
  void set_modes(const ControlSequence& sequence);
  void move_cursor(const ControlSequence& sequence);
  void restore();
  Row& changed_row();
  void give(Row& row);

  ControlParser parser_;
  std::deque<Row> rows_{Row{}};
  std::int64_t first_ = 0;  ///< absolute number of rows_[0]
  std::size_t row_ = 0;     ///< the cursor's, in rows_
  std::size_t column_ = 0;  ///< the cursor's
  Position saved_;
  std::int64_t redrawn_begin_ = nothing, redrawn_end_ = 0;  ///< absolute rows that the program has been going back to
  bool going_up_ = false;                                   ///< no line feed since it last did
  bool alternate_ = false;
  std::string cut_;       ///< the first bytes of a character whose last ones are still to come
  char32_t last_ = U' ';  ///< the last character, for REP
  std::string out_;
};

}  // namespace vigie::terminal
