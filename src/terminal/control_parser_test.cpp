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

/// The same with strings, as {]content}.
class ToldWithStrings final : public ControlSink {
 public:
  std::string line;
  void text(std::string_view bytes) override { line += bytes; }
  void escape(char /*intermediate*/, char final) override { line += std::string{'{', final, '}'}; }
  void sequence(const ControlSequence& sequence) override { line += std::string{'{', sequence.final, '}'}; }
  void string(char introducer, std::string_view content) override {
    line += std::string{'{', introducer}.append(content) + '}';
  }
};

std::string strings_in(std::string_view bytes) {
  ControlParser parser;
  ToldWithStrings told;
  parser.parse(bytes, told);
  return told.line;
}

TEST(ControlParser, TheFiveKindsOfStringsAreToldWithoutTheirEnds) {
  EXPECT_EQ(strings_in("a\x1b]0;title\ab"), "a{]0;title}b");
  for (const char introducer : std::string_view("]PX^_")) {
    const std::string begin{'\x1b', introducer};
    EXPECT_EQ(strings_in(begin + "c\x1b\\b"), std::string("{") + introducer + "c}b");
    EXPECT_EQ(strings_in(begin + "\a"), std::string("{") + introducer + "}");
  }
  EXPECT_EQ(strings_in("\x1b]c\x18x"), "x") << "cancelled";
  EXPECT_EQ(strings_in("\x1b]c\x1ax"), "x");
  EXPECT_EQ(strings_in("\x1b]a\nb\x7f\xc3\xa9\a"), "{]a\nb\x7f\xc3\xa9}") << "any other byte is content";
}

TEST(ControlParser, AStringThatIsTooLongIsLeftOutAndTheNextOneIsNot) {
  const std::string most(ControlParser::kLongestString - 2, 'x');
  EXPECT_EQ(strings_in("\x1b]" + most + "\a").size(), most.size() + 3);
  EXPECT_EQ(strings_in("\x1b]" + most + "x\aafter\x1b]0;t\a"), "after{]0;t}");
}

TEST(ControlParser, EachByteIsOfItsKindUpToTheLast) {
  EXPECT_EQ(told_of("\x1b A\x1b/A\x1b"
                    "0"),
            "{E A}{E/A}{E0}");
  EXPECT_EQ(told_of("\x1b[<1u\x1b[=1u\x1b[>1u\x1b[?1u"), "{S<1u}{S=1u}{S>1u}{S?1u}");
  EXPECT_EQ(told_of("\x1b[@\x1b[~\x1b[9/A\x1b[9 A"), "{S@}{S~}{S9/A}{S9 A}");
  EXPECT_EQ(told_of("\x1b[1\x1f"
                    "2A"),
            "\x1f{S12A}");
  EXPECT_EQ(told_of("\x1b[1\x7f"
                    "2A"),
            "{S12A}")
      << "DEL is passed over";
  EXPECT_EQ(told_of("\x1b[1\x80"
                    "2A"),
            "\x80"
            "2A")
      << "no sequence has such a byte";
  EXPECT_EQ(told_of("\x1b[1\x18x\x1b[1\x1ax\x1b\x18x"), "xxx");
  EXPECT_EQ(told_of("\x1b([x\x1b(]x"), "{E([}x{E(]}x");
}

TEST(ControlParser, AfterAMalformedOneTheNextIsTold) {
  for (const char* malformed : {"\x1b((B", "\x1b[ !p", "\x1b[??1h", "\x1b[1?h", "\x1b[ 1p", "\x1b[;?h"})
    EXPECT_EQ(told_of(std::string(malformed) + "x\x1b[1m\x1b(B"), "x{S1m}{E(B}") << malformed + 1;
  EXPECT_EQ(told_of("\x1b[1;2;3;4;5;6;7;8;9;10;11;12;13;14;15;16;17m\x1b[1;2m"),
            "{S1;2;3;4;5;6;7;8;9;10;11;12;13;14;15;16m}{S1;2m}");
}

TEST(ControlParser, NumbersGoAsFarAsAnyScreen) {
  EXPECT_EQ(told_of("\x1b[9998A\x1b[9999A\x1b[10000A\x1b[09A"), "{S9998A}{S9999A}{S9999A}{S9A}");
  EXPECT_EQ(told_of("\x1b[4:3m\x1b[4;:3m"), "{S4:3m}{S4;-1:3m}");
}

std::string unfinished_after(std::string_view bytes) {
  ControlParser parser;
  Told told;
  parser.parse(bytes, told);
  return parser.unfinished();
}

TEST(ControlParser, WhatIsNotCompleteIsKeptForAnotherTerminal) {
  for (const char* complete : {"", "text", "\x1b[1m", "\x1b]0;t\a", "\x1b]0;t\x1b\\", "\x1b[1\x18", "\x1b(B"})
    EXPECT_EQ(unfinished_after(complete), "");
  for (const char* begun : {"\x1b", "\x1b[", "\x1b[3", "\x1b(", "\x1b]0;t", "\x1b]0;t\x1b"})
    EXPECT_EQ(unfinished_after(std::string("x") + begun), begun);
  EXPECT_EQ(unfinished_after("\x1b[3\n1"), "\x1b[31") << "what took effect at once is not done twice";
  const std::string most = "\x1b[" + std::string(ControlParser::kLongestString - 2, '1');
  EXPECT_EQ(unfinished_after(most), most);
  EXPECT_EQ(unfinished_after(most + "1"), "\x1b[") << "what is left of it is a sequence, too";
  EXPECT_EQ(unfinished_after("\x1b]" + std::string(ControlParser::kLongestString, 'x')), "\x1b_")
      << "and of a string one that is ignored";
}

}  // namespace
}  // namespace vigie::terminal
