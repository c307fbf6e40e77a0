#include "lab/monitors.hpp"

#include <gtest/gtest.h>

namespace vigie::lab {
namespace {

using enum Area;

constexpr BitSet<Area> all = BitSet<Area>(cpu) | memory | disk | network;

TEST(Monitors, ClassicTools) {
  EXPECT_EQ(watched_by({"vmstat", "1"}), BitSet<Area>(cpu) | memory | disk);
  EXPECT_EQ(watched_by({"/usr/bin/iostat", "-xz", "1"}), BitSet<Area>(cpu) | disk);
  EXPECT_EQ(watched_by({"python3", "-u", "/usr/bin/dstat", "-cdngy"}), all);
  EXPECT_EQ(watched_by({"sar", "-n", "DEV", "1"}), BitSet<Area>(network));
  EXPECT_EQ(watched_by({"sar", "1"}), BitSet<Area>(cpu));
}

TEST(Monitors, WhatWatchRunsInWhicheverForm) {
  EXPECT_EQ(watched_by({"watch", "-n", "1", "free", "-h"}), BitSet<Area>(memory));
  EXPECT_EQ(watched_by({"watch", "-n", "1", "ss -tn | head"}), BitSet<Area>(network));
}

TEST(Monitors, Vigie) {
  EXPECT_EQ(watched_by({"vigie", "stat", "all", "1"}), all);
  EXPECT_EQ(watched_by({"./vigie", "stat", "disk", "net", "2"}), BitSet<Area>(disk) | network);
  EXPECT_EQ(watched_by({"vigie", "mem", "-w"}), BitSet<Area>(memory));
  EXPECT_EQ(watched_by({"vigie", "logs", "-f", "all"}), BitSet<Area>());
}

TEST(Monitors, WhatOnlyNamesATool) {
  EXPECT_EQ(watched_by({"grep", "vmstat"}), BitSet<Area>());
  EXPECT_EQ(watched_by({"vi", "top"}), BitSet<Area>());
  EXPECT_EQ(watched_by({}), BitSet<Area>());
}

}  // namespace
}  // namespace vigie::lab
