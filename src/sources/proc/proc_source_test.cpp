#include "sources/proc/scanner.hpp"

#include <gtest/gtest.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <string>
#include <thread>
#include <vector>

#include "sources/proc/fields.hpp"
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
  EXPECT_EQ(self.state, 'S');  // it waits for the thread that reads
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

TEST(ProcSource, InBetweenOnlyThoseThatAreNamedAreReadAgain) {
  const Result<Root> root = Root::open(std::string(VIGIE_FIXTURES) + "/proc_basic");
  Scanner scanner(*root, Scanner::Keep::everything);
  const Fields fields = static_fields() | Field::status;
  const std::vector<pid_t> pids{400, 500};
  std::vector<ProcessSample> first, later;
  ASSERT_TRUE(scanner.scan({.fields = fields, .only = pids, .again = std::span<const pid_t>()}, first));
  ASSERT_TRUE(scanner.scan({.fields = fields, .only = pids, .again = std::span(pids).subspan(1)}, later));
  ASSERT_EQ(first.size(), 2U);
  ASSERT_EQ(later.size(), 2U);
  EXPECT_NE(first[0].voluntary_switches.presence(), Presence::not_read) << "nobody had seen it before";
  EXPECT_EQ(later[0].voluntary_switches.presence(), Presence::not_read);
  EXPECT_EQ(later[0].cmdline, first[0].cmdline) << "it is remembered";
  EXPECT_EQ(later[1].voluntary_switches, first[1].voluntary_switches);
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

TEST(Variables, ARankIsAlsoWhatMpirunAndSrunCallOne) {
  const auto of = [](std::string environ) {
    std::ranges::replace(environ, ' ', '\0');
    const RunVariables variables = parse_variables(environ);
    return variables.rank + "/" + variables.world_size + "/" + variables.local_rank;
  };
  EXPECT_EQ(of("OMPI_COMM_WORLD_SIZE=4 A=1 OMPI_COMM_WORLD_RANK=3 OMPI_COMM_WORLD_LOCAL_RANK=1"), "3/4/1");
  EXPECT_EQ(of("PMI_RANK=0 PMI_SIZE=2"), "0/2/");
  EXPECT_EQ(of("SLURM_PROCID=1 SLURM_LOCALID=1 SLURM_STEP_NUM_TASKS=2 SLURM_NTASKS=2"), "1/2/1");
  EXPECT_EQ(of("SLURM_PROCID=0 SLURM_NTASKS=4"), "//") << "the script of a batch job, of which nothing is told";
  EXPECT_EQ(of("SLURM_PROCID=0 SLURM_STEP_NUM_TASKS=1"), "//") << "one of one";
  EXPECT_EQ(of("RANK=1 WORLD_SIZE=2 LOCAL_RANK=0 PMI_RANK=5 PMI_SIZE=9"), "1/2/0") << "what the training itself reads";
  EXPECT_EQ(of("XPMI_RANK=1 PMI_SIZE=2"), "//");
}

TEST(Variables, TheSmallestNumberOfMathThreadsCounts) {
  constexpr std::string_view environ("OMP_NUM_THREADS=4\0OPENBLAS_NUM_THREADS=2\0MKL_NUM_THREADS=x\0", 59);
  EXPECT_EQ(parse_variables(environ).math_threads, "2");
  EXPECT_EQ(parse_variables("OMP_NUM_THREADS=").math_threads, "");
}

TEST(Frameworks, AMathLibraryAloneIsNoTraining) {
  const Framework found = parse_frameworks("7f00 r-xp 0 fe:01 1 /usr/lib/libopenblas.so.0\n");
  EXPECT_TRUE(uses(found, Framework::threaded_math));
  EXPECT_FALSE(is_training(found));
}

TEST(CpuList, ARunHeldToSomeCpusIsNotJudgedAgainstAll) {
  EXPECT_EQ(parse_cpu_list("0-3,8"), Reading<unsigned>(5U));
  EXPECT_EQ(parse_cpu_list("7"), Reading<unsigned>(1U));
  for (const char* wrong : {"", "3-1", "0-", ",", "0,", "x", "0-99999999", "99999999999999"}) {
    EXPECT_EQ(parse_cpu_list(wrong).presence(), Presence::unknown) << wrong;
  }
}

TEST(EffectiveUid, IsTheSecondNumber) {
  EXPECT_EQ(parse_effective_uid("Name:\tx\nUid:\t1\t61001\t3\t4\nGid:\t9\t9\t9\t9\n"), Reading<uid_t>(61001U));
  for (const char* wrong : {"", "Uid:\t1\t2", "Name:\tx\nUid:\t1\nGid:\t1\t2\n", "Name:\tx\nUid:\t1\tx\n"}) {
    EXPECT_EQ(parse_effective_uid(wrong).presence(), Presence::unknown) << wrong;
  }
}

TEST(Frameworks, AreFoundInTheMemoryMap) {
  EXPECT_EQ(parse_frameworks("7f00 r-xp 0 fe:01 1 /usr/lib/libtorch_cpu.so.1.13\n"), Framework::torch);
  EXPECT_EQ(parse_frameworks("7f00 r-xp 0 fe:01 1 /x/torch/lib/libc10.so\n"), Framework::torch);
  EXPECT_EQ(parse_frameworks("7f00 r-xp 0 fe:01 1 /x/jaxlib/xla_extension.so\n"), Framework::jax);
  EXPECT_EQ(parse_frameworks("7f00 r-xp 0 fe:01 1 /usr/lib/libc.so.6\n"), Framework::none);
}

TEST(HostSource, KnowsThisHost) {
  const Result<Root> root = Root::open("/");
  HostSample host;
  EXPECT_NE(
      sys::HostSource(*root, sys::Parts(sys::Part::cpu) | sys::Part::memory | sys::Part::pressure | sys::Part::load)
          .sample(host)
          .state,
      SourceState::missing);
  EXPECT_GT(host.cpus, 0U);
  EXPECT_GT(host.memory->total, host.memory->free);
  EXPECT_GT(host.cpu->total(), 0U);
  EXPECT_FALSE(host.boot_id.empty());
}

Result<Root> saved_host() {
  return Root::open(std::string(VIGIE_FIXTURES) + "/proc_basic");
}

TEST(ProcSource, ASavedHostIsReadAsItWas) {
  const Result<Root> root = saved_host();
  ASSERT_TRUE(root);
  Snapshot snapshot;
  const Fields everything = static_fields() | Field::io | Field::sched | Field::wchan | Field::shared | Field::status;
  ASSERT_TRUE(scan(*root, everything, snapshot.processes));
  ASSERT_EQ(snapshot.processes.size(), 11U);

  const ProcessSample* trainer = snapshot.find_pid(600);
  ASSERT_NE(trainer, nullptr);
  EXPECT_EQ(trainer->ppid, 500);
  EXPECT_EQ(arguments(*trainer->cmdline).size(), 6U);
  EXPECT_EQ(*trainer->exe, "/usr/bin/python3.11");
  EXPECT_EQ(*trainer->cwd, "/home/ada/project");
  EXPECT_EQ(*trainer->frameworks, Framework::torch);
  EXPECT_EQ(*trainer->cgroup, "/user.slice/user-1000.slice/session-3.scope");
  EXPECT_EQ(*trainer->wchan, "do_poll.constprop.0");
  EXPECT_EQ(*trainer->involuntary_switches, 900U);
  EXPECT_EQ(*trainer->voluntary_switches, 40000U);
  EXPECT_EQ(*trainer->cpus_allowed, 4U);
  EXPECT_EQ(trainer->io->read_bytes, 73400320U);
  EXPECT_EQ(trainer->sched->run_delay_ns, 900000000U);

  EXPECT_EQ(snapshot.find_pid(700)->comm, "a) R 1\n\x1b[31m\xff");
  EXPECT_EQ(snapshot.find_pid(700)->state, 'S');
  EXPECT_EQ(snapshot.find_pid(710)->comm, "((");
  EXPECT_EQ(snapshot.find_pid(620)->state, 'Z');
  EXPECT_TRUE(snapshot.find_pid(620)->cmdline->empty());
  EXPECT_TRUE(snapshot.find_pid(50)->kernel_thread);
  EXPECT_FALSE(trainer->kernel_thread);
}

TEST(StateSampler, AThreadThatRunsBesideASleepingMainThreadCounts) {
  const Result<Root> root = saved_host();
  StateSampler sampler(*root);
  const std::vector<ProcessId> both{{600, 400000}, {610, 400200}};
  sampler.look(both);
  EXPECT_EQ(sampler.counts().at(both[0]), (StateCounts{.looks = 1, .asleep = 1, .in_poll = 1}));
  EXPECT_EQ(sampler.counts().at(both[1]), (StateCounts{.looks = 1, .running = 1, .threads_running = 1, .alone = 1}));
  sampler.forget_ended(Snapshot{});
  EXPECT_TRUE(sampler.counts().empty());
}

TEST(StateSampler, TwoBusyThreadsAreNotAlone) {
  const Child busy([](int ready) {
    std::thread other([] {
      for (volatile int i = 0;;) i = i + 1;
    });
    (void)!::write(ready, "", 1);
    for (volatile int i = 0;;) i = i + 1;
  });
  const Result<Root> root = Root::open("/");
  StateSampler sampler(*root);
  const ProcessId id = sample_of(busy.pid(), {}).id;
  for (int i = 0; i < 10; ++i) sampler.look({&id, 1});
  EXPECT_EQ(sampler.counts().at(id).threads_running, 20U);
  EXPECT_EQ(sampler.counts().at(id).alone, 0U);
}

TEST(StateSampler, AThreadThatBeginsToWorkAfterALongSleepIsSeenInTheEighthLookAtTheLatest) {
  int ends[2], back[2];
  ASSERT_EQ(::pipe(ends), 0);
  ASSERT_EQ(::pipe(back), 0);
  const Child child([&](int ready) {
    std::thread other([&] {
      char go = 0;
      (void)!::read(ends[0], &go, 1);
      (void)!::write(back[1], "", 1);
      for (volatile int i = 0;;) i = i + 1;
    });
    (void)!::write(ready, "", 1);
    while (true) ::pause();
  });
  const Result<Root> root = Root::open("/");
  StateSampler sampler(*root);
  const ProcessId id = sample_of(child.pid(), {}).id;
  const auto running = [&] {
    sampler.look({&id, 1});
    return sampler.counts().at(id).threads_running;
  };
  for (int i = 0; i < 30; ++i) (void)running();
  ASSERT_EQ(running(), 0U);
  ASSERT_EQ(::write(ends[1], "", 1), 1);
  char at_work = 1;
  ASSERT_EQ(::read(back[0], &at_work, 1), 1);
  std::uint64_t seen = 0;
  for (int looks = 0; looks < 8; ++looks) seen = running();
  EXPECT_GE(seen, 1U);
  EXPECT_EQ(running(), seen + 1) << "from then on in each look";
  EXPECT_EQ(running(), seen + 2);
  for (const int fd : {ends[0], ends[1], back[0], back[1]}) ::close(fd);
}

TEST(HostSource, ASavedHostHasItsOwnTime) {
  const Result<Root> root = saved_host();
  HostSample host;
  EXPECT_EQ(
      sys::HostSource(*root, sys::Parts(sys::Part::cpu) | sys::Part::memory | sys::Part::pressure | sys::Part::load)
          .sample(host)
          .state,
      SourceState::ok);
  EXPECT_EQ(host.name, "trainbox");
  EXPECT_EQ(host.cpus, 4U);
  EXPECT_EQ(host.memory->total, 16384000ULL * 1024);
  EXPECT_DOUBLE_EQ(host.cpu_pressure->some.avg10, 3.5);
  EXPECT_DOUBLE_EQ(*host.load1, 1.52);
  EXPECT_EQ(sys::instant_of(*root).boot_ns, 5000 * nanoseconds_per_second);
  EXPECT_EQ(sys::instant_of(*root).wall_ns, 1700005000 * nanoseconds_per_second);
}

}  // namespace
}  // namespace vigie::proc
