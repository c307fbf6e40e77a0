// Runs in which nothing moves: what is a hang, what only looks like one, and what a longer look would tell.
#include <gtest/gtest.h>

#include "model/call.hpp"
#include "rules/scene_for_tests.hpp"

namespace vigie::rules {
namespace {

/// A process that waits for another one to let go of a lock, in so many looks.
StateShares in_lock(double share = 1) {
  StateShares state = shares(0, 1, 0);
  state.in_poll = 0;
  state.in_futex = 1;
  state.locked = share;
  return state;
}

/// Processes that all wait for locks, watched for 9 s.
struct Deadlock : Scene {
  explicit Deadlock(std::initializer_list<Role> roles) : Scene(roles) {
    frame.delta.elapsed_seconds = 9;
    for (std::size_t i = 0; i < now.processes.size(); ++i) {
      rates(i).states = in_lock();
      rates(i).cpu_percent = 0.0;
    }
  }
  void set_progress(double seconds_ago, std::optional<double> longest_gap) {
    Progress progress;
    progress.step = 30;
    progress.total = 100;
    progress.longest_gap_seconds = longest_gap;
    progress.wall_ns = now.after.wall_ns - static_cast<std::int64_t>(seconds_ago * nanoseconds_per_second);
    run().progress = progress;
  }
  Finding first() {
    const std::vector<Finding> found = verdict();
    return found.empty() ? Finding{} : found[0];
  }
};

TEST(HungEdges, OneThatRunsNowAndThenDoesSomething) {
  Deadlock scene({Role::other});
  StateShares state = in_lock();
  state.running = 0.1;
  scene.rates(0).states = state;
  EXPECT_EQ(scene.rules(), "hung");
  state.running = 0.11;
  scene.rates(0).states = state;
  EXPECT_EQ(scene.rules(), "");
  scene.rates(0).states = Presence::denied;
  EXPECT_EQ(scene.rules(), "") << "nobody looked";
}

TEST(HungEdges, TheLockHasToShow) {
  Deadlock scene({Role::other});
  StateShares state = in_lock();
  state.in_futex = 0.51;
  scene.rates(0).states = state;
  EXPECT_EQ(scene.rules(), "hung");
  state.in_futex = 0.5;
  scene.rates(0).states = state;
  EXPECT_EQ(scene.rules(), "") << "what it waits in is not known";
}

TEST(HungEdges, TheFirstThatShowsItIsNamed) {
  Deadlock scene({Role::other, Role::other});
  EXPECT_NE(scene.first().evidence.at(1).text.find("pid 10"), std::string::npos);
  StateShares elsewhere = in_lock();
  elsewhere.in_futex = 0;
  scene.rates(0).states = elsewhere;
  EXPECT_NE(scene.first().evidence.at(1).text.find("pid 11"), std::string::npos);
  EXPECT_NE(scene.first().actions.at(0).find("vigie syscalls 11"), std::string::npos);
}

TEST(HungEdges, PipesOfTheRunAndOnesThatMayLeadElsewhere) {
  StateShares reading = in_lock();
  reading.in_futex = 0;
  reading.in_pipe = 0.51;
  Deadlock scene({Role::other, Role::other, Role::other});
  for (const std::size_t i : {0U, 1U, 2U}) scene.rates(i).states = reading;
  EXPECT_EQ(scene.rules(), "hung");
  EXPECT_NE(scene.first().evidence.at(1).text.find("pid 11"), std::string::npos) << "the second that reads one";
  reading.in_pipe = 0.5;
  for (const std::size_t i : {1U, 2U}) scene.rates(i).states = reading;
  EXPECT_EQ(scene.rules(), "");
}

TEST(HungEdges, StorageThatDoesNotAnswerInNearlyEveryLook) {
  const auto in_disk = [](double share) {
    Deadlock scene({Role::other});
    StateShares state = shares(0, 1 - share, 0);
    state.disk = share;
    scene.rates(0).states = state;
    return scene.rules();
  };
  EXPECT_EQ(in_disk(0.98), "hung");
  EXPECT_EQ(in_disk(0.979), "");
  Deadlock beside({Role::other, Role::other});
  StateShares state = shares(0, 0, 0);
  state.disk = 1;
  beside.rates(1).states = state;
  beside.process(1).wchan = std::string("nfs_wait");
  EXPECT_NE(
      beside.first().evidence.at(1).text.find("pid 11) in uninterruptible sleep (D) in 100 % of the looks, in nfs"),
      std::string::npos)
      << "it is the reason, whoever else waits: " << beside.first().evidence.at(1).text;
}

TEST(HungEdges, WorkersThatPollAndTrainersThatPollForThem) {
  const auto with = [](double worker_locked, double trainer_asleep) {
    Deadlock scene({Role::trainer, Role::loader_worker, Role::loader_worker});
    scene.rates(0).states = shares(0, trainer_asleep, 0);
    scene.rates(1).states = in_lock(worker_locked);
    scene.rates(2).states = shares(0, 1, 0);
    return scene.rules();
  };
  EXPECT_EQ(with(0.98, 0.98), "hung") << "one worker that hangs is enough, the other polls for work";
  EXPECT_EQ(with(0.97, 0.98), "");
  EXPECT_EQ(with(0.98, 0.97), "") << "it had something else to do";
}

TEST(HungEdges, ATrainerThatPollsForWorkersThatAreWellIsNotHeldUpByALockElsewhere) {
  Deadlock scene({Role::trainer, Role::loader_worker, Role::other});
  scene.rates(0).states = scene.rates(1).states = shares(0, 1, 0);
  EXPECT_EQ(scene.rules(), "");
}

TEST(HungEdges, ALauncherIsParkedAndSoIsAHelper) {
  for (const Role role : {Role::launcher, Role::helper}) {
    Deadlock scene({Role::other, role});
    scene.rates(1).states = shares(0, 0.1, 0);
    EXPECT_EQ(scene.rules(), "hung");
  }
  Deadlock other({Role::other, Role::other});
  other.rates(1).states = shares(0, 1, 0);
  EXPECT_EQ(other.rules(), "");
}

TEST(HungEdges, RanksAreJudgedTogether) {
  Deadlock one({Role::rank, Role::other});
  EXPECT_EQ(one.rules(), "hung") << "a single rank is a run like any other";
  Deadlock two({Role::rank, Role::rank});
  EXPECT_EQ(two.rules(), "collective-wait");
}

TEST(HungEdges, ARunThatBeganWithinTheWindow) {
  Deadlock scene({Role::other});
  scene.run().leader = {1, 1};  // has ended, and what is left is as young as it is
  scene.run().started_wall_ns = 0;
  scene.process(0).id.start_ticks = 9000;
  EXPECT_EQ(scene.rules(), "hung") << "10 s old, watched for 9";
  scene.process(0).id.start_ticks = 9001;
  EXPECT_EQ(scene.rules(), "");
}

TEST(HungEdges, ABarTellsMoreThanHowItLooks) {
  Deadlock scene({Role::other});
  scene.set_progress(7.9, 1);
  EXPECT_EQ(scene.rules(), "") << "it moved";
  scene.set_progress(8, 1);
  EXPECT_EQ(scene.rules(), "hung");
  EXPECT_EQ(scene.first().confidence, 0.95);
  scene.set_progress(30, 10);
  EXPECT_EQ(scene.rules(), "hung") << "three times the longest pause";
  scene.set_progress(29.9, 10);
  EXPECT_EQ(scene.rules(), "");
  scene.set_progress(20, std::nullopt);
  EXPECT_EQ(scene.rules(), "hung");
  EXPECT_NE(scene.first().evidence.at(1).text.find("it was not seen to move before"), std::string::npos);
  scene.set_progress(19.9, std::nullopt);
  EXPECT_EQ(scene.rules(), "");
  (*scene.run().progress).rate_per_second = 0.5;
  EXPECT_EQ(scene.rules(), "hung");
  EXPECT_NE(scene.first().evidence.at(1).text.find("by its own words a step takes 2.0s"), std::string::npos)
      << scene.first().evidence.at(1).text;
}

TEST(HungEdges, ABarThatIsDoneStandsStillForGood) {
  const auto done = [](void (*change)(Progress&)) {
    Deadlock scene({Role::other});
    scene.rates(0).states = shares(0, 1, 0);
    scene.set_progress(60, 1);
    change(*scene.run().progress);
    return scene.rules();
  };
  EXPECT_EQ(done([](Progress& bar) { bar.step = 99; }), "hung");
  EXPECT_EQ(done([](Progress& bar) { bar.step = 100; }), "");
  EXPECT_EQ(done([](Progress& bar) {
              bar.step = 100;
              bar.epoch = 2;
              bar.epochs = 3;
            }),
            "hung")
      << "an epoch is to come";
  EXPECT_EQ(done([](Progress& bar) {
              bar.step = 100;
              bar.epoch = bar.epochs = 3;
            }),
            "");
  EXPECT_EQ(done([](Progress& bar) {
              bar.step.reset();
              bar.percent = 99;
            }),
            "hung");
  EXPECT_EQ(done([](Progress& bar) {
              bar.step.reset();
              bar.percent = 100;
            }),
            "");
  EXPECT_EQ(done([](Progress& bar) { bar.wall_ns = 0; }), "") << "it never moved";
}

TEST(HungEdges, WhatItReadAndWroteAllTheSame) {
  Deadlock scene({Role::other, Role::other});
  EXPECT_NE(scene.first().evidence.at(0).text.find("and no I/O in 9 s by its 2 processes"), std::string::npos);
  scene.rates(0).read_chars_per_second = 0.25;
  EXPECT_NE(scene.first().evidence.at(0).text.find("and no I/O"), std::string::npos);
  scene.rates(1).write_chars_per_second = 0.25;
  EXPECT_EQ(scene.first().evidence.at(0).text.find("and no I/O"), std::string::npos);
  scene.rates(1).write_chars_per_second = 40.0;
  scene.rates(1).read_chars_per_second = 30.0;
  EXPECT_NE(scene.first().evidence.at(0).text.find("and 70 bytes of I/O a second"), std::string::npos);
}

/// A process of which so many of three threads sleep in a lock, while another prints now and then.
Scene with_locked_threads(std::size_t locked) {
  Scene scene({Role::other, Role::other});
  for (const std::size_t i : {0U, 1U}) {
    scene.rates(i).states = shares(0, 1, 0);
    scene.rates(i).cpu_percent = 0.4;
    scene.rates(i).write_chars_per_second = 500;
    Doing doing;
    for (std::size_t thread = 0; thread < 3; ++thread)
      doing.threads.push_back({.comm = "t",
                               .state = ThreadState::waiting,
                               .call = std::string(thread < locked + i ? "futex" : "poll"),
                               .file = {}});
    scene.detail(i).doing = doing;
  }
  return scene;
}

TEST(HungEdges, LocksOfThreadsBesideOneThatPrintsAreSuspected) {
  Scene one = with_locked_threads(0);
  (void)one.verdict();
  EXPECT_TRUE(one.suspected.empty()) << "one thread in a lock is usual";
  Scene scene = with_locked_threads(1);
  EXPECT_EQ(scene.rules(), "");
  ASSERT_EQ(scene.suspected.size(), 1U);
  EXPECT_EQ(scene.suspected[0].text, "it used no CPU in 4 s, and 2 of 3 threads of python3 (pid 11) wait for a lock");
  EXPECT_NE(scene.suspected[0].how.find("--pid 11"), std::string::npos);
  EXPECT_EQ(scene.wanted, 0) << "a longer look would not tell more";
  scene.rates(0).cpu_percent = 0.6;
  (void)scene.verdict();
  EXPECT_TRUE(scene.suspected.empty()) << "1 % of a CPU";
  Scene awake = with_locked_threads(1);
  for (CallKey& thread : (*awake.detail(1).doing).threads) thread.state = ThreadState::running;
  (void)awake.verdict();
  EXPECT_TRUE(awake.suspected.empty());
  Scene moves = with_locked_threads(1);
  Progress progress;
  progress.step = 3;
  progress.longest_gap_seconds = 1;
  progress.wall_ns = moves.now.after.wall_ns - 8 * nanoseconds_per_second + 1;
  moves.run().progress = progress;
  (void)moves.verdict();
  EXPECT_TRUE(moves.suspected.empty()) << "it makes progress";
  (*moves.run().progress).wall_ns -= 1;
  (void)moves.verdict();
  EXPECT_EQ(moves.suspected.size(), 1U);
}

TEST(HungEdges, AShortSilenceIsSuspectedAndSaysWhatWouldTell) {
  Deadlock scene({Role::other});
  scene.frame.delta.elapsed_seconds = 4;
  EXPECT_EQ(scene.rules(), "");
  ASSERT_EQ(scene.suspected.size(), 1U);
  EXPECT_EQ(scene.suspected[0].rule, "hung");
  EXPECT_EQ(scene.suspected[0].how, "a deadlock takes 9 s of it");
  EXPECT_DOUBLE_EQ(scene.wanted, 4.5);
  scene.rates(0).states = shares(0, 1, 0);
  (void)scene.verdict();
  EXPECT_TRUE(scene.suspected.empty()) << "it is idle";
  scene.set_progress(30, 12);
  (void)scene.verdict();
  ASSERT_EQ(scene.suspected.size(), 1U);
  EXPECT_EQ(scene.suspected[0].how, "pauses up to 36.0s are usual for it") << scene.suspected[0].how;
  EXPECT_NE(scene.suspected[0].text.find("stands still for 30.0s"), std::string::npos) << scene.suspected[0].text;
}

TEST(HungEdges, NothingIsSuspectedOfARunThatIsOverOrPaused) {
  for (const RunState state : {RunState::paused, RunState::exited, RunState::killed}) {
    Deadlock scene({Role::other});
    scene.frame.delta.elapsed_seconds = 4;
    scene.run().state = state;
    (void)scene.verdict();
    EXPECT_TRUE(scene.suspected.empty()) << name_of(state);
    EXPECT_EQ(scene.wanted, 0);
  }
}

}  // namespace
}  // namespace vigie::rules
