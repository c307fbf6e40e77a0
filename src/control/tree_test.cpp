#include "control/tree.hpp"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

#include "control/process.hpp"

namespace vigie::control {
namespace {

ProcessSample process(pid_t pid, pid_t parent) {
  ProcessSample sample;
  sample.id = {pid, 1};
  sample.ppid = parent;
  return sample;
}

TEST(Tree, DescendantsAreWholeAndParentsComeFirst) {
  const std::vector<ProcessSample> host{process(1, 0), process(5, 1), process(6, 5), process(7, 6), process(8, 1)};
  EXPECT_EQ(descendants(host, 5), (std::vector<ProcessId>{{6, 1}, {7, 1}}));
}

TEST(Tree, ALoopOfParentsEnds) {
  const std::vector<ProcessSample> host{process(5, 6), process(6, 5)};
  EXPECT_LE(descendants(host, 5).size(), 3U);
}

TEST(Tree, RefusesInitAndItself) {
  const std::vector<ProcessSample> host{process(1, 0), process(::getpid(), 1)};
  const ProcessId init{1, 1};
  const ProcessId self{::getpid(), 1};
  EXPECT_FALSE(refuse_unsafe(host, {&init, 1}));
  EXPECT_FALSE(refuse_unsafe(host, {&self, 1}));
}

class Child {
 public:
  Child() : pid_(::fork()) {
    if (pid_ == 0) {
      while (true) ::pause();
    }
  }
  ~Child() {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
  [[nodiscard]] pid_t pid() const { return pid_; }

 private:
  pid_t pid_;
};

TEST(Process, AReusedPidIsNotSignalled) {
  const Child child;
  ProcessId id = *identify(child.pid());
  id.start_ticks += 1;
  const Result<void> sent = send_signal(id, SIGKILL);
  ASSERT_FALSE(sent);
  EXPECT_EQ(sent.error().kind, ErrorKind::no_target);
  EXPECT_EQ(::kill(child.pid(), 0), 0);
}

TEST(Process, KillTreeReportsNothingLeft) {
  const Child child;
  const ProcessId id = *identify(child.pid());
  bool alive = true;
  const Lister list = [&]() -> std::vector<ProcessId> {
    // Reaped here as a real parent would: a zombie still has a pid.
    if (alive && ::waitpid(child.pid(), nullptr, WNOHANG) == child.pid()) alive = false;
    return alive ? std::vector<ProcessId>{id} : std::vector<ProcessId>{};
  };
  EXPECT_TRUE(kill_tree(list, 5).empty());
}

}  // namespace
}  // namespace vigie::control
