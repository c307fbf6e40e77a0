#include "control/family.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace vigie::control {
namespace {

ProcessSample process(pid_t pid, pid_t parent, pid_t group = 0, pid_t session = 0, char state = 'S') {
  ProcessSample sample;
  sample.id = {pid, static_cast<std::uint64_t>(pid)};
  sample.ppid = parent;
  sample.process_group = group;
  sample.session = session;
  sample.state = state;
  return sample;
}

std::vector<pid_t> pids(const std::vector<ProcessId>& ids) {
  std::vector<pid_t> result;
  for (const ProcessId& id : ids) result.push_back(id.pid);
  return result;
}

using Pids = std::vector<pid_t>;

TEST(Family, IsWhatIsBelowTheHolderWithoutHolderAndRecorder) {
  const std::vector<ProcessSample> host{process(1, 0),   process(10, 1),  process(11, 10), process(12, 10),
                                        process(13, 12), process(14, 11), process(20, 1)};
  Family family({.holder = 10, .run_id = "", .first = {}, .never = {11}});
  EXPECT_EQ(pids(family.find(host).processes), (Pids{12, 13}));  // 14 is below the recorder
}

TEST(Family, AHookOfTheRecorderIsNoneThoughItHasTheMarker) {
  ProcessSample hook = process(14, 11);
  ProcessSample command = process(15, 14);
  hook.variables = command.variables =
      RunVariables{.rank = {}, .local_rank = {}, .world_size = {}, .vigie_run_id = "abc"};
  Family family({.holder = 10, .run_id = "abc", .first = {}, .never = {10, 11}});
  const std::vector<ProcessSample> host{process(10, 1), process(11, 10), process(12, 10), hook, command};
  EXPECT_EQ(pids(family.find(host).processes), (Pids{12}));
}

TEST(Family, ARunThatWasStartedWithinItIsAnother) {
  std::vector<ProcessSample> host{process(10, 1), process(11, 10), process(12, 10), process(20, 10), process(21, 20)};
  for (const pid_t keeper : {10, 11, 20}) {
    const auto found = std::ranges::find(host, keeper, [](const ProcessSample& one) { return one.id.pid; });
    found->comm = "vigie-keeper";
  }
  Family outer({.holder = 10, .run_id = "", .first = {}, .never = {10, 11}});
  EXPECT_EQ(pids(outer.find(host).processes), (Pids{12}));
  Family inner({.holder = 20, .run_id = "", .first = {}, .never = {20}});
  EXPECT_EQ(pids(inner.find(host).processes), (Pids{21}));
  Family named({.holder = 0, .run_id = "", .first = {{20, 20}}});
  EXPECT_EQ(pids(named.find(host).processes), (Pids{20, 21})) << "who names a keeper means it";
}

TEST(Family, KeepsWhoWentToInitAfterItsParentDied) {
  Family family({.holder = 10, .run_id = ""});
  (void)family.find(std::vector{process(10, 1), process(12, 10), process(13, 12)});
  const std::vector<ProcessSample> later{process(1, 0), process(10, 1), process(13, 1), process(15, 13)};
  EXPECT_EQ(pids(family.find(later).processes), (Pids{13, 15}));
}

TEST(Family, DoesNotTakeTheNextOwnerOfAPid) {
  Family family({.holder = 10, .run_id = ""});
  (void)family.find(std::vector{process(10, 1), process(12, 10)});
  ProcessSample other = process(12, 1);
  other.id.start_ticks = 999;
  EXPECT_TRUE(family.find(std::vector{process(10, 1), other}).processes.empty());
}

TEST(Family, FindsTheMarkerWhereverItIs) {
  ProcessSample stray = process(30, 1);
  stray.variables = RunVariables{.rank = {}, .local_rank = {}, .world_size = {}, .vigie_run_id = "abc"};
  Family family({.holder = 10, .run_id = "abc"});
  EXPECT_EQ(pids(family.find(std::vector{process(10, 1), stray, process(31, 30), process(32, 1)}).processes),
            (Pids{30, 31}));
}

TEST(Family, ASessionThatAMemberLedIsWhollyItsOwn) {
  Family family({.holder = 10, .run_id = ""});
  (void)family.find(std::vector{process(10, 1), process(12, 10, 12, 12)});
  // 12 is gone, its child forked once more before anybody looked.
  EXPECT_EQ(pids(family.find(std::vector{process(10, 1), process(40, 1, 12, 12), process(41, 1, 41, 9)}).processes),
            (Pids{40}));
}

TEST(Family, GroupsInWhichOthersAreAreLeftAlone) {
  // A pipeline typed by hand: the training and tee are one process group, and so is the shell's other job.
  const std::vector<ProcessSample> host{process(1, 0), process(50, 1, 50, 50), process(51, 50, 51, 50),
                                        process(52, 50, 51, 50), process(53, 51, 53, 50)};
  Family family({.holder = 0, .run_id = "", .first = {{51, 51}}});
  const Tree tree = family.find(host);
  EXPECT_EQ(pids(tree.processes), (Pids{51, 53}));
  ASSERT_EQ(tree.groups.size(), 1U);
  EXPECT_EQ(tree.groups.front().id, 53);
}

TEST(Family, AZombieIsNoSurvivor) {
  Family family({.holder = 10, .run_id = ""});
  const Tree tree = family.find(std::vector{process(10, 1), process(12, 10, 12, 10, 'Z')});
  EXPECT_TRUE(tree.processes.empty());
  EXPECT_TRUE(tree.groups.empty());
}

TEST(Family, NeverHasInit) {
  Family family({.holder = 0, .run_id = "", .first = {{1, 1}}});
  EXPECT_TRUE(family.find(std::vector{process(1, 0), process(2, 1)}).processes.empty());
}

TEST(Family, AHolderThatIsNotKnownIsNobodysParent) {
  Family family({.holder = 0, .run_id = ""});
  EXPECT_TRUE(family.find(std::vector{process(1, 0), process(2, 0), process(7, 0)}).processes.empty())
      << "what has no parent here is of another namespace";
}

TEST(Family, AMarkerInTheEnvironmentOfAnotherUserIsNotBelieved) {
  ProcessSample stray = process(30, 1), foreign = process(31, 1);
  stray.variables = foreign.variables =
      RunVariables{.rank = {}, .local_rank = {}, .world_size = {}, .vigie_run_id = "abc"};
  stray.uid = 1000U;
  foreign.uid = 1001U;
  Family family({.holder = 0, .run_id = "abc", .owner = 1000U});
  EXPECT_EQ(pids(family.find(std::vector{stray, foreign}).processes), (Pids{30}));
}

TEST(Family, TheSessionOfADeadHolderCountsOnceAMemberIsSeenInIt) {
  const std::vector<ProcessSample> strangers{process(40, 1, 40, 10), process(41, 1, 41, 10)};
  Family unproven({.holder = 0, .run_id = "abc", .first = {{12, 12}}, .old_session = 10});
  EXPECT_TRUE(unproven.find(strangers).processes.empty()) << "the number may be another session's";
  std::vector<ProcessSample> with_leader = strangers;
  with_leader.push_back(process(12, 1, 12, 10));
  Family proven({.holder = 0, .run_id = "abc", .first = {{12, 12}}, .old_session = 10});
  EXPECT_EQ(pids(proven.find(with_leader).processes).size(), 3U);
}

TEST(Family, AProcessThatOnlyCallsItselfAKeeperBelongs) {
  ProcessSample false_keeper = process(12, 10);
  false_keeper.comm = "vigie-keeper";
  false_keeper.false_keeper = true;
  Family family({.holder = 10, .run_id = ""});
  EXPECT_EQ(pids(family.find(std::vector{process(10, 1), false_keeper, process(13, 12)}).processes), (Pids{12, 13}));
}

TEST(Family, TheGroupsOfInitAndOfNobodyAreNeverSignalled) {
  Family family({.holder = 10, .run_id = ""});
  const Tree tree = family.find(std::vector{process(10, 1, 10), process(12, 10, 0), process(13, 10, 1),
                                            process(14, 10, 2), process(15, 10, 2), process(16, 1, 3)});
  EXPECT_EQ(pids(tree.processes), (Pids{12, 13, 14, 15}));
  ASSERT_EQ(tree.groups.size(), 1U);
  EXPECT_EQ(tree.groups.front().id, 2);
  EXPECT_EQ(tree.groups.front().member.pid, 14);
}

TEST(Family, WhatIsBelowARecorderThatIsOlderThanItsHolderIsNoneEither) {
  ProcessSample hook = process(14, 5);
  hook.variables = RunVariables{.rank = {}, .local_rank = {}, .world_size = {}, .vigie_run_id = "abc"};
  Family family({.holder = 10, .run_id = "abc", .first = {}, .never = {5, 10}});
  EXPECT_EQ(pids(family.find(std::vector{process(5, 10), process(10, 1), process(12, 10), hook}).processes),
            (Pids{12}));
}

TEST(Family, AZombieProvesNoOldSession) {
  Family family({.holder = 0, .run_id = "abc", .first = {{12, 12}}, .old_session = 10});
  EXPECT_TRUE(family.find(std::vector{process(12, 1, 12, 10, 'Z'), process(40, 1, 40, 10)}).processes.empty());
}

TEST(Family, ALoopOfParentsEnds) {
  Family family({.holder = 0, .run_id = "", .first = {{5, 5}}});
  EXPECT_EQ(family.find(std::vector{process(5, 6), process(6, 5)}).processes.size(), 2U);
}

}  // namespace
}  // namespace vigie::control
