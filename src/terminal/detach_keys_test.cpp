#include "terminal/detach_keys.hpp"

#include <gtest/gtest.h>

#include <string>
#include <utility>

namespace vigie::terminal {
namespace {

/// What the run gets of these reads; "!" where the client detaches.
std::string typed_of(const char* keys, std::initializer_list<std::string_view> reads) {
  Result<DetachKeys> detach = DetachKeys::parse(keys);
  if (!detach) return "refused";
  std::string all;
  for (const std::string_view read : reads) {
    const auto found = detach->read(read);
    all += found.typed;
    if (found.detach) return all + "!";
  }
  return all;
}

TEST(DetachKeys, DetachWhereverTheyAreCut) {
  EXPECT_EQ(typed_of("ctrl-b,d", {"x\x02", "d"}), "x!");
  EXPECT_EQ(typed_of("ctrl-b,d", {"xy\x02\x64zz"}), "xy!");
  EXPECT_EQ(typed_of("ctrl-p,ctrl-q", {"\x10", "\x11"}), "!");
  EXPECT_EQ(typed_of("ctrl-]", {"a\x1d"}), "a!");
}

TEST(DetachKeys, TheFirstKeyTwiceIsSentOnce) {
  EXPECT_EQ(typed_of("ctrl-b,d", {"\x02\x02", "d"}), "\x02\x64");
  EXPECT_EQ(typed_of("ctrl-b,d", {"\x02", "\x02", "\x02", "d"}), "\x02!");
}

TEST(DetachKeys, WhatOnlyBeginsLikeThemIsTyped) {
  EXPECT_EQ(typed_of("ctrl-b,d", {"\x02", "x"}), "\x02x");
  EXPECT_EQ(typed_of("ctrl-a,b,ctrl-a,c", {"\x01", "b", "x"}),
            "\x01"
            "bx");
}

TEST(DetachKeys, AreKnownInTheFormsOfXtermAndKitty) {
  EXPECT_EQ(typed_of("ctrl-b,d", {"\x1b[27;5;98~", "d"}), "!");
  EXPECT_EQ(typed_of("ctrl-b,d", {"\x1b[98;5u", "x"}), "\x1b[98;5ux");
}

TEST(DetachKeys, AreKnownWithLocksReleasesAndOtherKeyboards) {
  EXPECT_EQ(typed_of("ctrl-b,d", {"\x1b[98;133ud"}), "!");                  // Num Lock
  EXPECT_EQ(typed_of("ctrl-b,d", {"\x1b[98;69u", "\x1b[100;65u"}), "!");    // Caps Lock
  EXPECT_EQ(typed_of("ctrl-b,d", {"\x1b[98;197u", "\x1b[100;193u"}), "!");  // both
  EXPECT_EQ(typed_of("ctrl-b,d", {"\x1b[57442;5u\x1b[98;5:1u\x1b[98;5:3u\x1b[57442;1:3u", "\x1b[100;1:1u"}),
            "\x1b[57442;5u!");
  EXPECT_EQ(typed_of("ctrl-b,d", {"\x1b[1080::98;5u", "\x1b[1074::100;1;1074u"}), "!");  // a Russian keyboard
  EXPECT_EQ(typed_of("ctrl-b,D", {"\x02", "\x1b[100:68;2;68u"}), "!");
  EXPECT_EQ(typed_of("ctrl-b,d", {"\x1b[27;133;98~", "d"}), "!");
  EXPECT_EQ(typed_of("ctrl-b,d", {"\x1b[98;7ud"}), "\x1b[98;7ud");  // with Alt it is another key
  EXPECT_EQ(typed_of("ctrl-b,d", {"\x1b[98;5:3ud"}), "\x1b[98;5:3ud");
}

TEST(DetachKeys, ASequenceMayComeInPieces) {
  EXPECT_EQ(typed_of("ctrl-b,d", {"\x1b[98", ";133", "u", "d"}), "!");
  EXPECT_EQ(typed_of("ctrl-b,d", {"\x1b[1;5", "A"}), "\x1b[1;5A");
  EXPECT_EQ(typed_of("ctrl-b,d", {"\x1b"}), "\x1b");
  EXPECT_EQ(typed_of("ctrl-b,d", {"\x1b["}), "\x1b[");
}

TEST(DetachKeys, AreSaidToPeople) {
  EXPECT_EQ(DetachKeys::parse("ctrl-b,d")->text(), "Ctrl-b d");
  EXPECT_EQ(DetachKeys::parse("ctrl-],x")->text(), "Ctrl-] x");
}

TEST(DetachKeys, NonsenseIsRefused) {
  for (const char* keys : {"", ",", "ctrl-", "ctrl-1", "alt-x", "ab", "a,", "a,b,c,d,e,f,g,h,i", " ", "\x7f", "ctrl-@",
                           "ctrl-`", "ctrl-{", "ctrl-?", "ctrl-ab", "alt--a"})
    EXPECT_EQ(typed_of(keys, {}), "refused") << keys;
}

TEST(DetachKeys, EveryKeyUpToTheLastOfItsKindIsOne) {
  for (const auto& [keys, said] : {std::pair{"!,~", "! ~"},
                                   {"ctrl-a,ctrl-z", "Ctrl-a Ctrl-z"},
                                   {"ctrl-A,ctrl-Z", "Ctrl-a Ctrl-z"},
                                   {"ctrl-[,ctrl-\\,ctrl-],ctrl-^,ctrl-_", "Ctrl-[ Ctrl-\\ Ctrl-] Ctrl-^ Ctrl-_"},
                                   {"a,b,c,d,e,f,g,h", "a b c d e f g h"}}) {
    const Result<DetachKeys> parsed = DetachKeys::parse(keys);
    ASSERT_TRUE(parsed) << keys;
    EXPECT_EQ(parsed->text(), said);
  }
}

TEST(DetachKeys, AReportIsOfAKeyOrOfAModifierAlone) {
  for (const int modifier : {57358, 57359, 57360, 57441, 57447, 57454})  // Caps Lock to Num Lock, shifts and the like
    EXPECT_EQ(typed_of("ctrl-b,d", {"\x02", "\x1b[" + std::to_string(modifier) + "u", "d"}), "!") << modifier;
  for (const int key : {57357, 57361, 57440, 57455}) {
    const std::string report = "\x1b[" + std::to_string(key) + "u";
    EXPECT_EQ(typed_of("ctrl-b,d", {"\x02", report, "d"}), "\x02" + report + "d") << key;
  }
  EXPECT_EQ(typed_of("ctrl-b,d", {"\x02", "\x1b[98;5:3u", "d"}), "!") << "it is let go";
  EXPECT_EQ(typed_of("ctrl-b,d", {"\x02", "\x1b[98;5:2u", "d"}), "\x1b[98;5:2ud") << "held down it is typed twice";
}

TEST(DetachKeys, AReportTellsItsCharacterByItsModifiers) {
  for (const char* tilde :
       {"\x1b[126u", "\x1b[126;1u", "\x1b[126;0u", "\x1b[96:126;2u", "\x1b[96;2;126u", "\x1b[126;2u", "\x1b[27;1;126~",
        "\x1b[27;2;126~", "\x1b[0000126u", "\x1b[126:1:2:3:4;1:1:1:1;7u"})
    EXPECT_EQ(typed_of("~", {tilde}), "!") << tilde + 1;
  for (const char* other : {"\x1b[127u", "\x1b[125u", "\x1b[126;3u", "\x1b[126;6u", "\x1b[96:126u", "\x1b[126~",
                            "\x1b[127;2u", "\x1b[126;1R", "\x1b[4294967422u", "\x1b[27;1~"})
    EXPECT_EQ(typed_of("~", {other}), other) << other + 1;
  EXPECT_EQ(typed_of("!", {"\x1b[33u"}), "!") << "the first of them";
}

TEST(DetachKeys, WhatBeginsLikeAReportIsHeldBackUntilItEndsOrIsTooLong) {
  for (const char* begun : {"\x1b[0", "\x1b[9", "\x1b[98;", "\x1b[98:"})
    EXPECT_EQ(typed_of("~", {begun}), "") << begun + 1;
  for (const char* none : {"\x1b[:", "\x1b[/", "\x1b[;", "\x1bO9"}) EXPECT_EQ(typed_of("~", {none}), none) << none + 1;
  const std::string most = "\x1b[" + std::string(62, '1');
  EXPECT_EQ(typed_of("~", {most}), "");
  EXPECT_EQ(typed_of("~", {most + "1"}), most + "1");
  EXPECT_EQ(typed_of("[", {most + "1"}), "\x1b!") << "byte by byte then";
}

TEST(DetachKeys, AfterAPartOfThemTheFirstKeyBeginsThemAnew) {
  EXPECT_EQ(typed_of("ctrl-a,b,c", {"\x01", "b", "\x01", "b", "c"}),
            "\x01"
            "b!");
  EXPECT_EQ(typed_of("ctrl-a,b,c", {"\x01\x01", "b", "c"}),
            "\x01"
            "bc")
      << "twice: sent once";
  EXPECT_EQ(typed_of("ctrl-a,b,c", {"\x01", "x", "b", "c"}), "\x01xbc");
}

}  // namespace
}  // namespace vigie::terminal
