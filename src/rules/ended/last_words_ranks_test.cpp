#include "rules/ended/last_words_ranks.hpp"

#include <gtest/gtest.h>

#include "rules/ended/last_words.hpp"

namespace vigie::rules {
namespace {

/// "rank 5 (pid 2630), signal 9" or "rank 3 (pid 96), code 1".
std::string casualty_of(const std::string& output) {
  const std::optional<Casualty> casualty = first_casualty(printed_lines(output));
  if (!casualty) return "none";
  return casualty->who + (casualty->signal != 0 ? ", signal " + std::to_string(casualty->signal)
                                                : ", code " + std::to_string(casualty->code));
}

TEST(FirstCasualty, TheRootCauseOfTorchrun) {
  const std::string first =
      "E0325 20:57:27.620000 2606 api.py:869] failed (exitcode: -9) local_rank: 5 (pid: 2630) of binary: python\n";
  const std::string other =
      "Failures:\n  [1]:\n  rank      : 6 (local_rank: 6)\n  exitcode  : -6 (pid: 2631)\n"
      "  traceback : Signal 6 (SIGABRT) received by PID 2631\n";
  const std::string root =
      "Root Cause (first observed failure):\n[0]:\n  rank      : 13 (local_rank: 5)\n  exitcode  : -9 (pid: 2630)\n"
      "  traceback : Signal 9 (SIGKILL) received by PID 2630\n";
  EXPECT_EQ(casualty_of(first), "local rank 5 (pid 2630), signal 9");
  EXPECT_EQ(casualty_of(first + other), "rank 6 (pid 2631), signal 6");
  EXPECT_EQ(casualty_of(first + other + root), "rank 13 (pid 2630), signal 9");
  EXPECT_EQ(casualty_of("2024-11-20 14:38:16   rank      : 3 (local_rank: 3)\n"
                        "2024-11-20 14:38:16   exitcode  : 1 (pid: 96)\n"),
            "rank 3 (pid 96), code 1");
  EXPECT_EQ(casualty_of("  exitcode  : 137 (pid: 96)\n"), "a rank (pid 96), signal 9");
}

TEST(FirstCasualty, OtherLaunchers) {
  EXPECT_EQ(casualty_of("['/usr/bin/python3', '-u', 'main.py', '--local_rank=2'] exits with return code = -9\n"),
            "local rank 2, signal 9");
  EXPECT_EQ(
      casualty_of("subprocess.CalledProcessError: Command '['python', 't.py']' died with <Signals.SIGSEGV: 11>.\n"),
      "a process of it, signal 11");
  EXPECT_EQ(
      casualty_of("torch.multiprocessing.spawn.ProcessExitedException: process 1 terminated with signal SIGKILL\n"),
      "process 1, signal 9");
  EXPECT_EQ(casualty_of("ProcessExitedException: process 0 terminated with exit code 3\n"), "process 0, code 3");
  EXPECT_EQ(casualty_of("mpirun noticed that process rank 3 with PID 71 on node a exited on signal 11 (Segmentation "
                        "fault).\n"),
            "rank 3 (pid 71), signal 11");
  EXPECT_EQ(casualty_of("CalledProcessError: Command 'python' returned non-zero exit status 137.\n"),
            "a process of it, signal 9");
  EXPECT_EQ(casualty_of("CalledProcessError: Command 'python' returned non-zero exit status 1.\n"), "none");
  EXPECT_EQ(casualty_of("srun: error: gpu20-15: task 3: Killed\n"), "task 3, signal 9");
  EXPECT_EQ(casualty_of("srun: error: gpu20-15: tasks 0-1: Exited with exit code 2\n"), "tasks 0-1, code 2");
}

TEST(FirstCasualty, OfOneEndAndNotOfLongAgo) {
  std::string between;
  for (int i = 0; i < 300; ++i) between += "step " + std::to_string(i) + "\n";
  EXPECT_EQ(casualty_of("process 1 terminated with signal SIGSEGV\nprocess 2 terminated with signal SIGTERM\n"),
            "process 1, signal 11");
  EXPECT_EQ(casualty_of("process 1 terminated with signal SIGSEGV\n" + between +
                        "process 2 terminated with signal SIGKILL\n"),
            "process 2, signal 9");
}

TEST(FirstCasualty, TwoHundredLinesAreOneEnd) {
  const auto with = [](int lines) {
    std::string between;
    for (int i = 0; i < lines; ++i) between += "a line\n";
    return casualty_of("process 1 terminated with signal SIGSEGV\n" + between +
                       "process 2 terminated with signal SIGKILL\n");
  };
  EXPECT_EQ(with(198), "process 1, signal 11");
  EXPECT_EQ(with(199), "process 2, signal 9");
}

TEST(FirstCasualty, OfSummariesTheFirstWithARootCause) {
  const auto summary = [](int rank, bool root) {
    return std::string(root ? "Root Cause (first observed failure):\n" : "") + "  rank      : " + std::to_string(rank) +
           " (local_rank: 0)\n  exitcode  : 1 (pid: " + std::to_string(rank + 100) + ")\n";
  };
  EXPECT_EQ(casualty_of(summary(1, false) + summary(2, false)), "rank 1 (pid 101), code 1");
  EXPECT_EQ(casualty_of(summary(1, false) + summary(2, true) + summary(3, true)), "rank 2 (pid 102), code 1");
}

TEST(FirstCasualty, StatusesOfShells) {
  const auto status = [](int code) {
    return casualty_of("returned non-zero exit status " + std::to_string(code) + "\n");
  };
  EXPECT_EQ(status(128), "none") << "no signal";
  EXPECT_EQ(status(129), "a process of it, code 129") << "a hangup, or a code of its own";
  EXPECT_EQ(status(139), "a process of it, signal 11");
  EXPECT_EQ(casualty_of("process 0 terminated with exit code 0\n"), "none");
  EXPECT_EQ(casualty_of("process 0 terminated with exit code 143\n"), "process 0, signal 15");
  EXPECT_EQ(casualty_of("mpirun noticed that process rank 3 exited on signal 9\n"), "rank 3, signal 9");
  EXPECT_EQ(casualty_of("mpirun noticed that process rank 3 exited on signal\n"), "none");
  EXPECT_EQ(casualty_of("process rank 3 exited on signal 9\n"), "none") << "nobody says who noticed it";
}

TEST(FirstCasualty, AnyTextIsHarmless) {
  for (const char* text : {"", "exitcode", "exitcode :", "failed (exitcode:", "<Signals.", "srun: error: : task",
                           "srun: error: a: task 1:", "exits with return code = 0", "exitcode  : 99999999999999"})
    EXPECT_EQ(casualty_of(text), "none") << text;
}

}  // namespace
}  // namespace vigie::rules
