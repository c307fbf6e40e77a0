// Drawing a text over the one before it on a terminal: only what changed is written, and marked.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace vigie::format {

/// A part of the terminal's screen that is drawn again and again, from its upper left corner.
class Redraw {
 public:
  /// What the terminal can show. Rows 0: not known, nothing is cut.
  struct Screen {
    std::size_t rows = 0, columns = 0;
    bool mark = true;  ///< changed words in reverse video (ECMA-48 SGR 7)

    friend bool operator==(const Screen&, const Screen&) = default;
  };

  /// Appends to `out` the bytes that turn the screen from the text drawn last into `text` (lines of safe text, SGR
  /// sequences allowed). The first text, and the first after the screen changed its size, is drawn whole and without
  /// marks. Lines that do not fit the rows are left out, and counted in the last line.
  void draw(std::string& out, std::string_view text, const Screen& screen);

 private:
  std::vector<std::string> lines_;  ///< as drawn last, without marks
  std::vector<bool> marked_;        ///< per line: it was drawn with marks
  Screen screen_;
  bool drawn_ = false;
};

}  // namespace vigie::format
