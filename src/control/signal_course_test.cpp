#include "control/signal_course.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <string>
#include <thread>
#include <utility>

#include "base/clock.hpp"
#include "base/second_for_tests.hpp"
#include "control/child_for_tests.hpp"
#include "control/process.hpp"

namespace vigie::control {
namespace {

constexpr std::int64_t began = 1000 * second;  ///< long after the processes
using Pids = std::vector<pid_t>;

ProcessId id(pid_t pid) {
  return {pid, static_cast<std::uint64_t>(pid)};
}

Listener dies(pid_t pid, pid_t parent) {
  return {.id = id(pid), .parent = parent, .takes = Takes::dies};
}
Listener handles(pid_t pid, pid_t parent) {
  return {.id = id(pid), .parent = parent, .takes = Takes::handles};
}
Listener shell_with_trap(pid_t pid, pid_t parent) {
  return {.id = id(pid), .parent = parent, .takes = Takes::handles, .only_waits = true};
}
Listener in_background(Listener process) {
  process.background = true;
  return process;
}

class Course : public ::testing::Test {
 protected:
  Pids told(const std::vector<Listener>& tree, double seconds) {
    Pids pids;
    for (const ProcessId& one : course_.next(tree, began + static_cast<std::int64_t>(seconds * second)))
      pids.push_back(one.pid);
    return pids;
  }

  SignalCourse course_{SIGTERM, id(10)};
};

TEST_F(Course, ATrainerTellsItsWorkersItself) {
  const std::vector<Listener> tree{handles(10, 1), handles(11, 10), dies(12, 10)};
  EXPECT_EQ(told(tree, 0), (Pids{10}));
  for (const double seconds : {0.1, 1.0, 2.0, 20.0}) EXPECT_EQ(told(tree, seconds), Pids{});
}

TEST_F(Course, WhatAShellThatDiedLaunchedIsToldAtOnce) {
  EXPECT_EQ(told({dies(10, 1), handles(11, 10)}, 0), (Pids{10}));
  EXPECT_EQ(told({handles(11, 1)}, 0.1), (Pids{11}));
  EXPECT_EQ(told({handles(11, 1)}, 9), Pids{});
}

TEST_F(Course, ThroughSeveralLaunchersOneAfterTheOther) {
  EXPECT_EQ(told({dies(10, 1), dies(11, 10), handles(12, 11)}, 0), (Pids{10}));
  EXPECT_EQ(told({dies(11, 1), handles(12, 11)}, 0.1), (Pids{11}));
  EXPECT_EQ(told({handles(12, 1)}, 0.2), (Pids{12}));
}

TEST_F(Course, TheForegroundChildOfAShellThatWaitsIsToldAfterASecond) {
  const std::vector<Listener> tree{shell_with_trap(10, 1), handles(11, 10)};
  EXPECT_EQ(told(tree, 0), (Pids{10}));
  EXPECT_EQ(told(tree, 0.9), Pids{});
  EXPECT_EQ(told(tree, 1.0), (Pids{11}));
  EXPECT_EQ(told(tree, 5), Pids{});
}

TEST_F(Course, ABackgroundChildIsTheTrapsToTell) {
  const std::vector<Listener> tree{shell_with_trap(10, 1), in_background(handles(11, 10)), in_background(dies(12, 10))};
  course_.hold_until(began + 18 * second);
  EXPECT_EQ(told(tree, 0), (Pids{10}));
  EXPECT_EQ(told(tree, 17), Pids{});
  EXPECT_EQ(told(tree, 18), (Pids{11})) << "or else it would be killed soon";
  EXPECT_EQ(told(tree, 30), Pids{});
}

TEST_F(Course, WhatATrapLeftWhenItsShellEndedMayHaveBeenTold) {
  course_.hold_until(began + 18 * second);
  EXPECT_EQ(told({shell_with_trap(10, 1), in_background(handles(11, 10))}, 0), (Pids{10}));
  EXPECT_EQ(told({in_background(handles(11, 1))}, 0.1), Pids{});
  EXPECT_EQ(told({in_background(handles(11, 1))}, 5), Pids{});
  EXPECT_EQ(told({in_background(handles(11, 1))}, 18), (Pids{11}));
}

TEST_F(Course, WhatIsBelowOneThatIgnoresTheSignalInTheBackgroundIsToldToo) {
  Listener ignores = in_background(dies(11, 10));
  ignores.takes = Takes::ignores;
  const std::vector<Listener> tree{shell_with_trap(10, 1), ignores, dies(12, 11), dies(13, 11)};
  EXPECT_EQ(told(tree, 0), (Pids{10}));
  EXPECT_EQ(told(tree, 0.9), Pids{});
  EXPECT_EQ(told(tree, 1), (Pids{12, 13}));
}

TEST_F(Course, WhatWouldHaveDiedOfItWasNotTold) {
  EXPECT_EQ(told({shell_with_trap(10, 1), in_background(dies(11, 10))}, 0), (Pids{10}));
  EXPECT_EQ(told({in_background(dies(11, 1))}, 0.1), Pids{});
  EXPECT_EQ(told({in_background(dies(11, 1))}, 1.2), (Pids{11}));
}

TEST_F(Course, WhatATrapRunsToSaveIsLeftAlone) {
  Listener copies = dies(11, 10);
  copies.id.start_ticks = 1'000'000;  // 10,000 s
  EXPECT_EQ(told({shell_with_trap(10, 1)}, 0), (Pids{10}));
  EXPECT_EQ(told({shell_with_trap(10, 1), copies}, 2), Pids{});
  EXPECT_EQ(told({shell_with_trap(10, 1), copies, dies(12, 10)}, 2), (Pids{12}));
}

TEST_F(Course, WhatATrapStartsInTheTickOfTheSignalIsNotTakenForWhatWasThereBefore) {
  Listener before = dies(11, 10), copies = dies(12, 10);
  before.id.start_ticks = copies.id.start_ticks = began / (second / 100);
  EXPECT_EQ(told({shell_with_trap(10, 1), before}, 0), (Pids{10}));
  EXPECT_EQ(told({shell_with_trap(10, 1), before, copies}, 2), (Pids{11}));
}

TEST_F(Course, AFilterOfTheOutputOutlivesTheProcessThatSaves) {
  EXPECT_EQ(told({dies(10, 1), handles(11, 10), dies(12, 10)}, 0), (Pids{10}));
  EXPECT_EQ(told({handles(11, 1), dies(12, 1)}, 0.1), (Pids{11}));
  EXPECT_EQ(told({handles(11, 1), dies(12, 1)}, 8), Pids{});
  EXPECT_EQ(told({dies(11, 1), dies(12, 1)}, 8.5), Pids{});  // Python takes its handlers away before it ends
  EXPECT_EQ(told({dies(12, 1)}, 9), Pids{});                 // what 11 did takes effect first
  EXPECT_EQ(told({dies(12, 1)}, 10), (Pids{12}));
}

TEST_F(Course, RanksOfALauncherThatHandledItMayHaveBeenTold) {
  course_.hold_until(began + 18 * second);
  EXPECT_EQ(told({handles(10, 1), handles(11, 10), handles(12, 10)}, 0), (Pids{10}));
  EXPECT_EQ(told({handles(11, 1), handles(12, 1)}, 3), Pids{});
  EXPECT_EQ(told({handles(11, 1), handles(12, 1)}, 17), Pids{});
  EXPECT_EQ(told({handles(11, 1)}, 18), (Pids{11}));
}

TEST_F(Course, WhatIgnoresTheSignalIsPassedBy) {
  Listener ignores = dies(10, 1);
  ignores.takes = Takes::ignores;
  EXPECT_EQ(told({ignores, handles(11, 10)}, 0), (Pids{10}));
  EXPECT_EQ(told({ignores, handles(11, 10)}, 0.1), (Pids{11}));
}

TEST_F(Course, ALauncherThatIgnoresTheSignalOnceItHasPassedItOnIsInCharge) {
  Listener timeout = handles(10, 1);
  EXPECT_EQ(told({timeout, handles(11, 10)}, 0), (Pids{10}));
  timeout.takes = Takes::ignores;
  EXPECT_EQ(told({timeout, handles(11, 10)}, 2), Pids{});
}

TEST_F(Course, WhatDoesNotTakeTheSignalIsPassedByAfterASecond) {
  Listener blocks = handles(10, 1);
  EXPECT_EQ(told({blocks, handles(11, 10)}, 0), (Pids{10}));
  blocks.pending = true;
  EXPECT_EQ(told({blocks, handles(11, 10)}, 0.5), Pids{});
  EXPECT_EQ(told({blocks, handles(11, 10)}, 1), (Pids{11}));
}

TEST_F(Course, WhatTheScriptStartsNextIsToldToo) {
  EXPECT_EQ(told({shell_with_trap(10, 1), handles(11, 10)}, 0), (Pids{10}));
  EXPECT_EQ(told({shell_with_trap(10, 1), handles(11, 10)}, 1), (Pids{11}));
  EXPECT_EQ(told({shell_with_trap(10, 1), handles(12, 10)}, 4), Pids{});
  EXPECT_EQ(told({shell_with_trap(10, 1), handles(12, 10)}, 5), (Pids{12}));
}

TEST_F(Course, ADaemonOfTheRunWaitsForTheMainProcess) {
  EXPECT_EQ(told({handles(10, 1), handles(20, 1)}, 0), (Pids{10}));
  EXPECT_EQ(told({handles(10, 1), handles(20, 1)}, 3), Pids{});
  EXPECT_EQ(told({handles(20, 1)}, 4), Pids{});
  EXPECT_EQ(told({handles(20, 1)}, 5), (Pids{20}));
}

TEST(EarlyCourse, ASignalThatShallEndNothingReachesOnlyWhatHandlesIt) {
  SignalCourse course(SIGUSR1, id(10), SignalCourse::To::handlers);
  const std::vector<Listener> tree{dies(10, 1), dies(11, 10), handles(12, 11), handles(13, 12), handles(14, 11)};
  const std::vector<ProcessId> first = course.next(tree, 0);
  EXPECT_EQ(first, (std::vector<ProcessId>{id(12), id(14)}));
  EXPECT_TRUE(course.next(tree, 5 * second).empty());
}

/// The tests may have been started in the background.
void heed_the_keyboard() {
  ::signal(SIGINT, SIG_DFL);
  ::signal(SIGQUIT, SIG_DFL);
}

TEST(Listeners, TellWhatASignalDoesToThisProcess) {
  heed_the_keyboard();
  const Result<ProcessId> self = identify(::getpid());
  ASSERT_TRUE(self);
  const std::vector<ProcessId> tree{*self};
  const auto takes = [&] { return listeners_of(tree, SIGUSR1).at(0).takes; };
  ::signal(SIGUSR1, SIG_DFL);
  EXPECT_EQ(takes(), Takes::dies);
  ::signal(SIGUSR1, SIG_IGN);
  EXPECT_EQ(takes(), Takes::ignores);
  ::signal(SIGUSR1, [](int) {});
  EXPECT_EQ(takes(), Takes::handles);
  ::signal(SIGUSR1, SIG_DFL);
  EXPECT_FALSE(listeners_of(tree, SIGUSR1).at(0).background);
}

/// Handles SIGUSR1, ignores SIGUSR2 and holds SIGTERM back; the rest ends it.
void take_signals() {
  ::signal(SIGUSR1, [](int) {});
  ::signal(SIGUSR2, SIG_IGN);
  ::signal(SIGHUP, SIG_DFL);
  sigset_t held;
  ::sigemptyset(&held);
  ::sigaddset(&held, SIGTERM);
  ::sigprocmask(SIG_BLOCK, &held, nullptr);
}

Listener listener_of(const Child& child, int signal) {
  const ProcessId id = child.id();
  return listeners_of({&id, 1}, signal).at(0);
}

TEST(Listeners, TellWhatEachSignalDoesToAProcess) {
  const Child child(take_signals);
  EXPECT_EQ(listener_of(child, SIGUSR1).takes, Takes::handles);
  EXPECT_EQ(listener_of(child, SIGUSR2).takes, Takes::ignores);
  EXPECT_EQ(listener_of(child, SIGHUP).takes, Takes::dies);
  for (const int harmless : {SIGCHLD, SIGCONT, SIGURG, SIGWINCH})
    EXPECT_EQ(listener_of(child, harmless).takes, Takes::ignores) << harmless;
  EXPECT_EQ(listener_of(child, SIGTERM).takes, Takes::handles) << "who holds a signal back takes it later";
  EXPECT_EQ(listener_of(child, SIGUSR1).parent, ::getpid());
  EXPECT_FALSE(listener_of(child, SIGTERM).pending);
  ::kill(child.pid(), SIGTERM);
  EXPECT_TRUE(listener_of(child, SIGTERM).pending) << "it holds the signal back";
  EXPECT_FALSE(listener_of(child, SIGHUP).pending);
}

TEST(Listeners, WhoIsGoneOrAnotherByNowIsNone) {
  const Child child(take_signals);
  ProcessId reused = *identify(child.pid());
  ++reused.start_ticks;
  const ProcessId tree[] = {reused, nobody, *identify(child.pid())};
  ASSERT_EQ(listeners_of(tree, SIGUSR1).size(), 1U);
  EXPECT_EQ(listeners_of(tree, SIGUSR1)[0].id, *identify(child.pid()));
}

TEST(Listeners, AZombieIsNoneUnlessAnotherThreadOfItGoesOn) {
  const Child ended;
  ::kill(ended.pid(), SIGKILL);
  const Child goes_on([] { std::thread([] { ::pause(); }).detach(); }, [] { ::syscall(SYS_exit, 0); });
  for (const Child* zombie : {&ended, &goes_on}) {
    while (state_of(zombie->pid()) != 'Z') std::this_thread::yield();
  }
  const ProcessId tree[] = {ended.id(), goes_on.id()};
  const std::vector<Listener> found = listeners_of(tree, SIGTERM);
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].id, goes_on.id());
}

TEST(Listeners, WhatAShellStartedInTheBackgroundIsTold) {
  heed_the_keyboard();
  const int null = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  const int before = ::dup(STDIN_FILENO);
  ASSERT_EQ(::dup2(ends[0], STDIN_FILENO), STDIN_FILENO);  // this process reads something
  EXPECT_FALSE(listener_of(Child(), SIGTERM).background);
  EXPECT_TRUE(listener_of(Child([] { ::signal(SIGINT, SIG_IGN); }), SIGTERM).background);
  EXPECT_TRUE(listener_of(Child([] { ::signal(SIGQUIT, SIG_IGN); }), SIGTERM).background);
  EXPECT_TRUE(listener_of(Child([null] { ::dup2(null, STDIN_FILENO); }), SIGTERM).background);
  EXPECT_TRUE(listener_of(Child([] { ::setpgid(0, 0); }), SIGTERM).background) << "a job of its own";
  ASSERT_EQ(::dup2(null, STDIN_FILENO), STDIN_FILENO);
  EXPECT_FALSE(listener_of(Child(), SIGTERM).background) << "its parent reads nothing, either";
  ::dup2(before, STDIN_FILENO);
  for (const int fd : {null, ends[0], ends[1], before}) ::close(fd);
}

TEST(Listeners, ShellsAndLaunchersOnlyWait) {
  for (const auto& [name, waits] : {std::pair{"ash", true},
                                    {"bash", true},
                                    {"zsh", true},
                                    {"xargs", true},
                                    {"python3", false},
                                    {"bas", false},
                                    {"bashx", false}})
    EXPECT_EQ(listener_of(Child([name] { ::prctl(PR_SET_NAME, name); }), SIGTERM).only_waits, waits) << name;
}

TEST_F(Course, AGraceHoldsForMostOfIt) {
  course_.hold_within_grace(began, 30);
  const std::vector<Listener> tree{shell_with_trap(10, 1), in_background(handles(11, 10))};
  EXPECT_EQ(told(tree, 0), (Pids{10}));
  EXPECT_EQ(told(tree, 17.9), Pids{});
  EXPECT_EQ(told(tree, 18), (Pids{11})) << "what is left is for saving";
}

TEST_F(Course, WithoutAnEndOfTheGraceItHoldsForEver) {
  course_.hold_within_grace(began, -1);
  const std::vector<Listener> tree{shell_with_trap(10, 1), in_background(handles(11, 10))};
  EXPECT_EQ(told(tree, 0), (Pids{10}));
  EXPECT_EQ(told(tree, 1'000'000), Pids{});
}

TEST_F(Course, ALauncherDoesNotLiveToStartWhatComesNextInItsScript) {
  EXPECT_EQ(told({dies(10, 1), dies(11, 10), handles(12, 11), dies(13, 10)}, 0), (Pids{10}));
  EXPECT_EQ(told({dies(11, 1), handles(12, 11), dies(13, 1)}, 0.1), (Pids{11})) << "13 dies when nothing is saved";
}

TEST(Advance, WhatIsToldIsSignalledAndWoken) {
  const Child child([] { ::signal(SIGUSR1, [](int) {}); });
  ASSERT_TRUE(send_signal(child.id(), SIGSTOP));
  ASSERT_EQ(::waitpid(child.pid(), nullptr, WUNTRACED), child.pid());
  SignalCourse course(SIGUSR1, child.id());
  const ProcessId tree[] = {child.id()};
  const std::vector<Outcome> outcomes = course.advance(tree);
  ASSERT_EQ(outcomes.size(), 1U);
  EXPECT_EQ(outcomes[0].result, "signalled");
  EXPECT_NE(state_of(child.pid()), 'T') << "what is stopped could not act on it";
  EXPECT_TRUE(course.advance(tree).empty()) << "once";
}

}  // namespace
}  // namespace vigie::control
