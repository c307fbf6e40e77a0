#include "sources/proc/proc_source.hpp"

#include <gtest/gtest.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>

#include "sources/proc/details.hpp"
#include "sources/proc/state_sampler.hpp"
#include "sources/sys/host_source.hpp"

namespace vigie::proc {
namespace {

/// A real process that does what `body` says until the end of the test.
class Child {
 public:
  template <class Body>
  explicit Child(Body body) {
    int ready[2];
    if (::pipe(ready) != 0) return;
    pid_ = ::fork();
    if (pid_ == 0) {
      body(ready[1]);
      ::_exit(0);
    }
    ::close(ready[1]);
    char byte = 0;
    (void)!::read(ready[0], &byte, 1);
    ::close(ready[0]);
  }
  ~Child() {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
  [[nodiscard]] pid_t pid() const { return pid_; }

 private:
  pid_t pid_ = -1;
};

ProcessSample sample_of(pid_t pid, Fields fields) {
  const Result<Root> root = Root::open("/");
  std::vector<ProcessSample> processes;
  EXPECT_TRUE(scan(*root, fields, processes));
  const auto found = std::ranges::find_if(processes, [&](const ProcessSample& p) { return p.id.pid == pid; });
  return found == processes.end() ? ProcessSample{} : *found;
}

TEST(ProcSource, SeesItselfWithEveryField) {
  const ProcessSample self =
      sample_of(::getpid(), fields_for_runs() | Field::io | Field::sched | Field::status | Field::shared);
  EXPECT_EQ(self.ppid, ::getppid());
  EXPECT_EQ(self.state, 'R');
  EXPECT_EQ(*self.uid, ::geteuid());
  EXPECT_GT(self.rss_bytes, 0U);
  EXPECT_TRUE(self.cmdline.has_value());
  EXPECT_TRUE(self.io.has_value());
  EXPECT_GT(self.io->rchar, 0U);
  EXPECT_EQ(*self.frameworks, Framework::none);
}

TEST(ProcSource, WhatWasNotAskedForIsNotRead) {
  EXPECT_EQ(sample_of(::getpid(), {}).cmdline.presence(), Presence::not_read);
}

TEST(ProcSource, AHostileNameArrivesAsItIs) {
  const Child child([](int ready) {
    ::prctl(PR_SET_NAME, ") R 1\n\x1b[31");
    (void)!::write(ready, "", 1);
    while (true) ::pause();
  });
  const ProcessSample sample = sample_of(child.pid(), {});
  EXPECT_EQ(sample.comm, ") R 1\n\x1b[31");
  EXPECT_EQ(sample.ppid, ::getpid());
}

TEST(StateSampler, TellsASleepingProcessFromABusyOne) {
  const Child sleeping([](int ready) {
    (void)!::write(ready, "", 1);
    while (true) ::pause();
  });
  const Child busy([](int ready) {
    (void)!::write(ready, "", 1);
    for (volatile int i = 0;;) i = i + 1;
  });
  const Result<Root> root = Root::open("/");
  StateSampler sampler(*root);
  const std::vector<ProcessId> both{sample_of(sleeping.pid(), {}).id, sample_of(busy.pid(), {}).id};
  for (int i = 0; i < 20; ++i) sampler.look(both);
  const StateCounts asleep = sampler.counts().at(both[0]);
  const StateCounts running = sampler.counts().at(both[1]);
  EXPECT_EQ(asleep.looks, 20U);
  EXPECT_EQ(asleep.running, 0U);
  EXPECT_EQ(running.running, 20U);
  EXPECT_EQ(running.alone, 20U);
}

TEST(StateSampler, AReusedPidIsNotTheSameProcess) {
  const Result<Root> root = Root::open("/");
  StateSampler sampler(*root);
  const ProcessId other{::getpid(), 1};
  sampler.look({&other, 1});
  EXPECT_TRUE(sampler.counts().empty());
}

TEST(Variables, OnlyWholeNamesCount) {
  const RunVariables variables = parse_variables(std::string_view("XRANK=9\0RANK=3\0LOCAL_RANK=1\0", 27));
  EXPECT_EQ(variables.rank, "3");
  EXPECT_EQ(variables.local_rank, "1");
}

TEST(HostSource, KnowsThisHost) {
  const Result<Root> root = Root::open("/");
  HostSample host;
  EXPECT_NE(sys::sample_host(*root, host).state, SourceState::missing);
  EXPECT_GT(host.cpus, 0U);
  EXPECT_GT(host.memory->total, host.memory->free);
  EXPECT_GT(host.cpu->total(), 0U);
  EXPECT_FALSE(host.boot_id.empty());
}

}  // namespace
}  // namespace vigie::proc
