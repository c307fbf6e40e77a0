#include "rules/ended/post_mortem.hpp"

#include <gtest/gtest.h>

#include <csignal>

#include "rules/ended/ended_for_tests.hpp"

namespace vigie::rules {
namespace {

TEST(PostMortem, APythonErrorAndWhereInItsOwnCode) {
  Scene scene = ended(RunState::failed, error);
  const Finding first = scene.verdict().at(0);
  EXPECT_EQ(first.rule, "failed");
  EXPECT_NE(first.summary.find("ValueError: loss is nan"), std::string::npos) << first.summary;
  EXPECT_NE(first.causes[0].find("train.py:42 in step"), std::string::npos) << first.causes[0];
}

TEST(PostMortem, SignsInTheOutput) {
  const std::pair<const char*, const char*> cases[] = {
      {"RuntimeError: CUDA out of memory. Tried to allocate 2 GiB", "gpu-oom"},
      {"OSError: [Errno 28] No space left on device", "disk-full"},
      {"ERROR: Unexpected bus error ... insufficient shared memory (shm).", "shm-full"},
      {"RuntimeError: DataLoader worker (pid 7) is killed by signal: Killed.", "oom-killed"},
      {"OSError: [Errno 24] Too many open files", "fd-limit"},
  };
  for (const auto& [line, rule] : cases) EXPECT_EQ(ended(RunState::failed, line).rules(), rule) << line;
}

TEST(PostMortem, TheKernelSaidSo) {
  Scene scene = ended(RunState::killed, "step 3\n");
  scene.run().exit->out_of_memory = true;
  scene.run().exit->kind = ExitRecord::Kind::signal;
  EXPECT_EQ(scene.rules(), "oom-killed");
}

TEST(PostMortem, AKillWhileTheHostHadNoMemoryIsMostLikelyForThat) {
  Scene scene = ended(RunState::killed, "step 3\n");
  scene.run().exit = ExitRecord{.kind = ExitRecord::Kind::signal, .value = SIGKILL, .reason = "killed by SIGKILL"};
  EXPECT_EQ(scene.rules(), "killed");
  scene.run().exit->oom_kills = 0;
  EXPECT_EQ(scene.rules(), "killed") << "the kernel killed nobody";
  scene.run().exit->oom_kills = 2;
  const Finding first = scene.verdict().at(0);
  EXPECT_EQ(first.rule, "oom-killed");
  EXPECT_EQ(first.confidence, 0.7);
  EXPECT_NE(first.evidence[0].text.find("2 processes"), std::string::npos) << first.evidence[0].text;
  scene.now.supervised[0].record.signalled = SentSignal{.signal = SIGKILL, .wall_ns = scene.run().exit->wall_ns};
  EXPECT_EQ(scene.rules(), "killed") << "somebody did it with vigie";
}

TEST(PostMortem, ALauncherWhoseRankWasKilledThenSaysSo) {
  Scene scene = ended(RunState::failed, "  traceback : Signal 9 (SIGKILL) received by PID 4711\n");
  EXPECT_EQ(scene.rules(), "failed");
  scene.run().exit->oom_kills = 1;
  EXPECT_EQ(scene.rules(), "oom-killed");
}

TEST(PostMortem, ARankThatASignalKilled) {
  const std::string launcher =
      "Traceback (most recent call last):\n  File \"/opt/conda/bin/torchrun\", line 8, in <module>\n"
      "torch.distributed.elastic.multiprocessing.errors.ChildFailedError: \n";
  const std::string rank = "  rank      : 1 (local_rank: 1)\n  exitcode  : ";
  Scene scene = ended(RunState::failed, launcher + rank + "-9 (pid: 22276)\n");
  scene.run().exit->oom_kills = 0;
  EXPECT_EQ(scene.verdict().at(0).summary, "ended because rank 1 (pid 22276) was killed by SIGKILL");
  EXPECT_EQ(scene.rules(), "failed") << "the run itself exited";
  scene.run().exit->oom_kills = 1;
  EXPECT_EQ(scene.rules(), "oom-killed");
  EXPECT_EQ(ended(RunState::failed, launcher + rank + "-11 (pid: 7)\n").verdict().at(0).summary,
            "ended because rank 1 (pid 7) was killed by SIGSEGV");
  EXPECT_EQ(ended(RunState::failed, launcher + rank + "3 (pid: 7)\n").verdict().at(0).summary,
            "ended because rank 1 (pid 7) failed first, with exit code 3");
  EXPECT_NE(
      ended(RunState::failed, error + launcher + rank + "1 (pid: 7)\n").verdict().at(0).summary.find("ValueError"),
      std::string::npos);
}

TEST(PostMortem, TheTimeLimitOfAJob) {
  const char* over = "slurmstepd: error: *** JOB 14 ON a CANCELLED AT 2023-12-03T12:47:09 DUE TO TIME LIMIT ***\n";
  Scene scene = ended(RunState::failed, over);
  EXPECT_EQ(scene.verdict().at(0).summary, "ended because the time limit of its job was over");
  scene.run().exit = ExitRecord{.kind = ExitRecord::Kind::signal, .value = SIGTERM, .reason = "killed by SIGTERM"};
  EXPECT_EQ(scene.verdict().at(0).summary, "ended because the time limit of its job was over");
}

TEST(PostMortem, AnErrorThatMayBePastIsNotWhySomebodyKilledIt) {
  std::string losses;
  for (int i = 1; i < 9; ++i) losses += "loss 0." + std::to_string(i) + "\n";
  Scene scene = ended(RunState::failed, std::string(error) + losses);
  EXPECT_NE(scene.verdict().at(0).summary.find("ValueError"), std::string::npos);
  scene.run().exit = ExitRecord{.kind = ExitRecord::Kind::signal, .value = SIGKILL, .reason = "killed by SIGKILL"};
  EXPECT_EQ(scene.verdict().at(0).summary, "was killed by SIGKILL, and not through vigie");
}

TEST(PostMortem, AnErrorOfTheGpuItself) {
  EXPECT_EQ(ended(RunState::failed, "RuntimeError: CUDA error: uncorrectable ECC error encountered\n").rules(),
            "gpu-error");
}

TEST(PostMortem, LastProgressIsTold) {
  Scene scene = ended(RunState::failed, error);
  Progress last;
  last.step = 40;
  last.total = 120;
  scene.now.supervised[0].record.last_progress = last;
  EXPECT_NE(scene.verdict().at(0).evidence.back().text.find("step 40 of 120"), std::string::npos);
}

TEST(PostMortem, AGoodEndAStopOnRequestAndAnUnreadLogAreNone) {
  EXPECT_EQ(ended(RunState::exited, "CUDA out of memory, retried").rules(), "");
  Scene stopped = ended(RunState::killed, error);
  stopped.now.supervised[0].record.stop.emplace();
  EXPECT_EQ(stopped.rules(), "");
  Scene unread = ended(RunState::failed, error);
  unread.now.supervised[0].log_tail = Presence::not_read;
  EXPECT_EQ(unread.rules(), "");
}

TEST(PostMortem, SigkillByNobodyKnown) {
  Scene scene = ended(RunState::killed, "");
  scene.run().exit->kind = ExitRecord::Kind::signal;
  scene.run().exit->value = SIGKILL;
  EXPECT_EQ(scene.rules(), "killed");
}

TEST(PostMortem, SigtermSentThroughVigieHasASender) {
  Scene scene = ended(RunState::killed, "");
  scene.run().exit->kind = ExitRecord::Kind::signal;
  scene.run().exit->value = SIGTERM;
  scene.now.supervised[0].record.signalled = SentSignal{.signal = SIGUSR1, .by_root = true, .wall_ns = 1};
  EXPECT_EQ(scene.verdict().at(0).summary.find("root"), std::string::npos);
  scene.now.supervised[0].record.signalled->signal = SIGTERM;
  EXPECT_EQ(scene.verdict().at(0).summary, "was killed by SIGTERM, which root sent with vigie signal");
  scene.run().exit->wall_ns = 3600 * nanoseconds_per_second;
  EXPECT_EQ(scene.verdict().at(0).summary.find("root"), std::string::npos) << "an hour ago it was survived";
}

TEST(PostMortem, WhatItDidWhenItsTimeWasOver) {
  Scene scene = ended(RunState::killed, "");
  StopRequest stop{.signal = SIGTERM, .reason = "its time limit of 2 h was over"};
  stop.found_doing = "slept in futex";
  scene.now.supervised[0].record.stop = stop;
  EXPECT_EQ(scene.verdict().at(0).evidence.back().text, "when it was told to stop, its main thread slept in futex");
}

TEST(PostMortem, MemoryThatALimitRefused) {
  const char* refused = "Traceback (most recent call last):\n  File \"t.py\", line 1, in <module>\nMemoryError\n";
  Scene scene = ended(RunState::failed, refused);
  scene.run().exit->oom_kills = 0;
  EXPECT_EQ(scene.rules(), "failed");
  scene.run().exit->address_space_bytes = std::uint64_t{300} << 20;
  const Finding first = scene.verdict().at(0);
  EXPECT_EQ(first.rule, "failed");
  EXPECT_NE(first.causes[0].find("300M (ulimit -v)"), std::string::npos) << first.causes[0];
  scene.run().exit->address_space_bytes = 0;
  scene.run().exit->oom_kills = 1;
  EXPECT_EQ(scene.rules(), "oom-killed");
}

TEST(PostMortem, SigkillIsNotBlamedOnMemoryWithoutACountedKill) {
  Scene worker = ended(RunState::failed, "RuntimeError: DataLoader worker (pid 7) is killed by signal: Killed.");
  worker.run().exit->oom_kills = 0;
  EXPECT_EQ(worker.rules(), "failed");
  Scene itself = ended(RunState::killed, "step 3\n");
  itself.run().exit = ExitRecord{.kind = ExitRecord::Kind::signal, .value = SIGKILL, .reason = "killed by SIGKILL"};
  itself.run().exit->oom_kills = 0;
  EXPECT_NE(itself.verdict().at(0).causes[0].find("killed nothing"), std::string::npos);
}

TEST(PostMortem, AWarningDoesNotKill) {
  Scene scene = ended(RunState::killed, "x.py:46: UserWarning: [Errno 28] No space left on device.\n");
  scene.run().exit = ExitRecord{.kind = ExitRecord::Kind::signal, .value = SIGKILL, .reason = "killed by SIGKILL"};
  EXPECT_EQ(scene.rules(), "killed");
}

}  // namespace
}  // namespace vigie::rules
