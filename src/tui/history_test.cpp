#include "tui/history.hpp"

#include <gtest/gtest.h>

#include "tui/picture_for_tests.hpp"

namespace vigie::tui {
namespace {

/// The host at that second: CPU time and wall clock have gone on.
std::shared_ptr<const Frame> host_at(std::int64_t second) {
  views::Scene scene = small_host();
  scene.snapshot.before.boot_ns += second * nanoseconds_per_second;
  scene.snapshot.after = scene.snapshot.before;
  scene.snapshot.after.wall_ns = second * nanoseconds_per_second;
  scene.snapshot.processes[2].user_ticks = static_cast<std::uint64_t>(second) * 50;
  Frame frame = scene.frame();
  frame.findings.push_back({.rule = "hung",
                            .subject = "resnet",
                            .summary = "second " + std::to_string(second),
                            .evidence = {},
                            .causes = {},
                            .actions = {}});
  return std::make_shared<const Frame>(std::move(frame));
}

TEST(Histories, WhatWasSeenIsSeenAgainWithItsRatesAndItsFindings) {
  History history(1 << 20);
  for (std::int64_t second = 0; second < 5; ++second) history.add(host_at(second));
  const Window window = history.until(2);
  EXPECT_TRUE(window.past);
  EXPECT_EQ(window.moments.size(), 3U);
  EXPECT_EQ(window.frame->snapshot->after.wall_ns, 2 * nanoseconds_per_second);
  EXPECT_EQ(window.frame->findings.front().summary, "second 2");
  EXPECT_NEAR(*window.frame->delta.processes[2].cpu_percent, 50, 0.1);
}

TEST(Histories, NowIsNotThePast) {
  History history(1 << 20);
  EXPECT_EQ(history.until().frame, nullptr);
  history.add(host_at(0));
  const std::shared_ptr<const Frame> newest = host_at(1);
  history.add(newest);
  EXPECT_FALSE(history.until().past);
  EXPECT_EQ(history.until().frame, newest);
  EXPECT_FALSE(history.until(1).past);
}

TEST(Histories, TheOldestGoWhereThereIsNoRoomAndAreNotShownAsOthers) {
  History history(2'000);
  for (std::int64_t second = 0; second < 50; ++second) history.add(host_at(second));
  EXPECT_GT(history.oldest(), 0U);
  EXPECT_LT(history.newest() - history.oldest(), 49U);
  const Window window = history.until(0);
  EXPECT_EQ(window.frame->snapshot->after.wall_ns,
            static_cast<std::int64_t>(history.oldest()) * nanoseconds_per_second);
}

TEST(Histories, ATimeIsTheFirstFrameThatIsNotBeforeThatSecond) {
  History history(1 << 20);
  for (const std::int64_t second : {100, 102, 104}) history.add(host_at(second));
  EXPECT_EQ(history.at(100 * nanoseconds_per_second), 0U);
  EXPECT_EQ(history.at(101 * nanoseconds_per_second + 5), 1U);
  EXPECT_EQ(history.at(104 * nanoseconds_per_second + 999), 2U);
  EXPECT_FALSE(history.at(99 * nanoseconds_per_second));
  EXPECT_FALSE(history.at(105 * nanoseconds_per_second));
}

TEST(Histories, WhatIsSavedBeginsWithTheSnapshotBeforeSoThatItHasRates) {
  History history(2'000);
  for (std::int64_t second = 0; second < 50; ++second) history.add(host_at(second));
  ASSERT_GT(history.oldest(), 0U);
  EXPECT_EQ(history.snapshots().size(), history.newest() - history.oldest() + 2);
  EXPECT_EQ(history.snapshots(history.newest()).size(), 2U);
  EXPECT_EQ(history.snapshots(history.oldest()).size(), 2U);
}

TEST(Histories, MomentsOfALongTimeAreBoundedAndKeepTheirNumbers) {
  History history(1 << 24);
  for (std::int64_t second = 0; second < 4000; ++second) history.add(host_at(second));
  EXPECT_LT(history.until().moments.size(), 3700U);
  const Window window = history.until(history.oldest());
  EXPECT_EQ(window.moments.back().wall_ns, window.frame->snapshot->after.wall_ns);
}

}  // namespace
}  // namespace vigie::tui
