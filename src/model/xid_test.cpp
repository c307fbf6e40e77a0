#include "model/xid.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace vigie {
namespace {

unsigned leading(std::vector<unsigned> numbers) {
  return leading_xid(numbers);
}

TEST(Xid, WhatFollowsAnErrorDoesNotReplaceIt) {
  EXPECT_EQ(leading({62, 45, 45, 45}), 62U);
  EXPECT_EQ(leading({31, 154}), 31U);
  EXPECT_EQ(leading({45, 62}), 62U) << "whatever came first";
  EXPECT_EQ(leading({154}), 154U);
}

TEST(Xid, HardwareIsTheCauseOfWhatAProgramSuffers) {
  EXPECT_EQ(leading({13, 79}), 79U);
  EXPECT_EQ(leading({63, 31}), 31U);
  EXPECT_EQ(leading({48, 63, 94, 45}), 48U) << "of one kind the first";
  EXPECT_EQ(leading({38, 109}), 38U);
  EXPECT_EQ(leading({13, 109}), 13U) << "the GPU cannot change programs because one of them went wrong";
  EXPECT_EQ(leading({31, 62, 45}), 62U);
}

TEST(Xid, ANumberThatIsNotKnownHidesNoneThatIs) {
  EXPECT_EQ(xid_of(999).kind, XidKind::unknown);
  EXPECT_EQ(leading({777, 79}), 79U);
  EXPECT_EQ(leading({160, 48}), 48U);
  EXPECT_EQ(leading({107, 119}), 119U);
  EXPECT_EQ(leading({63, 777}), 777U);
  EXPECT_EQ(xid_of(999).text, "");
  EXPECT_EQ(xid_of(63).kind, XidKind::notice);
}

TEST(Xid, ErrorsOfNvlinkMayBeHarmless) {
  for (const unsigned number : {144U, 150U}) EXPECT_TRUE(may_be_harmless(number)) << number;
  for (const unsigned number : {143U, 151U}) EXPECT_FALSE(may_be_harmless(number)) << number;
}

}  // namespace
}  // namespace vigie
