#include "act/process_selection.hpp"

#include <gtest/gtest.h>

#include "act/host_for_tests.hpp"
#include "runs/ended.hpp"

namespace vigie::act {
namespace {

/// A run of two processes, and two others.
class Selecting : public testing::Test {
 protected:
  Selecting() {
    const std::size_t trainer = host.add(10, 1, "python3 train.py --epochs 9");
    const std::size_t loader = host.add(11, 10, "python3 loader");
    host.add(20, 1, "nginx: master");
    host.add(21, 20, "nginx worker train.py");
    host.process(3).uid = 1234;
    host.process(4).cgroup = std::string("/system.slice/nginx");
    host.observe("resnet", {trainer, loader});
  }

  std::string pids(const SelectionWish& wish) {
    const Result<ProcessSelection> selection = ProcessSelection::of(wish);
    if (!selection) return "refused";
    const Frame frame = host.frame();
    const Result<std::vector<std::size_t>> chosen = selection->in(frame);
    if (!chosen) return "no target";
    std::string all;
    for (const std::size_t index : *chosen) all += std::to_string(frame.snapshot->processes[index].id.pid) + " ";
    return all;
  }
  std::string ended_pids(const SelectionWish& wish) {
    const Frame frame = host.frame();
    const std::vector<std::vector<pid_t>> ancestors = ancestors_of_ended(*frame.snapshot);
    std::string all;
    for (const views::EndedRow& row : ProcessSelection::of(wish)->ended_in(frame, ancestors))
      all += std::to_string(row.process->id.pid) + " ";
    return all;
  }

  MadeHost host;
};

TEST_F(Selecting, NothingAskedMeansTheProcessesOfRuns) {
  EXPECT_EQ(pids({}), "10 11 ");
  EXPECT_EQ(pids({.all = true}), "1 10 11 20 21 ");
}

TEST_F(Selecting, ANameIsTheRunAndAnythingElseAPattern) {
  EXPECT_EQ(pids({.targets = {"resnet"}}), "10 11 ");
  EXPECT_EQ(pids({.targets = {"20"}}), "20 ");
  EXPECT_EQ(pids({.targets = {"train.*"}}), "10 21 ");
  EXPECT_EQ(pids({.targets = {"%resnet"}}), "") << "the mark makes a pattern of a name";
  EXPECT_EQ(pids({.targets = {"4999"}}), "no target");
  EXPECT_EQ(pids({.targets = {"("}}), "refused");
}

TEST_F(Selecting, ExactIsTheNameOfAProgram) {
  EXPECT_EQ(pids({.targets = {"nginx"}, .exact = true}), "21 ");
  EXPECT_EQ(pids({.exact = true}), "refused");
}

TEST_F(Selecting, SeveralPidsStandInAnyWayOnce) {
  const Result<ProcessSelection> selection = ProcessSelection::of({.targets = {"20,10", "10"}});
  ASSERT_TRUE(selection);
  EXPECT_EQ(selection->pids(), (std::vector<pid_t>{10, 20}));
  EXPECT_EQ(selection->target(), "");
  EXPECT_TRUE(selection->is_named());
  EXPECT_EQ(pids({.targets = {"20", "nginx"}}), "refused");
  EXPECT_EQ(pids({.targets = {"20,,"}}), "refused");
}

TEST_F(Selecting, UsersAndGroupsLeaveWhatIsTheirs) {
  EXPECT_EQ(pids({.users = {"1234"}}), "20 ");
  EXPECT_EQ(pids({.users = {"no such user"}}), "refused");
  EXPECT_EQ(pids({.cgroup = "^/system"}), "21 ") << "a group that is not known is no match";
  EXPECT_EQ(pids({.users = {"1234"}, .cgroup = "^/system"}), "");
}

TEST_F(Selecting, AProcessThatEndedIsFoundByWhatStartedIt) {
  EndedProcess one;
  one.id = {30, 5};
  one.ppid = 11;
  one.comm = std::string("sh");
  EndedProcess other = one;
  other.id = {31, 5};
  other.ppid = 20;
  other.comm = std::string("cat");
  host.snapshot().ended = {one, other};
  EXPECT_EQ(ended_pids({}), "30 31 ");
  EXPECT_EQ(ended_pids({.targets = {"11"}}), "30 ");
  EXPECT_EQ(ended_pids({.targets = {"10"}}), "30 ") << "over more than one step";
  EXPECT_EQ(ended_pids({.targets = {"31"}}), "31 ");
  EXPECT_EQ(ended_pids({.targets = {"cat"}, .exact = true}), "31 ");
  EXPECT_EQ(ended_pids({.users = {"1234"}}), "") << "of which the user is not known";
}

TEST_F(Selecting, AUserGoesByNameToo) {
  host.process(4).uid = 0;
  EXPECT_EQ(pids({.all = true, .users = {"root"}}), ::geteuid() == 0 ? "1 10 11 21 " : "21 ");
}

TEST_F(Selecting, ANamedRunHasItsProcessesThatEndedAndAPatternIsOverTheirCommands) {
  EndedProcess one;
  one.id = {30, 5};
  one.ppid = 11;
  one.comm = std::string("cat");
  EndedProcess other = one;
  other.id = {31, 5};
  other.ppid = 20;
  EndedProcess unknown = other;
  unknown.id = {32, 5};
  unknown.comm = Presence::unknown;
  host.snapshot().ended = {one, other, unknown};
  EXPECT_EQ(ended_pids({.targets = {"resnet"}}), "30 ");
  EXPECT_EQ(ended_pids({.targets = {"ca."}}), "30 31 ") << "a command that is not known is no match";
  EXPECT_EQ(ended_pids({.targets = {"%resnet"}}), "");
  EXPECT_EQ(ended_pids({.targets = {"cat"}, .exact = true}), "30 31 ");
}

}  // namespace
}  // namespace vigie::act
