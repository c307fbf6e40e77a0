// Rules about what users run into: locks, terminals, containers, programs without a framework.
#include <gtest/gtest.h>

#include "rules/facts/terminal_wait.hpp"
#include "rules/scene_for_tests.hpp"

namespace vigie::rules {
namespace {

OpenFile pipe_end(std::string name, bool writes) {
  OpenFile file;
  file.type = FileType::pipe;
  file.path = std::move(name);
  file.readable = !writes;
  file.writable = writes;
  return file;
}

StateShares sleeping() {
  return shares(0, 1, 0);
}

TEST(FeedingByPipes, ATrainerWithoutAFrameworkIsStarvedByThoseWhoWriteItsPipe) {
  Scene scene({Role::other, Role::other, Role::other});
  scene.rates(0).states = shares(0.2, 0.8, 0.2);
  scene.rates(0).read_chars_per_second = 1e6;
  scene.detail(0).files = std::vector{pipe_end("pipe:[7]", false)};
  for (const std::size_t worker : {1, 2}) {
    scene.rates(worker).states = shares(1, 0, 1);
    scene.rates(worker).write_chars_per_second = 5e5;
    scene.detail(worker).files = std::vector{pipe_end("pipe:[7]", true)};
  }
  EXPECT_EQ(scene.rules(), "loader-cpu");
  // They write something else.
  for (const std::size_t worker : {1, 2}) scene.detail(worker).files = std::vector{pipe_end("pipe:[8]", true)};
  EXPECT_EQ(scene.rules(), "");
}

TEST(FeedingByPipes, ALoggerBesideItsParentWaitsForNoData) {
  Scene scene({Role::other, Role::other});
  scene.rates(0).states = shares(1, 0, 1);
  scene.rates(0).write_chars_per_second = 1e6;
  scene.detail(0).files = std::vector{pipe_end("pipe:[7]", true)};
  scene.rates(1).states = shares(0.1, 0.9, 0.1);
  scene.rates(1).read_chars_per_second = 1e6;
  scene.detail(1).files = std::vector{pipe_end("pipe:[7]", false)};
  EXPECT_EQ(scene.rules(), "");
}

TEST(FeedingByPipes, AFilterOfItsOutputIsNoTrainer) {
  Scene scene({Role::other, Role::other});
  for (const std::size_t each : {0, 1}) scene.process(each).ppid = 1;
  scene.rates(0).states = shares(1, 0, 1);
  scene.rates(0).write_chars_per_second = 1e6;
  scene.detail(0).files = std::vector{pipe_end("pipe:[7]", true)};
  scene.rates(1).states = shares(0.1, 0.9, 0.1);
  scene.rates(1).read_chars_per_second = 1e6;
  scene.detail(1).files = std::vector{pipe_end("pipe:[7]", false)};
  EXPECT_EQ(scene.rules(), "loader-cpu");  // zcat | python3 train.py
  scene.rates(1).write_chars_per_second = 1e6;
  EXPECT_EQ(scene.rules(), "");  // python3 train.py | tee log
}

TEST(Workers, WhatTheyStartWorksForThem) {
  Scene scene({Role::trainer, Role::loader_worker, Role::other});
  scene.rates(0).states = shares(0.2, 0.8, 0.2);
  StateShares waits = sleeping();
  waits.below = 1;
  waits.below_running = 0.9;
  scene.rates(1).states = waits;
  scene.rates(2).states = shares(0.9, 0.1, 0.9);
  scene.process(2).ppid = scene.process(1).id.pid;
  EXPECT_EQ(scene.rules(), "loader-cpu");
  waits.below_running = 0;
  waits.below_disk = 0.9;
  scene.rates(1).states = waits;
  scene.rates(2).states = sleeping();
  EXPECT_EQ(scene.rules(), "loader-disk");
}

/// A process that waits for a lock on a file that a process of another user has.
Scene with_lock() {
  Scene scene({Role::other});
  scene.rates(0).states = sleeping();
  const std::size_t holder = scene.add_other("sqlite3", 0);
  scene.process(holder).uid = uid_t{1001};
  FileLock held{.number = 3, .exclusive = true, .kind = "FLOCK", .pid = scene.process(holder).id.pid, .inode = 4711};
  FileLock waits = held;
  waits.waits = true;
  waits.pid = scene.process(0).id.pid;
  scene.now.host.locks = std::vector{held, waits};
  OpenFile file;
  file.path = "/data/lock";
  file.inode = 4711;
  file.type = FileType::regular;
  scene.detail(0).files = std::vector{file};
  scene.history(4, [](Snapshot&, double) {});
  return scene;
}

TEST(LockWait, NamesTheFileAndWhoHasIt) {
  Scene scene = with_lock();
  const std::vector<Finding> findings = scene.verdict();
  ASSERT_FALSE(findings.empty());
  EXPECT_EQ(findings[0].rule, "hung");
  EXPECT_NE(findings[0].summary.find("/data/lock that sqlite3 (pid 11)"), std::string::npos) << findings[0].summary;
}

TEST(LockWait, ALockOfAMomentIsWhatLocksAreFor) {
  Scene scene = with_lock();
  scene.history(4, [](Snapshot& then, double second) {
    if (second == -2) then.host.locks = std::vector<FileLock>();
  });
  EXPECT_EQ(scene.rules(), "");
}

TEST(LockWait, AnOrdinaryUserIsToldWhomToAsk) {
  Scene scene = with_lock();
  const std::size_t observer = scene.add_other("vigie", 0);
  scene.process(observer).uid = uid_t{1000};
  scene.process(0).uid = uid_t{1000};
  scene.now.observer = scene.process(observer).id.pid;
  scene.now.users = {{.uid = 1001, .name = "alice"}};
  const std::vector<Finding> findings = scene.verdict();
  ASSERT_FALSE(findings.empty());
  EXPECT_NE(findings[0].actions[0].find("ask alice"), std::string::npos) << findings[0].actions[0];
  EXPECT_EQ(findings[0].actions[0].find("vigie stop"), std::string::npos);
}

TEST(Stopped, TheMainProcessWhileAHelperLives) {
  Scene scene({Role::other, Role::other});
  StateShares stopped = shares(0, 0, 0);
  stopped.stopped = 1;
  scene.rates(0).states = stopped;
  scene.process(0).state = 'T';
  scene.run().leader = scene.process(0).id;
  scene.rates(1).states = shares(0.5, 0.5, 0.5);
  scene.rates(1).cpu_percent = 50;
  EXPECT_EQ(scene.rules(), "stopped");
  // What is not needed for the run, like an editor in a terminal of a notebook, may be stopped.
  scene.run().leader = scene.process(1).id;
  EXPECT_EQ(scene.rules(), "");
}

Scene asking();

/// A main process that is stopped, beside another that runs.
Scene stopped_as(char state) {
  Scene scene({Role::other, Role::other});
  StateShares stopped = shares(0, 0, 0);
  stopped.stopped = 1;
  scene.rates(0).states = stopped;
  scene.process(0).state = state;
  scene.run().leader = scene.process(0).id;
  scene.rates(1).states = shares(0.5, 0.5, 0.5);
  scene.rates(1).cpu_percent = 50;
  return scene;
}

TEST(Stopped, ByADebuggerOrByTheTerminalOrBySomebody) {
  EXPECT_NE(stopped_as('t').verdict().at(0).causes[0].find("debugger"), std::string::npos);
  EXPECT_NE(stopped_as('T').verdict().at(0).causes[0].find("SIGSTOP"), std::string::npos);
  const auto in_background = [](const char* call, const char* file) {
    Scene scene = stopped_as('T');
    scene.process(0).tty = 1;
    scene.process(0).process_group = 10;
    Doing doing;
    doing.foreground_group = 99;
    doing.threads = {{.comm = "a", .state = ThreadState::stopped, .call = std::string(call), .file = file}};
    scene.detail(0).doing = doing;
    return scene.verdict().at(0).causes.at(0);
  };
  EXPECT_NE(in_background("read", "/dev/pts/3").find("with SIGTTIN"), std::string::npos);
  EXPECT_NE(in_background("write", "/dev/tty").find("with SIGTTOU"), std::string::npos);
  EXPECT_NE(in_background("ioctl", "/dev/console").find("with SIGTTOU"), std::string::npos);
  EXPECT_NE(in_background("readv", "/dev/ttyS0").find("with SIGTTIN"), std::string::npos);
  EXPECT_NE(in_background("read", "/data/a").find("one that reads it is stopped"), std::string::npos)
      << "what it wanted is not known";
}

TEST(Stopped, TheEdgeAndWhatMayBeStopped) {
  Scene scene = stopped_as('T');
  StateShares nearly = shares(0, 0.1, 0);
  nearly.stopped = 0.9;
  scene.rates(0).states = nearly;
  EXPECT_EQ(scene.rules(), "stopped");
  nearly.stopped = 0.89;
  scene.rates(0).states = nearly;
  EXPECT_EQ(scene.rules(), "") << "it was let go meanwhile";
}

TEST(Judge, ARunIsYoungUntilItIsOlderThanTheWindowAndItsStart) {
  const auto at_age = [](double seconds) {
    Scene scene({Role::trainer, Role::loader_worker});
    scene.rates(0).states = shares(0.2, 0.8, 0.2);
    scene.rates(1).states = shares(0.95, 0.05, 0.95);
    for (const std::size_t i : {0U, 1U})
      scene.process(i).id.start_ticks = 10'000 - static_cast<std::uint64_t>(seconds * 100);
    scene.run().leader = scene.process(0).id;
    return scene.rules();
  };
  EXPECT_EQ(at_age(9), "loader-cpu") << "a window of four seconds, and five of its start";
  EXPECT_EQ(at_age(8.9), "");
}

TEST(Judge, OneLookSuspectsNothing) {
  Scene scene = asking();
  scene.frame.delta.elapsed_seconds = 0;
  (void)scene.verdict();
  EXPECT_TRUE(scene.suspected.empty());
  EXPECT_EQ(scene.wanted, 0);
}

TEST(Terminal, TheLastLineIsAPromptWhenNothingEndsIt) {
  EXPECT_EQ(unfinished_line("one\nOverwrite? [y/N] "), "Overwrite? [y/N]");
  EXPECT_EQ(unfinished_line("one\ndone\r\n"), "");
  EXPECT_EQ(unfinished_line("10%|# |\r20%|## |\r\x1b[KGo on? "), "Go on?");
  EXPECT_EQ(unfinished_line("\x1b]0;title\x07\x1b[31mPassword:\x1b[0m "), "Password:");
  EXPECT_EQ(unfinished_line(""), "");
}

/// A program that sleeps in a read of its terminal, whose last line is a question.
Scene asking() {
  Scene scene({Role::other});
  scene.process(0).cmdline = std::string("python3\0train.py\0", 17);
  scene.process(0).tty = 1;
  scene.process(0).process_group = 10;
  scene.rates(0).states = shares(0, 1, 0);
  Doing doing;
  doing.foreground_group = 10;
  doing.threads = {
      {.comm = "python3", .state = ThreadState::waiting, .call = std::string("read"), .file = "/dev/pts/3"}};
  scene.detail(0).doing = doing;
  SupervisedSample sample;
  sample.record.id = scene.run().id;
  sample.log_tail = std::string("loading\nOverwrite? [y/N] ");
  scene.now.supervised.push_back(sample);
  return scene;
}

TEST(Terminal, AProgramThatAsksWaitsForAPerson) {
  Scene scene = asking();
  scene.run().supervised = true;
  ASSERT_EQ(scene.rules(), "hung");
  const Finding found = scene.verdict()[0];
  EXPECT_EQ(found.summary, "waits for a person to answer: \"Overwrite? [y/N]\"");
  EXPECT_NE(found.actions.at(0).find("vigie attach train"), std::string::npos) << found.actions[0];
}

TEST(Terminal, AShellThatWaitsToBeTypedIntoIsWell) {
  Scene scene = asking();
  scene.process(0).cmdline = std::string("bash\0", 5);
  EXPECT_EQ(scene.rules(), "");
}

TEST(Terminal, WhoReadsInTheBackgroundIsNotAskingAnybody) {
  Scene scene = asking();
  (*scene.detail(0).doing).foreground_group = 99;
  EXPECT_EQ(scene.rules(), "");
}

TEST(Unsure, MemoryThatGrowsInAShortLook) {
  Scene scene({Role::trainer});
  scene.process(0).rss_bytes = 500 << 20;
  scene.history(4, [](Snapshot& then, double second) {
    then.processes[0].rss_bytes -= static_cast<std::uint64_t>(-second * (100 << 20));
  });
  EXPECT_EQ(scene.rules(), "");
  EXPECT_GT(scene.wanted, 0);
  ASSERT_EQ(scene.suspected.size(), 1U);
  EXPECT_EQ(scene.suspected[0].rule, "memory-leak");
  EXPECT_NE(scene.suspected[0].text.find("grew by 400M in 4 s"), std::string::npos) << scene.suspected[0].text;
}

TEST(Containers, AFileSystemIsThatOfTheProcess) {
  Scene scene({Role::other});
  scene.process(0).cwd = std::string("/data");
  const auto mount = [](std::string path, std::uint64_t free) {
    MountSample one{.path = std::move(path), .source = "none", .type = "tmpfs", .read_only = false, .use = {}};
    one.use = MountUse{.total_bytes = 1000, .free_bytes = free, .available_bytes = free, .files = 10, .files_free = 5};
    return one;
  };
  scene.now.host.mounts = std::vector{mount("/", 900), mount("/data", 0)};
  scene.detail(0).mounts = std::vector{mount("/", 900), mount("/data", 800)};
  EXPECT_EQ(scene.rules(), "");
  scene.detail(0).mounts = std::vector{mount("/", 900), mount("/data", 0)};
  EXPECT_EQ(scene.rules(), "disk-full");
}

}  // namespace
}  // namespace vigie::rules
