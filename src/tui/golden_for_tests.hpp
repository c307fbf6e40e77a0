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

inline void expect_golden(const std::string& name, const Grid& grid) {
  const std::string path = fmt::format("{}/tui/{}.txt", VIGIE_FIXTURES, name);
  const std::string now = text_of(grid);
  if (std::getenv("VIGIE_REGENERATE") != nullptr) std::ofstream(path) << now;
  std::ifstream file(path);
  const std::string before{std::istreambuf_iterator<char>(file), {}};
  EXPECT_EQ(now, before) << "VIGIE_REGENERATE=1 writes " << path;
}

/// A screen within terminals of three sizes: without the line of the title and that of the keys.
inline void expect_golden_at_all_sizes(const std::string& name, DrawScreen draw, const Window& window,
                                       ViewState state) {
  for (const Size size : {Size{24, 80}, Size{40, 120}, Size{50, 200}}) {
    const std::string file = fmt::format("{}-{}x{}", name, size.columns, size.rows);
    expect_golden(file, draw(window, state, {size.rows - 2, size.columns}).grid);
  }
  state.symbols = Symbols::ascii;
  expect_golden(name + "-ascii-80x24", draw(window, state, {22, 80}).grid);
}

}  // namespace vigie::tui
