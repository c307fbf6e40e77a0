#include "terminal/late_screen.hpp"

#include <gtest/gtest.h>

#include <random>
#include <string>

#include "terminal/drawn_for_tests.hpp"

namespace vigie::terminal {
namespace {

/// Lines of up to `longest` characters, as a terminal gets them.
std::string flood(std::mt19937& random, std::size_t bytes, std::size_t longest, const char* line_end = "\r\n") {
  std::string text;
  while (text.size() < bytes) {
    for (std::size_t left = random() % (longest + 1); left > 0; --left) text += static_cast<char>(' ' + random() % 95);
    text += line_end;
  }
  return text;
}

/// The same bytes to both, cut anywhere, looked at now and then.
void expect_the_same(std::mt19937& random, const std::string& text, int rows, int columns) {
  Screen screen(rows, columns);
  LateScreen late(rows, columns);
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t count = std::min<std::size_t>(text.size() - at, 1 + random() % (random() % 8 == 0 ? 9 : 65536));
    screen.write(std::string_view(text).substr(at, count));
    late.write(std::string_view(text).substr(at, count));
    at += count;
    ASSERT_EQ(late.lines_scrolled(), screen.lines_scrolled());
    if (random() % 64 == 0) {
      ASSERT_EQ(drawn(late.now()), drawn(screen));
    }
  }
  ASSERT_EQ(drawn(late.now()), drawn(screen));
  ASSERT_EQ(late.lines_scrolled(), screen.lines_scrolled());
}

constexpr std::size_t much = 1300 << 10;  // more than is held back

TEST(LateScreen, OfAFloodTheSameIsLeft) {
  std::mt19937 random(7);
  for (const std::size_t longest : {1, 80, 4000}) expect_the_same(random, flood(random, much, longest), 24, 80);
  expect_the_same(random, flood(random, much, 7), 1, 2);
}

TEST(LateScreen, ALineFeedAloneKeepsItsColumn) {
  std::mt19937 random(8);
  expect_the_same(random, flood(random, much, 30, "\n"), 24, 80);
}

TEST(LateScreen, WhatIsNotPlainComesInItsOrder) {
  std::mt19937 random(9);
  std::string text;
  for (int part = 0; part < 24; ++part) {
    constexpr const char* between[] = {"\x1b[31m", "\x1b[2J",     "\x1b[3;9r", "\x1b[r",      "\x1b[?7l",
                                       "\x1b[?7h", "\x1b[?1049h", "x\ry",      "\x1b[?1049l", "\x1b[4h",
                                       "\x1b[4l",  "\x1b(0",      "\x1b(B",    "\xc3\xa9",    "\x1b["};
    text += flood(random, random() % (600 << 10), 120);
    text += between[random() % std::size(between)];
  }
  expect_the_same(random, text, 24, 80);
}

TEST(LateScreen, OneEndlessLine) {
  std::mt19937 random(10);
  expect_the_same(random, std::string(much, 'x'), 24, 80);
}

TEST(LateScreen, AResizeSeesWhatWasWritten) {
  std::mt19937 random(11);
  const std::string text = flood(random, 300 << 10, 90);
  Screen screen(24, 80);
  LateScreen late(24, 80);
  screen.write(text);
  late.write(text);
  screen.resize(30, 100);
  late.resize(30, 100);
  EXPECT_EQ(drawn(late.now()), drawn(screen));
}

}  // namespace
}  // namespace vigie::terminal
