#include "cli/log_view.hpp"

#include <gtest/gtest.h>

namespace vigie::cli {
namespace {

TEST(LogView, ABarDrawnThreeTimesIsOneLine) {
  LogView view(false);
  EXPECT_EQ(view.show("\r 1/3\r 2/3\r 3/3\r\ndone\r\n"), " 3/3\ndone\n");
}

TEST(LogView, EscapeSequencesOfTheRunNeverReachTheTerminal) {
  EXPECT_EQ(collapse_line("\x1b[31mred\x1b[0m \x1b]0;title\a!"), "red !");
  EXPECT_EQ(collapse_line("\x1b]52;c;aGk=\x1b\\x"), "x");
  EXPECT_EQ(collapse_line("bell\a").find('\a'), std::string::npos);
}

TEST(LogView, ASequenceCutAtTheEndIsDropped) {
  for (const char* text : {"a\x1b", "a\x1b[", "a\x1b[3", "a\x1b]0;t"}) EXPECT_EQ(collapse_line(text), "a") << text;
}

TEST(LogView, LinesSplitAnywhereAreWhole) {
  LogView view(false);
  std::string shown;
  for (const char byte : std::string("one\r\ntwo")) shown += view.show({&byte, 1});
  EXPECT_EQ(shown + view.end(), "one\ntwo\n");
}

TEST(LogView, RawIsRaw) {
  LogView view(true);
  EXPECT_EQ(view.show("\x1b[1m\r\n"), "\x1b[1m\r\n");
}

}  // namespace
}  // namespace vigie::cli
