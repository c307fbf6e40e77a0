#include "control/tree.hpp"

#include <gtest/gtest.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <memory>
#include <set>
#include <utility>

#include "base/clock.hpp"
#include "control/child_for_tests.hpp"
#include "control/process.hpp"

namespace vigie::control {
namespace {

ProcessSample process(pid_t pid, pid_t parent) {
  ProcessSample sample;
  sample.id = {pid, 1};
  sample.ppid = parent;
  return sample;
}

TEST(Tree, RefusesInitAndItself) {
  const std::vector<ProcessSample> host{process(1, 0), process(::getpid(), 1)};
  const ProcessId init{1, 1};
  const ProcessId self{::getpid(), 1};
  EXPECT_FALSE(refuse_unsafe(host, {&init, 1}));
  EXPECT_FALSE(refuse_unsafe(host, {&self, 1}));
}

TEST(Process, AReusedPidIsNotSignalled) {
  const Child child;
  ProcessId id = *identify(child.pid());
  id.start_ticks += 1;
  const Result<void> sent = send_signal(id, SIGKILL);
  ASSERT_FALSE(sent);
  EXPECT_EQ(sent.error().kind, ErrorKind::no_target);
  EXPECT_EQ(::kill(child.pid(), 0), 0);
}

TEST(Process, WhoWaitsForACpuHasStoppedOnceTheTreeIsSaidTo) {
  std::vector<std::unique_ptr<Child>> crowd;
  Tree tree;
  for (int i = 0; i < 16; ++i) {
    crowd.push_back(std::make_unique<Child>([] {},
                                            [] {
                                              while (true) continue;
                                            }));
    tree.processes.push_back(*identify(crowd.back()->pid()));
  }
  (void)stop_tree([&tree] { return tree; }, 20);
  for (const ProcessId& id : tree.processes) EXPECT_EQ(state_of(id.pid), 'T');
}

TEST(Process, KillTreeReportsNothingLeft) {
  const Child child;
  const ProcessId id = *identify(child.pid());
  bool alive = true;
  const Lister list = [&]() -> Tree {
    // Reaped here as a real parent would: a zombie still has a pid.
    if (alive && ::waitpid(child.pid(), nullptr, WNOHANG) == child.pid()) alive = false;
    return {.processes = alive ? std::vector<ProcessId>{id} : std::vector<ProcessId>{}, .groups = {}};
  };
  const Killed killed = kill_tree(list, 5);
  EXPECT_TRUE(killed.left.empty());
  EXPECT_EQ(killed.killed, std::vector<ProcessId>{id});
}

TEST(Process, KillTreeTakesNoListThatFailedForAnEmptyTree) {
  const Child child;
  const ProcessId id = *identify(child.pid());
  int looks = 0;
  bool alive = true;
  const Lister list = [&]() -> Tree {
    if (++looks <= 3) return {.processes = {}, .groups = {}, .unseen = true};
    if (alive && ::waitpid(child.pid(), nullptr, WNOHANG) == child.pid()) alive = false;
    return {.processes = alive ? std::vector<ProcessId>{id} : std::vector<ProcessId>{}, .groups = {}};
  };
  EXPECT_EQ(kill_tree(list, 5).killed, std::vector<ProcessId>{id});
}

TEST(Process, AGroupIsSignalledOnlyThroughOneWhoIsInIt) {
  const Child child;
  const ProcessId id = *identify(child.pid());
  ASSERT_EQ(::setpgid(child.pid(), child.pid()), 0);
  EXPECT_FALSE(send_signal_to_group(id, ::getpgrp(), SIGKILL));
  EXPECT_TRUE(send_signal_to_group(id, child.pid(), SIGKILL));
  int status = 0;
  ASSERT_EQ(::waitpid(child.pid(), &status, 0), child.pid());
  EXPECT_EQ(WTERMSIG(status), SIGKILL);
}

TEST(Process, KillTreeGivesUpWhenItsTimeIsOver) {
  const Child child;
  const ProcessId never{1 << 22, 1};  // beyond any pid that there is: nothing ends it
  const auto began = std::chrono::steady_clock::now();
  const Killed outcome = kill_tree([&] { return Tree{.processes = {never}, .groups = {}}; }, 0.2);
  EXPECT_EQ(outcome.left, std::vector{never});
  EXPECT_GE(std::chrono::steady_clock::now() - began, std::chrono::milliseconds(200));
  EXPECT_EQ(::kill(child.pid(), 0), 0) << "and nobody else was hit";
}

TEST(Process, ItsEndIsWaitedForAsLongAsWasSaid) {
  Child child;
  const Result<Fd> held = open_process(*identify(child.pid()));
  ASSERT_TRUE(held);
  EXPECT_FALSE(wait_for_end(*held, 0));
  EXPECT_FALSE(wait_for_end(*held, 0.05));
  ASSERT_TRUE(send_signal(*held, SIGKILL));
  EXPECT_TRUE(wait_for_end(*held, 10));
  EXPECT_TRUE(wait_for_end(*held, -1));
}

TEST(Process, ItsUsersChildrenAndStateAreTold) {
  const Child one, two;
  const std::optional<std::vector<pid_t>> children = children_of(::getpid());
  if (!children) GTEST_SKIP() << "the kernel does not list children";
  EXPECT_TRUE(std::ranges::find(*children, one.pid()) != children->end());
  EXPECT_TRUE(std::ranges::find(*children, two.pid()) != children->end());
  EXPECT_EQ(children_of(two.pid()), std::vector<pid_t>());
  const uid_t self = ::geteuid();
  EXPECT_EQ(users_of(::getpid()), (Users{::getuid(), self, self, self}));
  EXPECT_EQ(users_of(1 << 22), std::nullopt);
  EXPECT_EQ(state_of(::getpid()), 'R');
  EXPECT_EQ(state_of(1 << 22), '?');
  EXPECT_TRUE(may_be_alive(*identify(one.pid())));
  ProcessId reused = *identify(one.pid());
  ++reused.start_ticks;
  EXPECT_FALSE(may_be_alive(reused));
  EXPECT_FALSE(keeps_a_run(one.pid()));
}

TEST(Process, AnAncestorIsRefusedLikeVigieItself) {
  const std::vector<ProcessSample> host{process(1, 0), process(70, 1), process(80, 70), process(::getpid(), 80),
                                        process(90, 70)};
  const ProcessId above{70, 1}, parent{80, 1}, beside{90, 1};
  EXPECT_FALSE(refuse_unsafe(host, {&above, 1}));
  EXPECT_FALSE(refuse_unsafe(host, {&parent, 1}));
  EXPECT_TRUE(refuse_unsafe(host, {&beside, 1}));
  const ProcessId both[] = {beside, parent};
  EXPECT_FALSE(refuse_unsafe(host, both)) << "one of them is enough";
}

TEST(Process, SaysWhyItSurvivesAndNothingOfTheDead) {
  ProcessId id;
  {
    const Child child;
    id = *identify(child.pid());
    EXPECT_EQ(why_it_survives(id), "still there");
  }
  EXPECT_EQ(why_it_survives(id), "");
}

TEST(Process, ChildrenAreKilledButThoseThatAreSparedAndKeepersOfOtherRuns) {
  const Child spared;
  const Child other;
  const Child keeper([] { ::prctl(PR_SET_NAME, "vigie-keeper"); });
  const pid_t spare[] = {spared.pid()};
  kill_children(::getpid(), spare, 1);
  int status = 0;
  ASSERT_EQ(::waitpid(other.pid(), &status, 0), other.pid());
  EXPECT_EQ(WTERMSIG(status), SIGKILL);
  EXPECT_EQ(::waitpid(spared.pid(), &status, WNOHANG), 0);
  EXPECT_EQ(::waitpid(keeper.pid(), &status, WNOHANG), 0);
}

/// Names these, each list once, then the last one again and again.
Lister lists(std::vector<std::vector<ProcessId>> each, int* looks) {
  return [each = std::move(each), looks] {
    const std::size_t look = std::min(static_cast<std::size_t>((*looks)++), each.size() - 1);
    return Tree{.processes = each[look], .groups = {}};
  };
}

TEST(Process, EachOfATreeIsSignalledOnceAndThoseThatAppearToo) {
  const Child one, two;
  int looks = 0;
  const std::vector<Outcome> outcomes =
      signal_tree(lists({{one.id()}, {one.id(), two.id(), nobody}, {two.id()}}, &looks), 0);
  ASSERT_EQ(outcomes.size(), 3U);
  EXPECT_EQ(outcomes[0].id, one.id());
  EXPECT_EQ(outcomes[1].id, two.id());
  EXPECT_EQ(outcomes[1].result, "signalled");
  EXPECT_FALSE(outcomes[1].failed);
  EXPECT_EQ(outcomes[2].result, "gone");
  EXPECT_FALSE(outcomes[2].failed) << "what is gone need not be told";
  EXPECT_EQ(looks, 3) << "until a sweep finds nobody new";
}

TEST(Process, ATreeThatGrowsForEverIsLeftAfterFiftySweeps) {
  int looks = 0;
  const Lister list = [&looks] { return Tree{.processes = {{(1 << 22) + ++looks, 1}}, .groups = {}}; };
  EXPECT_EQ(signal_tree(list, SIGTERM).size(), 50U);
  EXPECT_EQ(looks, 50);
}

TEST(Process, ASignalThatIsNoneIsAFailureOfItsOwnKind) {
  const Child child;
  const ProcessId id = child.id();
  const std::vector<Outcome> outcomes = signal_each({&id, 1}, 1000);
  EXPECT_TRUE(outcomes[0].failed);
  EXPECT_FALSE(outcomes[0].denied) << "not for want of permission";
}

TEST(Process, WhatIsStoppedIsSaidToBe) {
  const Child child;
  int looks = 0;
  const Instant begin = now();
  const std::vector<Outcome> outcomes = stop_tree(lists({{child.id(), nobody}}, &looks), 60);
  ASSERT_EQ(outcomes.size(), 2U);
  EXPECT_EQ(outcomes[0].result, "signalled");
  EXPECT_EQ(outcomes[1].result, "gone") << "and nobody waits for it";
  EXPECT_LT(seconds_between(begin, now()), 50);
  EXPECT_EQ(state_of(child.pid()), 'T');
}

TEST(Process, WhatIsForkedWhileATreeIsStoppedIsKilledWithIt) {
  Child one, late;
  const ProcessId first = one.id(), second = late.id();
  int looks = 0, strikes = 0;
  const Lister list = [&]() -> Tree {
    ++looks;
    Tree tree;
    for (Child* child : {&one, &late}) {
      if (child == &late && looks == 1) continue;
      if (child->pid() > 0 && ::waitpid(child->pid(), nullptr, WNOHANG) == 0)
        tree.processes.push_back(child == &one ? first : second);
    }
    return tree;
  };
  const Killed killed = kill_tree(list, 10, [&strikes] { ++strikes; });
  EXPECT_TRUE(killed.left.empty());
  EXPECT_EQ(std::set<ProcessId>(killed.killed.begin(), killed.killed.end()), (std::set<ProcessId>{first, second}));
  EXPECT_GE(strikes, 2) << "before every sweep";
}

TEST(Process, GroupsAreKilledAtOnce) {
  Child leader([] { ::setpgid(0, 0); });
  const ProcessId id = leader.id();
  bool alive = true;
  const Lister list = [&]() -> Tree {
    if (alive && ::waitpid(id.pid, nullptr, WNOHANG) == id.pid) alive = false;
    return alive ? Tree{.processes = {}, .groups = {{id.pid, id}}, .unseen = true} : Tree{};
  };
  EXPECT_TRUE(kill_tree(list, 10).left.empty());
  EXPECT_FALSE(alive);
}

TEST(Process, NoMoreThanAThousandAreNamed) {
  std::vector<ProcessId> many;
  for (int i = 0; i < 1500; ++i) many.push_back({(1 << 22) + i, 1});
  int looks = 0;
  EXPECT_EQ(kill_tree(lists({many, many, {}}, &looks), 60).killed.size(), 1000U);
}

TEST(Process, OnesOwnJobIsKilledThoughItLooksLikeAKeeper) {
  const Child job([] { ::prctl(PR_SET_NAME, "vigie-keeper"); });
  kill_children(::getpid(), {}, 0, job.pid());
  int status = 0;
  EXPECT_EQ(::waitpid(job.pid(), &status, WNOHANG), 0) << "no round, nobody killed";
  kill_children(::getpid(), {}, 1, job.pid());
  ASSERT_EQ(::waitpid(job.pid(), &status, 0), job.pid());
  EXPECT_EQ(WTERMSIG(status), SIGKILL);
}

TEST(Process, WhatIsGoneIsToldApartFromWhatFailed) {
  EXPECT_EQ(identify(nobody.pid).error().kind, ErrorKind::no_target);
  EXPECT_EQ(open_process(nobody).error().kind, ErrorKind::no_target);
  EXPECT_EQ(open_process({0, 1}).error().kind, ErrorKind::no_target);
  EXPECT_FALSE(may_be_alive(nobody));
  Child child;
  const Result<Fd> held = open_process(child.id());
  ASSERT_TRUE(held);
  child.end();
  EXPECT_EQ(send_signal(*held, SIGTERM).error().kind, ErrorKind::no_target);
  EXPECT_EQ(send_signal_to_group(nobody, 1, SIGTERM).error().kind, ErrorKind::no_target);
  EXPECT_EQ(children_of(nobody.pid), std::nullopt);
}

TEST(Process, AWaitIsNeitherShorterNorMuchLongerThanWasSaid) {
  const Child child;
  const Result<Fd> held = open_process(child.id());
  ASSERT_TRUE(held);
  const Instant begin = now();
  EXPECT_FALSE(wait_for_end(*held, 0.1));
  EXPECT_GE(seconds_between(begin, now()), 0.1);
  EXPECT_LT(seconds_between(begin, now()), 10);
}

TEST(Process, ATreeThatDoesNotGrowIsKilledOnceASecondListHasNoOther) {
  const Child child;
  const ProcessId id = child.id();
  int looks = 0;
  EXPECT_EQ(kill_tree(lists({{id}, {id}, {}}, &looks), 60).killed, std::vector{id});
  EXPECT_EQ(looks, 3) << "before it is stopped, after, and once it was killed";
}

}  // namespace
}  // namespace vigie::control
