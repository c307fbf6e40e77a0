// The screens as a person sees them, in terminals of three sizes, with and without the symbols of UTF-8.
#include <gtest/gtest.h>

#include <clocale>

#include "feed/replay_feed.hpp"
#include "tui/busy_host_for_tests.hpp"
#include "tui/golden_for_tests.hpp"
#include "tui/sampler.hpp"

namespace vigie::tui {
namespace {

class GoldenScreens : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { std::setlocale(LC_CTYPE, "C.UTF-8"); }
};

TEST_F(GoldenScreens, OfABusyHost) {
  const PastTime time(busy_frame());
  expect_golden_at_all_sizes("overview-busy", draw_overview, time.window(), {.screen = ScreenId::overview});
  expect_golden_at_all_sizes("processes-busy", draw_processes, time.window(), {.screen = ScreenId::processes});
  expect_golden_at_all_sizes("processes-tree-busy", draw_processes, time.window(),
                             {.screen = ScreenId::processes, .tree = true, .unfolded = {"abc123"}});
  expect_golden_at_all_sizes("run-busy", draw_run, time.window(), {.screen = ScreenId::run});
  expect_golden_at_all_sizes("gpus-busy", draw_gpus, time.window(), {.screen = ScreenId::gpus});
  expect_golden_at_all_sizes("disks-busy", draw_disks, time.window(), {.screen = ScreenId::disks});
  expect_golden_at_all_sizes("alerts-busy", draw_alerts, time.window(), {.screen = ScreenId::alerts});
}

/// A recording as `vigie top` would have seen it.
class ReplayedTime {
 public:
  explicit ReplayedTime(const std::string& scenario, double interval_seconds = 1) {
    const std::string path = fmt::format("{}/../scenarios/{}/seen.vigie", VIGIE_FIXTURES, scenario);
    Result<ReplayFeed> feed = ReplayFeed::open(path, wants_of_top(true, interval_seconds));
    if (!feed) {
      ADD_FAILURE() << feed.error().message;
      return;
    }
    while (Result<std::optional<Frame>> frame = feed->next()) {
      if (!*frame) break;
      frame_ = std::make_shared<const Frame>(std::move(**frame));
      moments_.push_back(moment_of(*frame_));
    }
  }

  [[nodiscard]] bool is_there() const { return frame_ != nullptr; }
  [[nodiscard]] Window window() const { return {.frame = frame_, .moments = moments_}; }

 private:
  std::shared_ptr<const Frame> frame_;
  std::vector<Moment> moments_;
};

TEST_F(GoldenScreens, OfARecordingWithGpus) {
  const ReplayedTime time("gpu-error-xid");
  ASSERT_TRUE(time.is_there());
  expect_golden_at_all_sizes("gpus-replayed", draw_gpus, time.window(), {.screen = ScreenId::gpus});
  expect_golden_at_all_sizes("alerts-replayed", draw_alerts, time.window(), {.screen = ScreenId::alerts});
}

TEST_F(GoldenScreens, OfARecordingWithARun) {
  const ReplayedTime time("loader-disk", 5);
  ASSERT_TRUE(time.is_there());
  expect_golden_at_all_sizes("overview-replayed", draw_overview, time.window(), {.screen = ScreenId::overview});
  expect_golden_at_all_sizes("processes-replayed", draw_processes, time.window(), {.screen = ScreenId::processes});
  expect_golden_at_all_sizes("processes-tree-replayed", draw_processes, time.window(),
                             {.screen = ScreenId::processes, .tree = true});
  expect_golden_at_all_sizes("run-replayed", draw_run, time.window(), {.screen = ScreenId::run});
  expect_golden_at_all_sizes("disks-replayed", draw_disks, time.window(), {.screen = ScreenId::disks});
}

}  // namespace
}  // namespace vigie::tui
