#include "sources/proc/call_sampler.hpp"

#include <gtest/gtest.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <fstream>
#include <iterator>
#include <string>

#include "model/snapshot.hpp"
#include "sources/proc/stat.hpp"

namespace vigie::proc {
namespace {

/// A child that waits for a byte from a pipe for as long as it lives.
class Waiting : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_EQ(::pipe(ends_), 0);
    child_ = ::fork();
    ASSERT_GE(child_, 0);
    if (child_ == 0) {
      ::prctl(PR_SET_PDEATHSIG, SIGKILL);
      ::close(ends_[1]);
      char byte = 0;
      ::_exit(::read(ends_[0], &byte, 1) == 1 ? 0 : 1);
    }
    while (stat().state != 'S') ::usleep(1000);
  }
  void TearDown() override {
    ::close(ends_[0]);
    ::close(ends_[1]);
    ::kill(child_, SIGKILL);
    ::waitpid(child_, nullptr, 0);
  }
  [[nodiscard]] StateAndStart stat() const {
    std::ifstream file("/proc/" + std::to_string(child_) + "/stat");
    return parse_state(std::string(std::istreambuf_iterator<char>(file), {}));
  }
  [[nodiscard]] ProcessId id() const { return {child_, stat().start_ticks}; }

  pid_t child_ = 0;
  int ends_[2] = {-1, -1};
};

TEST_F(Waiting, IsSeenInItsCallOnItsFile) {
  const Result<Root> root = Root::open();
  ASSERT_TRUE(root);
  CallSampler sampler(*root);
  const ProcessId one = id();
  for (int look = 0; look < 3; ++look) sampler.look(std::span(&one, 1));
  ASSERT_TRUE(sampler.counts().contains(one));
  const CallCounts& counts = sampler.counts().at(one);
  EXPECT_EQ(counts.looks, 3U);
  // ThreadSanitizer gives every process a thread of its own.
  const auto read = std::ranges::find_if(
      counts.counts, [](const CallCount& count) { return count.key.call && *count.key.call == "read"; });
  if (read == counts.counts.end()) GTEST_SKIP() << "this user may not see system calls";
  EXPECT_EQ(read->samples, 3U);
  EXPECT_EQ(read->key.state, ThreadState::waiting);
  EXPECT_TRUE(read->key.file.starts_with("pipe:[")) << read->key.file;
}

TEST_F(Waiting, ItsMainThreadAlone) {
  const Result<Root> root = Root::open();
  const std::optional<CallKey> found = look_at_main_thread(*root, id());
  ASSERT_TRUE(found);
  EXPECT_EQ(found->state, ThreadState::waiting);
  ProcessId other = id();
  ++other.start_ticks;
  EXPECT_FALSE(look_at_main_thread(*root, other));
}

TEST_F(Waiting, AnotherProcessOfThatPidIsNotLookedAt) {
  const Result<Root> root = Root::open();
  CallSampler sampler(*root);
  ProcessId other = id();
  ++other.start_ticks;
  sampler.look(std::span(&other, 1));
  EXPECT_TRUE(sampler.counts().empty());
}

TEST_F(Waiting, IsForgottenOnceItHasEnded) {
  const Result<Root> root = Root::open();
  CallSampler sampler(*root);
  const ProcessId one = id();
  sampler.look(std::span(&one, 1));
  Snapshot snapshot;
  snapshot.processes.emplace_back().id = one;
  sampler.forget_ended(snapshot);
  EXPECT_EQ(sampler.counts().size(), 1U);
  sampler.forget_ended(Snapshot{});
  EXPECT_TRUE(sampler.counts().empty());
}

}  // namespace
}  // namespace vigie::proc
