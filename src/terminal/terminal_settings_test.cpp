#include "terminal/terminal_settings.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "terminal/settings_watch.hpp"

namespace vigie::terminal {
namespace {

/// Settings as they are found in what a program prints.
class Heard final : public ControlSink {
 public:
  TerminalSettings settings;
  bool on_alternate = false;
  void text(std::string_view /*bytes*/) override {}
  void escape(char /*intermediate*/, char /*final*/) override {}
  void sequence(const ControlSequence& sequence) override { settings.heed(sequence, on_alternate); }
  void string(char /*introducer*/, std::string_view content) override { settings.heed_command(content); }
  void see(std::string_view bytes) { parser_.parse(bytes, *this); }

 private:
  ControlParser parser_;
};

std::string set_by(std::string_view bytes) {
  Heard heard;
  heard.see(bytes);
  std::string out;
  heard.settings.append_to(out);
  return out;
}

std::string taken_back(std::string_view bytes) {
  Heard heard;
  heard.see(bytes);
  std::string out;
  heard.settings.append_taking_back(out);
  return out;
}

struct Case {
  const char *printed, *set, *back;
};

void expect(const std::vector<Case>& cases) {
  for (const auto& [printed, set, back] : cases) {
    EXPECT_EQ(set_by(printed), set) << testing::PrintToString(printed);
    EXPECT_EQ(taken_back(printed), back) << testing::PrintToString(printed);
  }
}

TEST(TerminalSettings, ModesAreSetAsTheyWereAndTakenBackWhereTheyAreUnusual) {
  expect({{"\x1b[?2031h", "\x1b[?2031h", "\x1b[?2031l"},
          {"\x1b[?2031l", "\x1b[?2031l", ""},
          {"\x1b[?12;45h", "\x1b[?12h\x1b[?45h", "\x1b[?12l\x1b[?45l"},
          {"\x1b[?8l", "\x1b[?8l", "\x1b[?8h"},
          {"\x1b[?8h", "\x1b[?8h", ""},
          {"\x1b[12l", "\x1b[12l", "\x1b[12h"},
          {"\x1b[12h", "\x1b[12h", ""},
          {"\x1b[13h", "\x1b[13h", "\x1b[13l"},
          {"\x1b[8h", "\x1b[8h", "\x1b[8l"},
          {"\x1b[1h", "\x1b[1h", "\x1b[1l"}});
}

TEST(TerminalSettings, WhatTheScreenActsOnIsNoneOfThem) {
  for (const int mode : {0,    1,    2,    3,    5,    6,    7,    9,    25,   38,   40,   47,   66,
                         1000, 1002, 1003, 1004, 1005, 1006, 1015, 1016, 1047, 1048, 1049, 2004, 2026})
    EXPECT_EQ(set_by("\x1b[?" + std::to_string(mode) + "h"), "") << mode;
  for (const char* other :
       {"\x1b[4h", "\x1b[20h", "\x1b[0h", "\x1b[>5h", "\x1b[?5$h", "\x1b[?u", "\x1b[3u", "\x1b[?1m"})
    EXPECT_EQ(set_by(other), "") << other + 1;
}

TEST(TerminalSettings, SixtyFourModesAreKnownAtMost) {
  std::string many;
  for (int mode = 3000; mode < 3100; ++mode) many += "\x1b[?" + std::to_string(mode) + "h";
  EXPECT_EQ(std::ranges::count(set_by(many), 'h'), 64);
  const std::string changed = set_by(many + "\x1b[?3063l\x1b[?3064l");
  EXPECT_EQ(std::ranges::count(changed, 'l'), 1) << "one that is known can still be changed";
}

std::string keys_after(std::string_view bytes, bool of_alternate = false) {
  Heard heard;
  heard.see(bytes);
  std::string out;
  heard.settings.keys(of_alternate).append_to(out);
  return out;
}

TEST(TerminalSettings, KittysFlagsAndWhatIsBelowThem) {
  const std::string none = "\x1b[<99u\x1b[=0u";
  EXPECT_EQ(keys_after("\x1b[?u\x1b[u"), "") << "asked for, and not set";
  EXPECT_EQ(keys_after("\x1b[>1u"), none + "\x1b[>1u");
  EXPECT_EQ(keys_after("\x1b[=5u"), none + "\x1b[=5u");
  EXPECT_EQ(keys_after("\x1b[=5;1u"), none + "\x1b[=5u");
  EXPECT_EQ(keys_after("\x1b[=1u\x1b[=4;2u"), none + "\x1b[=5u") << "added";
  EXPECT_EQ(keys_after("\x1b[=5u\x1b[=4;3u"), none + "\x1b[=1u") << "taken away";
  EXPECT_EQ(keys_after("\x1b[=5u\x1b[>1u\x1b[>2u"), none + "\x1b[=5u\x1b[>1u\x1b[>2u");
  EXPECT_EQ(keys_after("\x1b[>1u\x1b[>2u\x1b[<u"), none + "\x1b[>1u");
  EXPECT_EQ(keys_after("\x1b[>1u\x1b[>2u\x1b[<2u"), none);
  EXPECT_EQ(keys_after("\x1b[=5u\x1b[<u"), none) << "below the last there is nothing";
  EXPECT_EQ(keys_after("\x1b[=5u\x1b[>1u\x1b[<9u"), none);
  std::string many;
  for (int flags = 1; flags <= 20; ++flags) many += "\x1b[>" + std::to_string(flags) + "u";
  EXPECT_EQ(std::ranges::count(keys_after(many), '>'), 16) << "the lowest go";
  EXPECT_TRUE(keys_after(many).starts_with(none + "\x1b[=4u\x1b[>5u"));
}

TEST(TerminalSettings, KittysFlagsAreOfOneScreen) {
  Heard heard;
  heard.on_alternate = true;
  heard.see("\x1b[>1u");
  EXPECT_TRUE(heard.settings.keys(true).touched);
  EXPECT_FALSE(heard.settings.keys(false).touched);
  std::string out;
  heard.settings.keys(false).append_taking_back(out);
  EXPECT_EQ(out, "");
  heard.settings.keys(true).append_taking_back(out);
  EXPECT_EQ(out, "\x1b[<99u\x1b[=0u");
}

TEST(TerminalSettings, HowKeysAreSentGoesBackToTheTerminalsOwn) {
  expect({{"\x1b[>4;2m", "\x1b[>4;2m", "\x1b[>4m"},
          {"\x1b[>4;1m", "\x1b[>4;1m", "\x1b[>4m"},
          {"\x1b[>4;0m", "", ""},
          {"\x1b[>4;2m\x1b[>4m", "", ""},
          {"\x1b[>1;3m", "\x1b[>1;3m", "\x1b[>1m"},
          {"\x1b[>1;0m", "\x1b[>1;0m", "\x1b[>1m"},
          {"\x1b[>1;3m\x1b[>1m", "", "\x1b[>1m"},
          {"\x1b[>1;3m\x1b[>1;m", "", "\x1b[>1m"},
          {"\x1b[>1n", "\x1b[>1;0m", "\x1b[>1m"},
          {"\x1b[>1;3n", "\x1b[>1;0m", "\x1b[>1m"},
          {"\x1b[>1;3f", "\x1b[>1;3f", "\x1b[>1f"},
          {"\x1b[>1;3m\x1b[>2;1f\x1b[>m", "\x1b[>2;1f", "\x1b[>2f\x1b[>1m"},
          {"\x1b[>1;3m\x1b[>2;1f\x1b[>f", "\x1b[>1;3m", "\x1b[>2f\x1b[>1m"},
          {"\x1b[>7;1m", "\x1b[>7;1m", "\x1b[>7m"},
          {"\x1b[>8;1m", "", ""},
          {"\x1b[4;2m", "", ""},
          {"\x1b[>4;2p", "", ""}});
}

TEST(TerminalSettings, ColoursAreSetAndGoBackToTheTerminalsOwn) {
  expect({{"\x1b]4;1;red\a", "\x1b]4;1;red\x1b\\", "\x1b]104;1\x1b\\"},
          {"\x1b]4;1;red;2;blue\a", "\x1b]4;1;red\x1b\\\x1b]4;2;blue\x1b\\", "\x1b]104;1\x1b\\\x1b]104;2\x1b\\"},
          {"\x1b]5;0;red\a", "\x1b]5;0;red\x1b\\", "\x1b]105;0\x1b\\"},
          {"\x1b]10;a;b\a", "\x1b]10;a\x1b\\\x1b]11;b\x1b\\", "\x1b]110\x1b\\\x1b]111\x1b\\"},
          {"\x1b]19;a;b\a", "\x1b]19;a\x1b\\", "\x1b]119\x1b\\"},
          {"\x1b]10;?;b\a", "\x1b]11;b\x1b\\", "\x1b]111\x1b\\"},
          {"\x1b]4;511;red\a", "\x1b]4;511;red\x1b\\", "\x1b]104;511\x1b\\"},
          {"\x1b]4;0;red\a\x1b]104;0\a", "", "\x1b]104;0\x1b\\"},
          {"\x1b]4;1;red;2;blue\a\x1b]104;2\a", "\x1b]4;1;red\x1b\\", "\x1b]104;1\x1b\\\x1b]104;2\x1b\\"},
          {"\x1b]4;1;red;2;blue\a\x1b]104\a", "", "\x1b]104;1\x1b\\\x1b]104;2\x1b\\"},
          {"\x1b]4;1;red\a\x1b]5;1;red\a\x1b]105\a", "\x1b]4;1;red\x1b\\", "\x1b]104;1\x1b\\\x1b]105;1\x1b\\"},
          {"\x1b]10;red\a\x1b]110\a", "", "\x1b]110\x1b\\"},
          {"\x1b]19;red\a\x1b]119\a", "", "\x1b]119\x1b\\"}});
  for (const char* none : {"3;1;red", "6;1;red", "9;red", "20;red", "4;512;red", "4;1;?", "4;x;red", "4;-1;red", "4;1;",
                           "4;1;a b", "4;1", "x;1;red", "4x;1;red", "-4;1;red", "103", "106", "109", "120", ""}) {
    EXPECT_EQ(set_by("\x1b]" + std::string(none) + "\a"), "") << none;
    EXPECT_EQ(taken_back("\x1b]" + std::string(none) + "\a"), "") << none;
  }
  const std::string most(64, 'x');
  EXPECT_NE(set_by("\x1b]4;1;" + most + "\a"), "");
  EXPECT_EQ(set_by("\x1b]4;1;" + most + "x\a"), "");
}

TEST(TerminalSettings, SixHundredColoursAreKnownAtMost) {
  std::string many;
  for (const char* kind : {"4", "5"}) {
    for (int index = 0; index < 512; ++index)
      many += std::string("\x1b]") + kind + ";" + std::to_string(index) + ";red\a";
  }
  EXPECT_EQ(std::ranges::count(set_by(many), ']'), 600);
}

TEST(TerminalSettings, OfSomeCommandsTheLatestIsInForce) {
  const std::string most(64, 'x');
  expect({{"\x1b]22;text\a", "\x1b]22;text\x1b\\", "\x1b]22;\x1b\\"},
          {"\x1b]22;text\a\x1b]22;\a", "", "\x1b]22;\x1b\\"},
          {"\x1b]9;4;1;50\a", "\x1b]9;4;1;50\x1b\\", "\x1b]9;4;0\x1b\\"},
          {"\x1b]9;4;1;50\a\x1b]9;4;0\a", "", "\x1b]9;4;0\x1b\\"},
          {"\x1b]9;4;1;50\a\x1b]9;4;0;50\a", "", "\x1b]9;4;0\x1b\\"},
          {"\x1b]9;4;01\a", "\x1b]9;4;01\x1b\\", "\x1b]9;4;0\x1b\\"},
          {"\x1b]22;a b\a", "", ""},
          {"\x1b]9;5\a", "", ""}});
  EXPECT_EQ(set_by("\x1b]22;" + most + "\a"), "\x1b]22;" + most + "\x1b\\");
  EXPECT_EQ(set_by("\x1b]22;" + most + "x\a"), "");
}

TEST(TerminalSettings, AResetTakesBackWhatItCanAndRemembersWhatWasTouched) {
  Heard heard;
  heard.see("\x1b[?2031h\x1b[?8l\x1b[12l\x1b[13h\x1b[>1u\x1b[>4;2m\x1b[>1;3m\x1b]4;1;red\a\x1b]22;text\a");
  heard.settings.reset();
  std::string set, back, keys;
  heard.settings.append_to(set);
  heard.settings.append_taking_back(back);
  heard.settings.keys(false).append_to(keys);
  EXPECT_EQ(set, "\x1b[?8h\x1b[?2031l\x1b[12h\x1b[13l");
  EXPECT_EQ(back, "\x1b[>1m\x1b]104;1\x1b\\\x1b]22;\x1b\\") << "another terminal may have missed the reset";
  EXPECT_EQ(keys, "\x1b[<99u\x1b[=0u");
}

TEST(TerminalSettings, OfAModeThatWasNeverSetNothingIsKnown) {
  Heard heard;
  heard.see("\x1b[?2031h\x1b[?45l");
  ASSERT_NE(heard.settings.private_mode(2031), nullptr);
  EXPECT_TRUE(*heard.settings.private_mode(2031));
  EXPECT_FALSE(*heard.settings.private_mode(45));
  EXPECT_EQ(heard.settings.private_mode(46), nullptr);
}

TEST(SettingsWatch, GivesBackWhatAProgramSetAndNothingElse) {
  SettingsWatch plain;
  plain.see("text\x1b[31m\x1bP8;;x\x1b\\");
  EXPECT_EQ(plain.before_reset(), "\x18\x1b\\") << "what was begun would swallow what follows";
  EXPECT_EQ(plain.after_reset(), "");
  SettingsWatch watch;
  watch.see("\x1b[?2031h\x1b[>1u\x1b]8;;http://x/\x1b\\link\x1b]8;;\x1b\\\x1b]4;1;red\a");
  EXPECT_EQ(watch.before_reset(), "\x18\x1b\\\x1b[?2031l\x1b]104;1\x1b\\\x1b[<99u\x1b[=0u\x1b]8;;\x1b\\");
  EXPECT_EQ(watch.after_reset(), "\x1b[<99u\x1b[=0u");
}

}  // namespace
}  // namespace vigie::terminal
