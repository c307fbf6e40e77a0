#include "tui/sampler.hpp"

#include <gtest/gtest.h>
#include <poll.h>
#include <unistd.h>

namespace vigie::tui {
namespace {

constexpr int deadline_ms = 30'000;

std::shared_ptr<const Frame> next_frame(Sampler& sampler) {
  while (true) {
    pollfd wait{.fd = sampler.fd(), .events = POLLIN, .revents = 0};
    if (::poll(&wait, 1, deadline_ms) <= 0) return nullptr;
    Result<std::shared_ptr<const Frame>> frame = sampler.take();
    if (!frame || *frame != nullptr) return frame ? *frame : nullptr;
  }
}

TEST(Samplers, FramesOfThisHostComeWithRatesAndOnce) {
  const Result<Root> root = Root::open("/");
  ASSERT_TRUE(root);
  Sampler sampler(*root, 0.2);
  const std::shared_ptr<const Frame> frame = next_frame(sampler);
  ASSERT_NE(frame, nullptr);
  EXPECT_NE(frame->snapshot->find_pid(::getpid()), nullptr);
  EXPECT_GT(frame->delta.elapsed_seconds, 0);
  const std::shared_ptr<const Frame> next = next_frame(sampler);
  ASSERT_NE(next, nullptr);
  EXPECT_NE(next, frame);
}

TEST(Samplers, OneThatIsPausedIsNotLate) {
  const Result<Root> root = Root::open("/");
  ASSERT_TRUE(root);
  Sampler sampler(*root, 30);
  sampler.pause(true);
  EXPECT_EQ(sampler.late(), "");
}

TEST(Samplers, OnlyRunsMakeThreadsBeLookedAt) {
  EXPECT_EQ(wants_of_top(false, 2).pace.look_hz, 0);
  EXPECT_GT(wants_of_top(true, 2).pace.look_hz, 0);
}

}  // namespace
}  // namespace vigie::tui
