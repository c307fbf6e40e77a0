#include "shim/screen.hpp"

#include <gtest/gtest.h>

namespace vigie::shim {
namespace {

TEST(Screen, ACarriageReturnOverwrites) {
  Screen screen(5, 40);
  screen.write("  1/9\r  2/9");
  EXPECT_EQ(screen.lines_up_from_cursor(1).at(0), "  2/9");
}

TEST(Screen, BytesMayBeSplitAnywhere) {
  const std::string bytes = "\x1b[31m 50%|█▋ |\x1b[0m done";
  Screen whole(5, 40);
  Screen pieces(5, 40);
  whole.write(bytes);
  for (const char byte : bytes) pieces.write({&byte, 1});
  EXPECT_EQ(whole.lines_up_from_cursor(1), pieces.lines_up_from_cursor(1));
  EXPECT_EQ(whole.lines_up_from_cursor(1).at(0), " 50%|█▋ | done");
}

TEST(Screen, LinesAboveTheCursorFollow) {
  Screen screen(5, 40);
  screen.write("one\r\ntwo\r\nthree");
  EXPECT_EQ(screen.lines_up_from_cursor(9), (std::vector<std::string>{"three", "two", "one"}));
}

TEST(Screen, SurvivesGarbageAndOddSizes) {
  Screen screen(0, 0);
  std::string garbage;
  for (int i = 0; i < 4096; ++i) garbage += static_cast<char>(i * 37 % 256);
  screen.write(garbage);
  screen.resize(1, 500);
  screen.write(garbage);
  EXPECT_EQ(screen.lines_up_from_cursor(3).size(), 1U);
}

}  // namespace
}  // namespace vigie::shim
