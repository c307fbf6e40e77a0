// Keeping a load until its end. A thread keeps it: the signals that end one are blocked in there alone.
#include <gtest/gtest.h>
#include <pthread.h>

#include <csignal>
#include <functional>
#include <string>
#include <thread>

#include "act/load.hpp"

namespace vigie::act {
namespace {

class FakeLoad final : public load::Load {
 public:
  [[nodiscard]] std::string plan() const override { return "nothing"; }
  Result<void> start() override { return begins; }
  [[nodiscard]] std::string so_far() override { return "nothing"; }
  [[nodiscard]] std::vector<std::pair<std::string, double>> amounts() override { return {}; }
  [[nodiscard]] std::optional<Error> trouble() override { return broken; }
  [[nodiscard]] bool finished() override { return over; }
  void about_to_end(const std::string& why) override { ended_with = why; }

  Result<void> begins;
  std::optional<Error> broken;
  bool over = false;
  std::string ended_with;
};

Result<LoadEnding> kept(FakeLoad& work, double seconds, const std::function<void(bool)>& looked = [](bool) {}) {
  Result<LoadEnding> ending = fail("it was not kept");
  std::thread([&] { ending = keep_load(work, *load::find_kind("hang"), seconds, looked); }).join();
  std::signal(SIGPIPE, SIG_DFL);
  return ending;
}

constexpr double forever = 3600;

TEST(KeptLoad, EndsWithItsTimeOrWithItself) {
  FakeLoad work;
  EXPECT_EQ(kept(work, 0.01)->why, "time is over");
  EXPECT_EQ(work.ended_with, "time is over");
  work.over = true;
  EXPECT_EQ(kept(work, forever)->why, "finished");
  EXPECT_EQ(work.ended_with, "finished");
}

TEST(KeptLoad, ASignalEndsItAndIsNamed) {
  FakeLoad work;
  for (const auto& [signal, name] : {std::pair{SIGTERM, "SIGTERM"}, {SIGINT, "SIGINT"}, {SIGHUP, "SIGHUP"}}) {
    const Result<LoadEnding> ending = kept(work, forever, [&](bool begins) {
      if (begins) ::pthread_kill(::pthread_self(), signal);
    });
    ASSERT_TRUE(ending);
    EXPECT_EQ(ending->why, name);
    EXPECT_EQ(ending->signal, signal);
    EXPECT_EQ(work.ended_with, name) << "a training says in its checkpoint why it was written";
  }
}

TEST(KeptLoad, UnderNohupAHangUpEndsNothing) {
  std::signal(SIGHUP, SIG_IGN);
  FakeLoad work;
  const Result<LoadEnding> ending = kept(work, 0.01, [&](bool) { ::pthread_kill(::pthread_self(), SIGHUP); });
  std::signal(SIGHUP, SIG_DFL);
  ASSERT_TRUE(ending);
  EXPECT_EQ(ending->why, "time is over");
}

TEST(KeptLoad, WhatKeepsItFromGoingOnIsItsError) {
  FakeLoad refused;
  refused.begins = fail("there is no room");
  EXPECT_EQ(kept(refused, forever).error().message, "there is no room");
  FakeLoad broken;
  const Result<LoadEnding> ending = kept(broken, forever, [&](bool begins) {
    if (!begins) broken.broken = Error{.message = "the disk is full"};
  });
  EXPECT_EQ(ending.error().message, "the disk is full");
  EXPECT_EQ(broken.ended_with, "failed");
}

TEST(KeptLoad, CountsAreBounded) {
  const load::Kind& threads = *load::find_kind("threads");
  EXPECT_EQ(request_of({.kind = "threads", .count = 1'000'000}, threads)->count, 1'000'000U);
  EXPECT_EQ(request_of({.kind = "threads", .count = 1'000'001}, threads).error().kind, ErrorKind::usage);
  EXPECT_EQ(request_of({.kind = "disk", .rate = "0"}, *load::find_kind("disk")).error().kind, ErrorKind::usage);
}

}  // namespace
}  // namespace vigie::act
