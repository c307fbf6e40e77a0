// A screen that draws a flood of plain text only when it is looked at, and only the part that is not gone by then.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "terminal/screen.hpp"

namespace vigie::terminal {

/// Answers as a Screen does that was given the same bytes. Most of a log's cost to a run is its screen. In text without
/// escape sequences, whole screens may be skipped that scrolled out of the scrollback unseen.
class LateScreen {
 public:
  LateScreen(int rows, int columns) : screen_(rows, columns) {}

  void write(std::string_view bytes);
  void resize(int rows, int columns) { now().resize(rows, columns); }
  [[nodiscard]] int rows() const { return screen_.rows(); }
  [[nodiscard]] int columns() const { return screen_.columns(); }
  [[nodiscard]] std::uint64_t lines_scrolled() const { return screen_.lines_scrolled_after(late_rows_); }
  /// Plain text asks nothing.
  [[nodiscard]] std::string take_answers() { return screen_.take_answers(); }
  /// With all that was written.
  [[nodiscard]] Screen& now();

 private:
  [[nodiscard]] std::size_t gone_by_now() const;

  Screen screen_;
  std::string late_;        ///< plain text that is not drawn yet
  PlainPosition position_;  ///< behind it
  std::uint64_t late_rows_ = 0;
};

}  // namespace vigie::terminal
