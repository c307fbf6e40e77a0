#include "terminal/control_parser.hpp"

#include <gtest/gtest.h>

#include <string>

namespace vigie::terminal {
namespace {

/// What the parser told, in one line: text as it is, escapes as {E..}, sequences as {S..}.
class Told final : public ControlSink {
 public:
  std::string line;
  void text(std::string_view bytes) override { line += bytes; }
  void escape(char intermediate, char final) override {
    line += "{E";
    if (intermediate != 0) line += intermediate;
    line += std::string{final, '}'};
  }
  void sequence(const ControlSequence& sequence) override {
    line += "{S";
    if (sequence.leader != 0) line += sequence.leader;
    for (std::size_t i = 0; i < sequence.count; ++i) {
      if (i > 0) line += sequence.parameters[i].sub ? ':' : ';';
      line += std::to_string(sequence.parameters[i].value);
    }
    if (sequence.intermediate != 0) line += sequence.intermediate;
    line += std::string{sequence.final, '}'};
  }
};

std::string told_of(std::string_view bytes) {
  ControlParser parser;
  Told whole;
  parser.parse(bytes, whole);
  ControlParser another;
  Told pieces;
  for (const char byte : bytes) another.parse({&byte, 1}, pieces);
  EXPECT_EQ(whole.line, pieces.line) << "split into bytes it is told otherwise";
  return whole.line;
}

TEST(ControlParser, TellsTextEscapesAndSequences) {
  EXPECT_EQ(told_of("a\x1b[1;31mé\r\n\x1b[?25l\x1b(B\x1bM"), "a{S1;31m}é\r\n{S?25l}{E(B}{EM}");
}

TEST(ControlParser, AMissingParameterIsNotZero) {
  EXPECT_EQ(told_of("\x1b[;5H\x1b[H\x1b[0H\x1b[38:2::1:2:3m"), "{S-1;5H}{SH}{S0H}{S38:2:-1:1:2:3m}");
}

TEST(ControlParser, NumbersAndTheirCountAreBounded) {
  EXPECT_EQ(told_of("\x1b[99999999999999999999A"), "{S9999A}");
  EXPECT_EQ(told_of("\x1b[1;2;3;4;5;6;7;8;9;10;11;12;13;14;15;16;17;18m"),
            "{S1;2;3;4;5;6;7;8;9;10;11;12;13;14;15;16m}");
}

TEST(ControlParser, ControlCharactersWithinASequenceTakeEffect) {
  EXPECT_EQ(told_of("\x1b[3\n1mx"), "\n{S31m}x");
}

TEST(ControlParser, WhatIsMalformedIsLeftOut) {
  EXPECT_EQ(told_of("\x1b[1?2hx"), "x");
  EXPECT_EQ(told_of("\x1b[! 5px"), "x");
  EXPECT_EQ(told_of("\x1b[1\x18x"), "x");
  EXPECT_EQ(told_of("\x1b\x1b[1mx"), "{S1m}x");
  EXPECT_EQ(told_of("\x1b[1éx"), "éx");
}

TEST(ControlParser, StringsAreLeftOut) {
  EXPECT_EQ(told_of("\x1b]0;title\ax\x1bPq#0\x1b\\y\x1b_Ga\x1b\\z"), "xyz");
}

TEST(ControlParser, AStringThatNeverEndsDoesNotSwallowTheRest) {
  EXPECT_EQ(told_of("\x1b]0;title \x1b[31mred"), "{S31m}red");
}

}  // namespace
}  // namespace vigie::terminal
