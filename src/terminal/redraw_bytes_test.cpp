// In which bytes a redraw says what a screen is like: those that most terminals know.
#include <gtest/gtest.h>

#include <clocale>
#include <string>
#include <utility>
#include <vector>

#include "terminal/drawn_for_tests.hpp"
#include "terminal/screen.hpp"

namespace vigie::terminal {
namespace {

class RedrawBytes : public testing::Test {
 protected:
  static void SetUpTestSuite() { std::setlocale(LC_CTYPE, "C.UTF-8"); }
};

/// What the screen says of how "x" is drawn, after it was set like this.
std::string style_of(const std::string& parameters) {
  Screen screen(8, 24);
  screen.write("\x1b[" + parameters + "mx");
  const std::string all = drawn(screen);
  const std::size_t end = all.find("mx");
  const std::size_t begin = all.rfind('\x1b', end);
  return all.substr(begin + 2, end - begin - 2);
}

TEST_F(RedrawBytes, EveryStyleIsWrittenInTheWordsThatMostTerminalsKnow) {
  for (const auto& [set, written] : std::vector<std::pair<std::string, std::string>>{{"30", "0;30"},
                                                                                     {"37", "0;37"},
                                                                                     {"38;5;7", "0;37"},
                                                                                     {"38;5;8", "0;90"},
                                                                                     {"97", "0;97"},
                                                                                     {"38;5;15", "0;97"},
                                                                                     {"38;5;16", "0;38;5;16"},
                                                                                     {"38;5;255", "0;38;5;255"},
                                                                                     {"38;5;256", "0;38;5;255"},
                                                                                     {"40", "0;40"},
                                                                                     {"48;5;7", "0;47"},
                                                                                     {"100", "0;100"},
                                                                                     {"48;5;15", "0;107"},
                                                                                     {"48;5;16", "0;48;5;16"},
                                                                                     {"38;2;1;2;3", "0;38;2;1;2;3"},
                                                                                     {"48;2;1;2;3", "0;48;2;1;2;3"},
                                                                                     {"38:2::1:2:3", "0;38;2;1;2;3"},
                                                                                     {"38:2:1:2:3", "0;38;2;1;2;3"},
                                                                                     {"38;2;0;0;256", "0;38;2;0;0;255"},
                                                                                     {"1", "0;1"},
                                                                                     {"2", "0;2"},
                                                                                     {"3", "0;3"},
                                                                                     {"4", "0;4"},
                                                                                     {"5", "0;5"},
                                                                                     {"6", "0;5"},
                                                                                     {"7", "0;7"},
                                                                                     {"8", "0;8"},
                                                                                     {"9", "0;9"},
                                                                                     {"21", "0;4:2"},
                                                                                     {"53", "0;53"},
                                                                                     {"4:1", "0;4"},
                                                                                     {"4:2", "0;4:2"},
                                                                                     {"4:5", "0;4:5"},
                                                                                     {"4:6", "0;4:5"},
                                                                                     {"58;5;9", "0;58:5:9"},
                                                                                     {"58;2;1;2;3", "0;58:2::1:2:3"},
                                                                                     {"51", "0;51"},
                                                                                     {"52", "0;52"},
                                                                                     {"73", "0;73"},
                                                                                     {"74", "0;74"},
                                                                                     {"31;44;1;4", "0;1;4;31;44"}})
    EXPECT_EQ(style_of(set), written) << set;
  for (const char* nothing : {"10", "20", "26", "29", "36;39", "45;49", "50", "56", "72", "76", "89", "98", "99", "108",
                              "4:0", "38:5", "38:2:1:2", "38;2;1;2", "38;5"}) {
    Screen screen(8, 24), plain(8, 24);
    screen.write("\x1b[" + std::string(nothing) + "mx");
    plain.write("x");
    EXPECT_EQ(drawn(screen), drawn(plain)) << nothing;
  }
}

TEST_F(RedrawBytes, EachModeIsSetInItsOwnWord) {
  Screen plain(8, 24);
  for (const auto& [set, written] : std::vector<std::pair<std::string, std::string>>{{"\x1b[?1h", "\x1b[?1h"},
                                                                                     {"\x1b[?5h", "\x1b[?5h"},
                                                                                     {"\x1b[?7l", "\x1b[?7l"},
                                                                                     {"\x1b[?25l", "\x1b[?25l"},
                                                                                     {"\x1b[?66h", "\x1b="},
                                                                                     {"\x1b=", "\x1b="},
                                                                                     {"\x1b[?1004h", "\x1b[?1004h"},
                                                                                     {"\x1b[?2004h", "\x1b[?2004h"},
                                                                                     {"\x1b[4h", "\x1b[4h"},
                                                                                     {"\x1b[20h", "\x1b[20h"},
                                                                                     {"\x1b[?9h", "\x1b[?9h"},
                                                                                     {"\x1b[?1000h", "\x1b[?1000h"},
                                                                                     {"\x1b[?1002h", "\x1b[?1002h"},
                                                                                     {"\x1b[?1003h", "\x1b[?1003h"},
                                                                                     {"\x1b[?1005h", "\x1b[?1005h"},
                                                                                     {"\x1b[?1006h", "\x1b[?1006h"},
                                                                                     {"\x1b[?1015h", "\x1b[?1015h"},
                                                                                     {"\x1b[?1016h", "\x1b[?1016h"},
                                                                                     {"\x1b[1 q", "\x1b[1 q"},
                                                                                     {"\x1b[6 q", "\x1b[6 q"},
                                                                                     {"\x1b[7 q", "\x1b[6 q"},
                                                                                     {"\x1b[?6h", "\x1b[?6h\x1b[1;1H"},
                                                                                     {"\x1b[2;5r", "\x1b[2;5r"},
                                                                                     {"\x1b[1;7r", "\x1b[1;7r"},
                                                                                     {"\x1b[2;8r", "\x1b[2;8r"},
                                                                                     {"\x1bN", "\x1bN"},
                                                                                     {"\x1bO", "\x1bO"},
                                                                                     {"\x1b]2;t\a", "\x1b]2;t\a"},
                                                                                     {"\x1b]0;t\a", "\x1b]2;t\a"},
                                                                                     {"\x1b)0\x0e", "\x1b)0\x0e"},
                                                                                     {"\x1b*0\x1bn", "\x1b*0\x1bn"},
                                                                                     {"\x1b+A\x1bo", "\x1b+A\x1bo"}}) {
    Screen screen(8, 24);
    screen.write(set);
    EXPECT_NE(drawn(screen).find(written), std::string::npos) << set.substr(1);
    EXPECT_EQ(drawn(plain).find(written), std::string::npos) << "not what every screen says: " << written.substr(1);
  }
}

TEST_F(RedrawBytes, TabStopsThatAreTheUsualOnesAreNotSaid) {
  Screen screen(2, 24);
  EXPECT_EQ(drawn(screen).find("\x1b[3g"), std::string::npos);
  screen.write("\x1b[4G\x1bH");
  EXPECT_NE(drawn(screen).find("\x1b[3g\x1b[4G\x1bH\x1b[9G\x1bH\x1b[17G\x1bH"), std::string::npos);
}

TEST_F(RedrawBytes, LinesThatScrolledAwayFlowThroughTheViewersScreen) {
  Screen screen(2, 8);
  screen.write("one\r\n\r\nabcdefgh\r\nfour");
  const auto for_viewer = [&](int rows, int columns, std::size_t lines) {
    return screen.redraw({.rows = rows, .columns = columns, .scrollback_lines = lines});
  };
  EXPECT_NE(for_viewer(2, 8, 9).find("\x1b[H\x1b[Jone\r\n\r\n\x1b[2H\n\x1b[H\x1b[J"), std::string::npos);
  EXPECT_NE(for_viewer(5, 8, 9).find("one\r\n\r\n\x1b[5H\n\n\x1b[H\x1b[J"), std::string::npos)
      << "two rows were used: so many push them out";
  EXPECT_NE(for_viewer(5, 2, 9).find("one\r\n\r\n\x1b[5H\n\n\n\x1b[H\x1b[J"), std::string::npos)
      << "the first line takes two rows of a narrow one";
  EXPECT_EQ(for_viewer(5, 8, 1).find("one"), std::string::npos);
  EXPECT_NE(for_viewer(5, 8, 1).find("\x1b[H\x1b[J\r\n\x1b[5H\n\x1b[H\x1b[J"), std::string::npos);
  EXPECT_EQ(for_viewer(5, 8, 0).find("\x1b[5H"), std::string::npos);
}

TEST_F(RedrawBytes, NoMoreIsShownThanFits) {
  Screen screen(3, 8);
  screen.write("abcd\r\n日本日\r\n\x1b[41m \x1b[m \x1b[3;1Hx  ");
  const std::string wide = screen.redraw({.rows = 3, .columns = 8, .scrollback_lines = 0});
  EXPECT_NE(wide.find("\x1b[1Habcd\x1b[2H日本日\x1b[3Hx"), std::string::npos) << "and no blanks behind it";
  const std::string narrow = screen.redraw({.rows = 2, .columns = 3, .scrollback_lines = 0});
  EXPECT_NE(narrow.find("\x1b[1Habc\x1b[2H日\x1b["), std::string::npos) << "half a character is none";
  EXPECT_EQ(narrow.find("\x1b[3H"), std::string::npos);
  EXPECT_NE(screen.redraw({.rows = 2, .columns = 4, .scrollback_lines = 0}).find("\x1b[1Habcd\x1b[2H日本\x1b["),
            std::string::npos);
}

}  // namespace
}  // namespace vigie::terminal
