// Stops and pauses of runs that are really kept.
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "act/kept_for_tests.hpp"
#include "act/pause.hpp"
#include "act/signal.hpp"
#include "control/cgroup_leaf.hpp"
#include "wire/run_directory.hpp"

namespace vigie::act {
namespace {

/// Runs that tell the test when they have set their traps.
class KeptStop : public Kept {
 protected:
  KeptStop() { EXPECT_EQ(::mkfifo(fifo.c_str(), 0600), 0); }
  /// `traps`, then it waits until it is told to end.
  RunRecord ready(const std::string& name, const std::string& traps) {
    RunRecord run = start(name, traps + "; echo > " + fifo + "; while :; do sleep 0.05; done");
    std::ifstream(fifo).get();
    return run;
  }

  const std::string fifo = directory.path("ready");
};

TEST_F(KeptStop, WithoutAKillARunThatIgnoresTheSignalGoesOn) {
  const RunRecord run = ready("stubborn", "trap '' TERM");
  const Result<Stopped> stopped = stop_run("stubborn", {.grace_seconds = 0.3, .no_kill = true});
  ASSERT_TRUE(stopped) << message(stopped);
  EXPECT_EQ(stopped->ended, "");
  EXPECT_FALSE(stopped->left.empty());
  ASSERT_FALSE(stopped->rows.empty());
  EXPECT_EQ(stopped->rows[0].id.pid, run.leader.pid);
  EXPECT_EQ(stopped->rows[0].action, "signal TERM");
  EXPECT_EQ(std::ranges::count(stopped->rows, "kill", &ActionRow::action), 0);
  EXPECT_FALSE(is_over(wait_until_over(run.directory, 0)->state));
}

TEST_F(KeptStop, ACheckpointThatGrowsIsWaitedForByItsRecorder) {
  const std::string place = directory.path("ckpt");
  std::filesystem::create_directory(place);
  ready("saving", "trap 'for part in 1 2 3 4 5; do echo part >> " + place + "/a.pt; sleep 0.2; done; exit 0' TERM");
  const Result<Stopped> stopped = stop_run("saving", {.grace_seconds = 0.6, .wait_checkpoint = place});
  ASSERT_TRUE(stopped) << message(stopped);
  EXPECT_EQ(stopped->ended, "cancelled: stopped on request, exit code 0");
  EXPECT_GT(stopped->extended_seconds, 0);
  const auto file =
      std::ranges::find_if(stopped->files, [](const SavedFile& one) { return one.path.ends_with("a.pt"); });
  ASSERT_NE(file, stopped->files.end());
  EXPECT_EQ(file->bytes, 25U);
  EXPECT_FALSE(file->growing);
}

TEST_F(KeptStop, ARunThatMayStartAgainIsWarnedOfWhereTheWishCannotBeWritten) {
  RunRecord record = wanted(sleeps);
  record.spec.policy.restart.when = RestartPolicy::When::always;
  Result<OpenRun> run = create_run(record, "again");
  ASSERT_TRUE(run) << message(run);
  ASSERT_TRUE(start_run(*run));
  const std::string wish = run->record.directory + "/wish.json";
  std::filesystem::remove(wish);
  std::filesystem::create_directory(wish);
  ASSERT_TRUE(stop_run("again", {.kill = true}));
  EXPECT_TRUE(warnings.starts_with("again may start again should its keeper be killed now: ")) << warnings;
}

TEST_F(KeptStop, ARunThatEndedWhileItsStopWasAskedForIsSaidToBeOver) {
  const RunRecord over = start_and_end("over", "exit 0");
  MadeHost host;
  host.keep("over", {});
  host.record(0).directory = over.directory;  // as the frame had it: running
  const Frame frame = host.frame();
  EXPECT_EQ(message(stop(frame, named(frame, "over"), {}, *this)), "run over is over already (exited: exit code 0)");
}

TEST_F(KeptStop, ALostRunIsAskedToEndBeforeItIsKilled) {
  const RunRecord run = ready("lost", "trap '' HUP; trap 'exit 0' TERM");
  lose(run);
  const Result<Stopped> stopped = stop_run("lost", {.grace_seconds = 600});
  ASSERT_TRUE(stopped) << message(stopped);
  EXPECT_EQ(stopped->rows.front().action, "signal TERM");
  EXPECT_EQ(stopped->rows.front().result, "ended");
  EXPECT_TRUE(stopped->left.empty());
}

TEST_F(KeptStop, APauseOfARunIsUndoneByAResumeAndBothStandAmongItsEvents) {
  const RunRecord run = ready("resnet", "trap '' HUP");
  Frame frame = acting_frame().value();
  const Result<Paused> paused = pause(frame, named(frame, "resnet"));
  ASSERT_TRUE(paused) << message(paused);
  EXPECT_FALSE(paused->failed);
  EXPECT_EQ(paused->before, 0U);
  EXPECT_EQ(paused->by_group, !run.group.directory.empty());
  const bool frozen = paused->by_group && control::CgroupLeaf::of_run(run).frozen();
  EXPECT_TRUE(frozen || control::state_of(run.leader.pid) == 'T');
  frame = acting_frame().value();
  const Result<Paused> resumed = resume(frame, named(frame, "resnet"));
  ASSERT_TRUE(resumed) << message(resumed);
  EXPECT_GT(resumed->before, 0U);
  EXPECT_NE(control::state_of(run.leader.pid), 'T');
  std::ifstream file(run.directory + "/events.jsonl");
  const std::string events((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  EXPECT_LT(events.find("\"paused\""), events.find("\"resumed\"")) << events;
  EXPECT_NE(events.find("\"resumed\""), std::string::npos) << events;
}

TEST_F(KeptStop, ASignalThatEndsARunIsKnownToItsRecorder) {
  const RunRecord run = start("resnet", "exec sleep 1000");
  const Frame frame = acting_frame().value();
  ASSERT_TRUE(act_on(frame, named(frame, "resnet"), send_signal({.signal = SIGKILL})));
  EXPECT_EQ(wait_for_end(run)->status, 128 + SIGKILL);
}

}  // namespace
}  // namespace vigie::act
