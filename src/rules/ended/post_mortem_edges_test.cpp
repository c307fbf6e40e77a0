// Which of several reasons a run ended for: signals and who sent them, limits, words that are believed or not.
#include <gtest/gtest.h>

#include <csignal>

#include "rules/ended/ended_for_tests.hpp"

namespace vigie::rules {
namespace {

/// A run that a signal ended.
Scene ended_by(int signal, std::string output = "step 3\n") {
  Scene scene = ended(RunState::killed, std::move(output));
  scene.run().exit = ExitRecord{.kind = ExitRecord::Kind::signal, .value = signal, .reason = {}};
  return scene;
}

std::string summary(Scene& scene) {
  const std::vector<Finding> found = scene.verdict();
  return found.empty() ? "" : found[0].summary;
}

TEST(PostMortemEdges, WhatASignalSaysOfTheEnd) {
  const std::pair<int, const char*> cases[] = {
      {SIGSEGV, "crashed: killed by SIGSEGV"},   {SIGBUS, "crashed: killed by SIGBUS"},
      {SIGABRT, "crashed: killed by SIGABRT"},   {SIGTERM, "ended early: killed by SIGTERM"},
      {SIGHUP, "ended early: killed by SIGHUP"}, {SIGKILL, "was killed by SIGKILL, and not through vigie"},
  };
  for (const auto& [signal, text] : cases) {
    Scene scene = ended_by(signal);
    EXPECT_EQ(summary(scene), text);
  }
  Scene unknown = ended(RunState::failed, "");
  unknown.run().exit.reset();
  EXPECT_EQ(summary(unknown), "ended early: how is not known");
  Scene code = ended(RunState::failed, "");
  EXPECT_EQ(summary(code), "ended early: exit code 1");
}

TEST(PostMortemEdges, ASignalOfTheLastTenSecondsEndedIt) {
  Scene scene = ended_by(SIGTERM);
  scene.now.supervised[0].record.signalled = SentSignal{.signal = SIGTERM, .wall_ns = 5 * nanoseconds_per_second};
  scene.run().exit->wall_ns = 15 * nanoseconds_per_second - 1;
  EXPECT_EQ(summary(scene), "was killed by SIGTERM, which its user sent with vigie signal");
  scene.run().exit->wall_ns += 1;
  EXPECT_EQ(summary(scene), "ended early: killed by SIGTERM");
  scene.run().exit = ExitRecord{.kind = ExitRecord::Kind::code, .value = SIGTERM, .wall_ns = 0, .reason = {}};
  EXPECT_EQ(summary(scene), "ended early: exit code 15") << "it handled the signal";
}

TEST(PostMortemEdges, ARunWhoseKeeperVanished) {
  Scene scene({Role::trainer});
  scene.run().state = RunState::lost;
  scene.now.supervised = ended(RunState::lost, "").now.supervised;
  const Finding one = scene.verdict().at(0);
  EXPECT_EQ(one.rule, "killed");
  EXPECT_EQ(one.actions.at(0), "1 process of it is alive: vigie kill train ends that first");
  scene.add(Role::loader_worker);
  EXPECT_EQ(scene.verdict().at(0).actions.at(0), "2 processes of it are alive: vigie kill train ends that first");
  Scene none = ended(RunState::lost, "slurmstepd: error: *** JOB 1 ON a CANCELLED AT 2022-05-17 ***\n");
  EXPECT_EQ(summary(none), "was alive when its keeper vanished: a reboot, or somebody killed the keeper, too")
      << "how it ended nobody knows, whatever a scheduler said";
  EXPECT_EQ(none.verdict().at(0).actions.at(0), "vigie restart train");
  none.now.supervised[0].log_tail = std::string("srun: error: gpu20-15: task 3: Killed\n");
  EXPECT_EQ(summary(none), "was alive when its keeper vanished: a reboot, or somebody killed the keeper, too");
}

TEST(PostMortemEdges, ARunThatWasNeverStarted) {
  Scene scene = ended(RunState::failed, "");
  scene.run().exit = ExitRecord{.kind = ExitRecord::Kind::unknown, .reason = "not started: no such command"};
  EXPECT_EQ(summary(scene), "was never started: no such command");
  EXPECT_EQ(scene.verdict().at(0).confidence, 1);
  scene.run().exit->reason = "its group is gone";
  EXPECT_EQ(summary(scene), "was never started: its group is gone");
  scene.now.supervised[0].record.started_wall_ns = 7;
  EXPECT_EQ(summary(scene), "ended early: ended, status unknown");
}

TEST(PostMortemEdges, ALimitThatWasPlannedIsNoFailure) {
  Scene scene = ended_by(SIGTERM);
  StopRequest stop{.signal = SIGTERM, .reason = "its time limit of 2 h was over"};
  scene.now.supervised[0].record.stop = stop;
  EXPECT_EQ(scene.rules(), "killed");
  EXPECT_EQ(scene.verdict().at(0).severity, Severity::critical);
  scene.run().state = RunState::cancelled;
  const Finding planned = scene.verdict().at(0);
  EXPECT_EQ(planned.rule, "cancelled");
  EXPECT_EQ(planned.severity, Severity::info);
  EXPECT_EQ(planned.summary, "was stopped because its time limit of 2 h was over");
  scene.run().exit = ExitRecord{.kind = ExitRecord::Kind::code, .value = 0, .reason = {}};
  EXPECT_EQ(scene.rules(), "") << "it saved its work and ended well";
  scene.run().exit->value = 2;
  EXPECT_EQ(scene.rules(), "cancelled");
  scene.run().state = RunState::failed;
  scene.run().exit->value = 0;
  EXPECT_EQ(scene.rules(), "failed") << "what failed otherwise than by its code";
}

TEST(PostMortemEdges, AStopExplainsWhatALauncherOrASchedulerSaysAfterIt) {
  const StopRequest limit{.signal = SIGTERM, .reason = "its time limit of 2 h was over"};
  for (const char* output : {"srun: error: gpu20-15: task 3: Terminated by SIGTERM\n",
                             "slurmstepd: error: *** STEP 7.0 ON a CANCELLED AT 2022-05-17T17:58:10 ***\n"}) {
    Scene scene = ended_by(SIGTERM, output);
    EXPECT_NE(summary(scene).find("ended because"), std::string::npos) << output;
    scene.now.supervised[0].record.stop = limit;
    EXPECT_EQ(summary(scene), "was stopped because its time limit of 2 h was over") << output;
    scene.now.supervised[0].record.stop.reset();
    scene.now.supervised[0].record.signalled = SentSignal{.signal = SIGTERM, .wall_ns = 0};
    EXPECT_EQ(summary(scene), "was killed by SIGTERM, which its user sent with vigie signal") << output;
  }
}

TEST(PostMortemEdges, ARankThatCrashedOrWasToldToEnd) {
  const auto cause = [](const char* how) {
    Scene scene = ended(RunState::failed, "  rank      : 1 (local_rank: 1)\n  exitcode  : " + std::string(how));
    return scene.verdict().at(0).causes.at(0);
  };
  EXPECT_NE(cause("-6 (pid: 7)\n").find("native code"), std::string::npos);
  EXPECT_NE(cause("-15 (pid: 7)\n").find("somebody sent it"), std::string::npos);
  EXPECT_NE(cause("-9 (pid: 7)\n").find("when the host had no memory left"), std::string::npos);
  EXPECT_EQ(cause("3 (pid: 7)\n"), "what it printed itself tells more");
  Scene scene = ended_by(SIGTERM, "process 1 terminated with signal SIGSEGV\n");
  EXPECT_EQ(scene.rules(), "killed") << "the run itself was";
}

TEST(PostMortemEdges, AKillThatIsNotForMemoryIsNotSaidToBe) {
  Scene scene = ended_by(SIGTERM);
  scene.run().exit->oom_kills = 1;
  EXPECT_EQ(scene.rules(), "killed") << "the kernel kills with SIGKILL";
  scene.run().exit = ExitRecord{.kind = ExitRecord::Kind::code, .value = SIGKILL, .oom_kills = 1, .reason = {}};
  EXPECT_EQ(scene.rules(), "failed");
  scene.now.supervised[0].log_tail = std::string("process 1 terminated with signal SIGSEGV\n");
  EXPECT_EQ(scene.rules(), "failed");
  scene.now.supervised[0].log_tail = std::string("process 1 terminated with signal SIGKILL\n");
  EXPECT_EQ(scene.rules(), "oom-killed");
}

TEST(PostMortemEdges, WordsThatTheKernelContradicts) {
  const char* refused = "Traceback (most recent call last):\n  File \"t.py\", line 1, in <module>\nMemoryError\n";
  Scene scene = ended(RunState::failed, refused);
  EXPECT_EQ(scene.rules(), "oom-killed") << "what the kernel did is not known";
  scene.run().exit->data_bytes = std::uint64_t{200} << 20;
  EXPECT_EQ(scene.verdict().at(0).causes.at(0), "its data were limited to 200M (ulimit -d)");
  scene.run().exit->oom_kills = 3;
  EXPECT_EQ(scene.rules(), "failed") << "it met its own limit first";
  scene.run().exit.reset();
  EXPECT_EQ(scene.rules(), "oom-killed");
  Scene aborted = ended_by(SIGABRT, "terminate called after throwing an instance of 'std::bad_alloc'\n");
  aborted.run().exit->oom_kills = 0;
  EXPECT_EQ(aborted.rules(), "failed") << "no signal from outside killed it";
  Scene worker = ended_by(SIGKILL, "RuntimeError: DataLoader worker (pid 7) is killed by signal: Killed.\n");
  worker.run().exit->address_space_bytes = 1 << 20;
  worker.run().exit->oom_kills = 1;
  EXPECT_EQ(worker.rules(), "oom-killed") << "a limit kills no worker";
}

TEST(PostMortemEdges, AWarningOfARunThatExitedIsHalfAReason) {
  Scene scene = ended(RunState::failed, "x.py:46: UserWarning: [Errno 28] No space left on device.\n");
  EXPECT_EQ(scene.rules(), "disk-full");
  EXPECT_EQ(scene.verdict().at(0).confidence, 0.5);
}

TEST(PostMortemEdges, WhatMayBePastIsTheReasonUnlessASignalCameFromOutside) {
  std::string losses;
  for (int i = 1; i < 9; ++i) losses += "loss 0." + std::to_string(i) + "\n";
  for (const int signal : {SIGTERM, SIGINT, SIGHUP, SIGKILL}) {
    Scene scene = ended_by(signal, error + losses);
    EXPECT_EQ(summary(scene).find("ValueError"), std::string::npos) << signal;
  }
  Scene aborted = ended_by(SIGABRT, error + losses);
  EXPECT_NE(summary(aborted).find("ValueError"), std::string::npos);
  Scene not_past = ended_by(SIGTERM, error);
  EXPECT_NE(summary(not_past).find("ValueError"), std::string::npos);
  Scene code = ended(RunState::failed, error + losses);
  code.run().exit->value = SIGTERM;
  EXPECT_NE(summary(code).find("ValueError"), std::string::npos) << "a code that is no signal";
  Scene full = ended_by(SIGKILL, "OSError: [Errno 28] No space left on device\n" + losses);
  EXPECT_EQ(full.rules(), "killed");
}

TEST(PostMortemEdges, ACasualtySaysMoreThanAWarningOrWhatIsPast) {
  const std::string rank = "  rank      : 1 (local_rank: 1)\n  exitcode  : -11 (pid: 7)\n";
  Scene warned = ended_by(SIGTERM, "x.py:46: UserWarning: [Errno 28] No space left on device.\n" + rank);
  EXPECT_EQ(summary(warned), "ended because rank 1 (pid 7) was killed by SIGSEGV");
  std::string losses;
  for (int i = 1; i < 9; ++i) losses += "loss 0." + std::to_string(i) + "\n";
  Scene past = ended_by(SIGTERM, error + losses + rank);
  EXPECT_EQ(summary(past), "ended because rank 1 (pid 7) was killed by SIGSEGV");
  Scene told = ended_by(SIGTERM, error + rank);
  EXPECT_EQ(summary(told), "ended with an error: ValueError: loss is nan");
}

TEST(PostMortemEdges, WhereItStoodWhenItEnded) {
  Scene scene = ended(RunState::failed, error);
  Progress last;
  last.step = 40;
  last.epoch = 2;
  last.metrics = {{"loss", 0.25}};
  last.wall_ns = 100 * nanoseconds_per_second;
  RunRecord& record = scene.now.supervised[0].record;
  record.last_progress = last;
  const auto text = [&] { return scene.verdict().at(0).evidence.back().text; };
  EXPECT_EQ(text(), "last progress: step 40 in epoch 2, loss 0.25");
  record.exit = ExitRecord{.wall_ns = 190 * nanoseconds_per_second, .reason = {}};
  EXPECT_EQ(text(), "last progress: step 40 in epoch 2, loss 0.25, 1:30 before the end");
  record.exit->wall_ns = record.last_progress->wall_ns;
  EXPECT_EQ(text(), "last progress: step 40 in epoch 2, loss 0.25");
  record.exit->wall_ns = 190 * nanoseconds_per_second;
  record.last_progress->wall_ns = 0;
  EXPECT_EQ(text(), "last progress: step 40 in epoch 2, loss 0.25") << "when it moved is not known";
  record.last_progress->step.reset();
  EXPECT_EQ(text(), "how it ended: exit code 1");
}

TEST(PostMortemEdges, WhereALibrarysErrorWasRaised) {
  Scene scene = ended(RunState::failed,
                      "Traceback (most recent call last):\n  File \"/w/train.py\", line 20, in f\n"
                      "torch.cuda.OutOfMemoryError: CUDA out of memory.\n");
  EXPECT_EQ(scene.rules(), "gpu-oom");
  EXPECT_EQ(scene.verdict().at(0).evidence.back().text,
            "raised in train.py:20 in f: torch.cuda.OutOfMemoryError: CUDA out of memory.");
}

TEST(PostMortemEdges, WhenItEndedIsWhenItsTroubleBegan) {
  Scene scene = ended(RunState::failed, error);
  EXPECT_EQ(scene.verdict().at(0).since_wall_ns, scene.now.before.wall_ns);
  scene.run().ended_wall_ns = 77;
  EXPECT_EQ(scene.verdict().at(0).since_wall_ns, 77);
}

}  // namespace
}  // namespace vigie::rules
