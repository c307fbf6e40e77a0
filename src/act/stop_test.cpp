#include "act/stop.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <mutex>

#include "act/host_for_tests.hpp"

namespace vigie::act {
namespace {

TEST(StopRequest, OfARunIsAsItWasStarted) {
  RunRecord record;
  record.spec.stop_signal = SIGUSR1;
  record.spec.grace_seconds = 7;
  const StopRequest request = *stop_request({}, &record);
  EXPECT_EQ(request.signal, SIGUSR1);
  EXPECT_EQ(request.grace_seconds, 7);
  EXPECT_EQ(stop_request({.grace_seconds = 0}, &record)->grace_seconds, 0) << "a wish counts, also for none";
}

TEST(StopRequest, OfWhatVigieDidNotStartIsTheUsualOne) {
  const StopRequest request = *stop_request({}, nullptr);
  EXPECT_EQ(request.signal, SIGTERM);
  EXPECT_EQ(request.grace_seconds, 30);
  EXPECT_EQ(request.wait_checkpoint, "");
}

TEST(StopRequest, ToKillHasNoGraceWhateverElseIsWished) {
  RunRecord record;
  record.spec.stop_signal = SIGUSR1;
  const StopRequest request = *stop_request({.grace_seconds = 60, .kill = true}, &record);
  EXPECT_EQ(request.signal, SIGKILL);
  EXPECT_EQ(request.grace_seconds, 0);
}

TEST(StopRequest, NamesTheCheckpointForARecorderThatIsElsewhere) {
  const TestDirectory directory;
  std::filesystem::create_directory(directory.path("ckpt"));
  std::filesystem::create_directory_symlink(directory.path("ckpt"), directory.path("latest"));
  const std::string real = std::filesystem::canonical(directory.path("ckpt")).string();
  EXPECT_EQ(stop_request({.wait_checkpoint = directory.path("latest")}, nullptr)->wait_checkpoint, real);
}

TEST(StopRequest, RefusesACheckpointThatIsNoDirectory) {
  const TestDirectory directory;
  std::ofstream(directory.path("file")) << "x";
  for (const char* name : {"file", "none"}) {
    const Result<StopRequest> request = stop_request({.wait_checkpoint = directory.path(name)}, nullptr);
    ASSERT_FALSE(request) << name;
    EXPECT_EQ(request.error().kind, ErrorKind::usage);
  }
}

struct HostToStop : MadeHost {
  std::size_t trainer = add(first, 1, "python3 train.py");
  std::size_t worker = add(first + 1, first, "python3 worker.py");
  std::size_t train = observe("train", {trainer, worker});
};

std::string text(const std::vector<ActionRow>& rows) {
  std::string all;
  for (const ActionRow& row : rows) all += row.command + ": " + row.action + ": " + row.result + "\n";
  return all;
}

std::string plan(const MadeHost& host, const StopWish& wish, const std::string& name = "train") {
  const Frame frame = host.frame();
  const Result<Acted> planned = plan_stop(frame, named(frame, name), wish);
  return planned ? text(planned->rows) : planned.error().message;
}

TEST(PlanStop, IsTheSignalAndThenTheKillOfWhatIsLeft) {
  EXPECT_EQ(plan(HostToStop(), {.grace_seconds = 5}),
            "python3 train.py: signal TERM: would be done\n"
            "python3 train.py: kill: would be done if it is left after 5.0s\n"
            "python3 worker.py: kill: would be done if it is left after 5.0s\n");
}

TEST(PlanStop, WithoutAKillIsTheSignalAlone) {
  EXPECT_EQ(plan(HostToStop(), {.no_kill = true}), "python3 train.py: signal TERM: would be done\n");
}

TEST(PlanStop, OfAKillNamesEachProcessOnce) {
  EXPECT_EQ(plan(HostToStop(), {.kill = true}),
            "python3 train.py: signal KILL: would be done\npython3 worker.py: kill: would be done\n");
}

TEST(PlanStop, IsRefusedWhereAStopWouldBe) {
  HostToStop host;
  host.keep("old", {}, RunState::exited);
  EXPECT_EQ(plan(host, {}, "old"), "old is over: there is nothing to stop");
}

class RealStop : public OwnState, public StopProgress {
 public:
  void waits(const Waiting& waiting) override {
    const std::scoped_lock lock(mutex_);
    label = waiting.label;
    kept = waiting.kept;
    grace_seconds = waiting.grace_seconds;
    most_waited_seconds = std::max(most_waited_seconds, waiting.waited_seconds);
  }
  void warns(const std::string& sentence) override {
    const std::scoped_lock lock(mutex_);
    warnings += sentence;
  }

 protected:
  Result<Stopped> stop_it(const Process& process, const StopWish& wish) {
    const Found found(process);
    return stop(found.frame, found.target, wish, *this);
  }
  /// Whether it had to be killed.
  static bool killed(const Stopped& stopped) {
    return std::ranges::find(stopped.rows, "kill", &ActionRow::action) != stopped.rows.end();
  }

  std::string label, warnings;
  bool kept = true;
  double grace_seconds = 0, most_waited_seconds = 0;

 private:
  std::mutex mutex_;
};

TEST_F(RealStop, AProcessThatEndsOfTheSignalIsNotWaitedFor) {
  const Process process;
  const Result<Stopped> stopped = stop_it(process, {.grace_seconds = 600});
  ASSERT_TRUE(stopped);
  ASSERT_EQ(stopped->rows.size(), 1U);
  EXPECT_EQ(stopped->rows[0].action, "signal TERM");
  EXPECT_EQ(stopped->rows[0].result, "ended");
  EXPECT_TRUE(stopped->left.empty());
  EXPECT_EQ(stopped->ended, "") << "how it ended its parent alone is told";
  EXPECT_TRUE(ends(process.id()));
}

TEST_F(RealStop, WhatIgnoresTheSignalIsKilledAfterItsGrace) {
  const Process process(Process::ignoring(SIGTERM));
  const Result<Stopped> stopped = stop_it(process, {.grace_seconds = 0.3});
  ASSERT_TRUE(stopped);
  ASSERT_EQ(stopped->rows.size(), 2U);
  EXPECT_EQ(stopped->rows[0].result, "still there");
  EXPECT_EQ(stopped->rows[1].action, "kill");
  EXPECT_EQ(stopped->rows[1].result, "ended");
  EXPECT_TRUE(stopped->left.empty());
  EXPECT_FALSE(process.alive());
}

TEST_F(RealStop, WithoutAKillItIsLeftAndNamed) {
  const Process process(Process::ignoring(SIGTERM));
  const Result<Stopped> stopped = stop_it(process, {.grace_seconds = 0.1, .no_kill = true});
  ASSERT_TRUE(stopped);
  EXPECT_FALSE(killed(*stopped));
  ASSERT_EQ(stopped->left.size(), 1U);
  EXPECT_EQ(stopped->left[0].id, process.id());
  EXPECT_TRUE(process.alive());
}

TEST_F(RealStop, AKillAsksNothing) {
  const Process process(Process::ignoring(SIGTERM));
  const Result<Stopped> stopped = stop_it(process, {.kill = true});
  ASSERT_TRUE(stopped);
  ASSERT_EQ(stopped->rows.size(), 1U);
  EXPECT_EQ(stopped->rows[0].action, "kill");
}

/// Ends by itself of SIGTERM.
void ending(const Process::Ready& ready) {
  std::signal(SIGTERM, [](int) { ::_exit(0); });
  Process::idle(ready);
}

TEST_F(RealStop, APausedProcessCanActOnTheSignal) {
  const Process process(ending);
  (void)control::send_signal(process.id(), SIGSTOP).has_value();
  while (control::state_of(process.pid()) != 'T') ::usleep(1000);
  const Result<Stopped> stopped = stop_it(process, {.grace_seconds = 600});
  ASSERT_TRUE(stopped);
  EXPECT_FALSE(killed(*stopped));
}

TEST_F(RealStop, TheCallerHearsWhatIsWaitedFor) {
  const Process process(Process::ignoring(SIGTERM));
  ASSERT_TRUE(stop_it(process, {.grace_seconds = 0.5}));
  EXPECT_NE(label.find("process " + process.text()), std::string::npos);
  EXPECT_EQ(grace_seconds, 0.5);
  EXPECT_FALSE(kept) << "no recorder goes on with it when the caller is interrupted";
  EXPECT_GT(most_waited_seconds, 0);
  EXPECT_LT(most_waited_seconds, 0.5);
  EXPECT_EQ(warnings, "");
}

/// Where the process of the test below writes; its handlers cannot be given anything.
int saving = -1;

TEST_F(RealStop, ACheckpointThatGrowsMakesTheGraceLonger) {
  const std::string path = directory.path("a.pt");
  saving = ::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
  const Process process([](const Process::Ready& ready) {
    std::signal(SIGTERM, [](int) {
      for (int part = 0; part < 20; ++part) {
        (void)!::write(saving, "part", 4);
        ::usleep(50'000);
      }
      ::_exit(0);
    });
    Process::idle(ready);
  });
  ::close(saving);
  const Result<Stopped> stopped = stop_it(process, {.grace_seconds = 0.6, .wait_checkpoint = directory.path()});
  ASSERT_TRUE(stopped);
  EXPECT_FALSE(killed(*stopped));
  EXPECT_GT(stopped->extended_seconds, 0);
  const auto file = std::ranges::find_if(stopped->files, [](const SavedFile& one) { return one.bytes == 80; });
  ASSERT_NE(file, stopped->files.end());
  EXPECT_FALSE(file->growing) << "its writer ended by itself";
}

TEST_F(RealStop, SeveralNeedNotWaitForEachOther) {
  static int ends_of_pipe[2];
  ASSERT_EQ(::pipe(ends_of_pipe), 0);
  const Process waiting([](const Process::Ready& ready) {
    std::signal(SIGTERM, [](int) {
      char byte = 0;
      if (::read(ends_of_pipe[0], &byte, 1) == 1) ::_exit(0);
    });
    Process::idle(ready);
  });
  const Process other([](const Process::Ready& ready) {
    std::signal(SIGTERM, [](int) {
      (void)!::write(ends_of_pipe[1], "", 1);
      ::_exit(0);
    });
    Process::idle(ready);
  });
  const Frame frame = acting_frame().value();
  const std::vector<Target> targets{named(frame, waiting.text()), named(frame, other.text())};
  const std::vector<Result<Stopped>> stopped = stop_all(frame, targets, {.grace_seconds = 20}, *this);
  ASSERT_EQ(stopped.size(), 2U);
  for (std::size_t i = 0; i < 2; ++i) {
    ASSERT_TRUE(stopped[i]);
    EXPECT_EQ(stopped[i]->label, targets[i].label);
    EXPECT_FALSE(killed(*stopped[i])) << "the first ends once the second was told";
  }
  ::close(ends_of_pipe[0]);
  ::close(ends_of_pipe[1]);
}

/// A helper below a main process that ignores the signal, and that would save when it is told.
void with_saving_child(const Process::Ready& ready) {
  if (::fork() == 0) ending(ready);
  Process::ignoring(SIGTERM)([] {});
}

TEST_F(RealStop, AProcessBelowOneThatIgnoresTheSignalIsPlannedAndTold) {
  const Process helper(with_saving_child);  // the child says that it is ready
  Frame frame = acting_frame().value();
  const ProcessSample* const child = frame.snapshot->find(helper.id());
  ASSERT_NE(child, nullptr);
  const Target target = named(frame, std::to_string(child->ppid));
  const Result<Acted> plan = plan_stop(frame, target, {.no_kill = true});
  ASSERT_TRUE(plan);
  ASSERT_EQ(plan->rows.size(), 2U);
  EXPECT_EQ(plan->rows[1].id, helper.id());
  EXPECT_EQ(plan->rows[1].result, "would be done if the process above it does not pass it on");
  const Result<Stopped> stopped = stop(frame, target, {.grace_seconds = 0.5}, *this);
  ASSERT_TRUE(stopped);
  const auto told = std::ranges::find(stopped->rows, helper.id(), &ActionRow::id);
  ASSERT_NE(told, stopped->rows.end());
  EXPECT_EQ(told->result, "ended");
}

std::string refusal(const MadeHost& host, const std::string& name, StopProgress& progress) {
  const Frame frame = host.frame();
  const Result<Stopped> stopped = stop(frame, named(frame, name), {}, progress);
  return stopped ? "it was stopped" : stopped.error().message;
}

TEST_F(RealStop, WhatIsOverIsRefusedWithItsEnd) {
  HostToStop host;
  host.keep("old", {}, RunState::failed);
  host.record(0).exit = ExitRecord{.kind = ExitRecord::Kind::code, .value = 3, .reason = "exit code 3"};
  host.record(0).started_wall_ns = 1;
  host.record(0).state = RunState::running;  // as last written
  EXPECT_EQ(refusal(host, "old", *this), "run old is over already (failed: exit code 3)");
}

TEST_F(RealStop, ARunOfAnotherMachineIsRefused) {
  HostToStop host;
  const std::size_t away = host.keep("away", {}, RunState::elsewhere);
  host.run(away).elsewhere = "it runs on node7";
  host.record(0).place.host = "node7";
  host.record(0).place.machine_id = "another";
  host.record(0).place.boot_id = "another";
  EXPECT_EQ(refusal(host, "away", *this), "cannot stop away from here: it runs on node7; do it there");
}

TEST_F(RealStop, ARunWithoutProcessesWhoseKeeperIsSilentIsSaidToBeSo) {
  HostToStop host;
  host.keep("next", {}, RunState::queued);
  EXPECT_EQ(refusal(host, "next", *this), "cannot stop next: nothing of it is alive and its keeper does not answer");
}

}  // namespace
}  // namespace vigie::act
