#include "feed/frame_of.hpp"

#include <gtest/gtest.h>

#include "base/clock.hpp"

namespace vigie {
namespace {

/// A host of one process that has been seen so often to sleep.
std::shared_ptr<const Snapshot> seen_at(std::int64_t second, std::uint64_t looks) {
  auto snapshot = std::make_shared<Snapshot>();
  snapshot->before.boot_ns = snapshot->after.boot_ns = (1000 + second) * nanoseconds_per_second;
  ProcessSample& process = snapshot->processes.emplace_back();
  process.id = {7, 1};
  process.states = StateCounts{.looks = looks, .asleep = looks};
  return snapshot;
}

class MomentsOfAScreen : public ::testing::Test {
 protected:
  MomentsOfAScreen() { look(0); }

  void look(double judged_seconds) {
    moments_ = {};
    std::shared_ptr<const Snapshot> before;
    for (const std::int64_t second : {0, 2, 4, 6, 8}) {
      std::shared_ptr<const Snapshot> snapshot = seen_at(second, static_cast<std::uint64_t>(20 * second));
      moments_.keep(frame_of(before, snapshot, {}), judged_seconds);
      before = std::move(snapshot);
    }
    newest_ = frame_of(before, seen_at(10, 200), {});
  }

  [[nodiscard]] double judged(double seconds) const {
    return moments_.window(newest_, seconds).back().delta.elapsed_seconds;
  }

  Moments moments_;
  Frame newest_;
};

TEST_F(MomentsOfAScreen, WhatIsJudgedIsOfTheTimeThatIsWantedAsFarAsItWasSeen) {
  EXPECT_DOUBLE_EQ(judged(0), 2);
  EXPECT_DOUBLE_EQ(judged(2), 2);
  EXPECT_DOUBLE_EQ(judged(7), 6);
  EXPECT_DOUBLE_EQ(judged(14), 10);
  const Frame longest = moments_.window(newest_, 14).back();
  EXPECT_EQ(longest.delta.processes[0].states->looks, 200U);
  EXPECT_EQ(longest.snapshot, newest_.snapshot);
}

TEST_F(MomentsOfAScreen, WhatIsOlderIsForgotten) {
  look(4);
  EXPECT_EQ(moments_.window(newest_).size(), 4U);  // of the seconds 4, 6 and 8, and the newest
  EXPECT_DOUBLE_EQ(judged(14), 6);
}

TEST(MomentsOfNothing, AFrameWithoutOneBeforeIsJudgedAsItIs) {
  const Moments none;
  const Frame first = frame_of(nullptr, seen_at(0, 5), {});
  EXPECT_EQ(none.window(first, 14).size(), 1U);
}

}  // namespace
}  // namespace vigie
