// Pictures that stay as they are: their text lies in tests/fixtures/tui. VIGIE_REGENERATE=1 writes what there is now;
// the difference is to be looked at.
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>

#include <fmt/format.h>

#include "tui/picture_for_tests.hpp"

namespace vigie::tui {

inline void expect_golden(const std::string& name, const std::string& now) {
  const std::string path = fmt::format("{}/tui/{}.txt", VIGIE_FIXTURES, name);
  if (std::getenv("VIGIE_REGENERATE") != nullptr) std::ofstream(path) << now;
  std::ifstream file(path);
  const std::string before{std::istreambuf_iterator<char>(file), {}};
  EXPECT_EQ(now, before) << "VIGIE_REGENERATE=1 writes " << path;
}

/// The picture without colours: below each row what its cells are besides, `b` bold, `r` reverse, `u` underlined.
inline std::string colourless_text(const Grid& grid) {
  std::string text;
  for (int row = 0; row < grid.rows(); ++row) {
    std::string marks;
    for (int column = 0; column < grid.columns(); ++column) {
      const Look look = look_of(grid.at(row, column).role, Colours::none);
      marks += look.reverse ? 'r' : look.underline ? 'u' : look.bold ? 'b' : ' ';
    }
    marks.erase(marks.find_last_not_of(' ') + 1);
    text += grid.text(row) + "\n" + (marks.empty() ? "" : marks + "\n");
  }
  return text;
}

/// A screen within terminals of three sizes: without the line of the title and that of the keys.
inline void expect_golden_at_all_sizes(const std::string& name, DrawScreen draw, const Window& window,
                                       ViewState state) {
  for (const Size size : {Size{24, 80}, Size{40, 120}, Size{50, 200}}) {
    const std::string file = fmt::format("{}-{}x{}", name, size.columns, size.rows);
    expect_golden(file, text_of(draw(window, state, {size.rows - 2, size.columns}).grid));
  }
  expect_golden(name + "-colourless-80x24", colourless_text(draw(window, state, {22, 80}).grid));
  state.symbols = Symbols::ascii;
  expect_golden(name + "-ascii-80x24", text_of(draw(window, state, {22, 80}).grid));
}

}  // namespace vigie::tui
