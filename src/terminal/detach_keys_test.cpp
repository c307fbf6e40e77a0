#include "terminal/detach_keys.hpp"

#include <gtest/gtest.h>

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
  for (const char* keys : {"", ",", "ctrl-", "ctrl-1", "alt-x", "ab", "a,", "a,b,c,d,e,f,g,h,i"})
    EXPECT_EQ(typed_of(keys, {}), "refused") << keys;
}

}  // namespace
}  // namespace vigie::terminal
