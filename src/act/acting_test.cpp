#include "act/acting.hpp"

#include <gtest/gtest.h>

#include "act/host_for_tests.hpp"
#include "act/strangers.hpp"

namespace vigie::act {
namespace {

struct HostToActOn : MadeHost {
  std::size_t trainer = add(first, 1, "python3 train.py");
  std::size_t worker = add(first + 1, first, "python3 worker.py");
  std::size_t shell = add(first + 2, 1, "bash");
  std::size_t resnet = keep("resnet", {trainer, worker});
};

const Verb renice{.verb = "renice", .action = "nice 10", .if_denied = "ask root"};

std::string text(const std::vector<ActionRow>& rows) {
  std::string all;
  for (const ActionRow& row : rows)
    all += std::to_string(row.id.pid - first) + " " + row.command + ": " + row.action + ": " + row.result + "\n";
  return all;
}

TEST(RecordOf, IsThatOfTheRunAndOfNothingElse) {
  HostToActOn host;
  host.keep("other", {host.shell});
  const Frame frame = host.frame();
  EXPECT_EQ(record_of(frame, named(frame, "other"))->name, "other");
  EXPECT_EQ(record_of(frame, named(frame, std::to_string(first))), nullptr) << "its main process alone is no run";
}

TEST(TreeOf, AProcessStandsForAllBelowIt) {
  const HostToActOn host;
  const Frame frame = host.frame();
  const std::vector<ProcessId> tree = tree_of(frame, named(frame, std::to_string(first)));
  EXPECT_EQ(tree, (std::vector<ProcessId>{{first, 1000}, {first + 1, 1000}}));
  EXPECT_EQ(tree_of(frame, named(frame, std::to_string(first + 1))).size(), 1U);
}

TEST(TreeOf, WhatHangsBelowTheHolderIsOfTheRunAndItsKeepersAreNot) {
  HostToActOn host;
  host.add(first + 3, 1, "vigie-keeper");
  host.add(first + 4, first + 3, "vigie-keeper");
  host.add(first + 5, first + 3, "stray");
  SupervisedSample& kept = host.snapshot().supervised.front();
  kept.record.holder = {first + 3, 1000};
  kept.record.recorder = {first + 4, 1000};
  const Frame alive = host.frame();
  EXPECT_EQ(tree_of(alive, named(alive, "resnet")).size(), 2U) << "a dead holder's pid says nothing";
  kept.holder_alive = true;
  const Frame frame = host.frame();
  const std::vector<ProcessId> tree = tree_of(frame, named(frame, "resnet"));
  EXPECT_EQ(tree, (std::vector<ProcessId>{{first, 1000}, {first + 1, 1000}, {first + 5, 1000}}));
}

TEST(Plan, NamesTheWholeTreeOrTheMainProcessAlone) {
  const HostToActOn host;
  const Frame frame = host.frame();
  EXPECT_EQ(text(plan_of(frame, named(frame, "resnet"), renice)->rows),
            "0 python3 train.py: nice 10: would be done\n1 python3 worker.py: nice 10: would be done\n");
  const Verb signal{.verb = "signal", .action = "signal USR1", .whole_tree = false};
  EXPECT_EQ(text(plan_of(frame, named(frame, "resnet"), signal)->rows),
            "0 python3 train.py: signal USR1: would be done\n");
}

TEST(Plan, RefusesWhatCouldNotBeDone) {
  HostToActOn host;
  host.keep("old", {}, RunState::exited);
  const std::size_t away = host.keep("away", {host.shell}, RunState::elsewhere);
  host.run(away).elsewhere = "it runs on node7";
  const std::size_t first_wait = host.keep("next", {}, RunState::queued);
  host.run(first_wait).waits_for = "run resnet to end";
  const std::size_t between = host.keep("again", {}, RunState::queued);
  host.run(between).attempt = 2;
  host.run(between).waits_for = "its next attempt in 12 s";
  const Frame frame = host.frame();
  const auto refusal = [&](const std::string& name) { return message(plan_of(frame, named(frame, name), renice)); };
  EXPECT_EQ(refusal("old"), "old is over: there is nothing to renice");
  EXPECT_EQ(refusal("away"), "cannot renice away from here: it runs on node7; do it there");
  EXPECT_EQ(refusal("next"), "next has not started yet, it waits for run resnet to end: there is nothing to renice");
  EXPECT_EQ(refusal("again"),
            "again is between two attempts, and waits for its next attempt in 12 s: there is nothing to renice");
}

TEST(Act, IsNotPerformedWhereAPlanWouldBeRefused) {
  HostToActOn host;
  host.keep("old", {}, RunState::exited);
  const Frame frame = host.frame();
  int performed = 0;
  const Act act{.verb = renice, .perform = [&](const Frame&, const Target&) -> Result<Acted> {
                  ++performed;
                  return Acted{};
                }};
  EXPECT_EQ(message(act_on(frame, named(frame, "old"), act)), "old is over: there is nothing to renice");
  EXPECT_EQ(performed, 0);
  EXPECT_TRUE(act_on(frame, named(frame, "resnet"), act));
  EXPECT_EQ(performed, 1);
}

/// Outcomes of the main process and the worker.
std::vector<control::Outcome> outcomes(control::Outcome one, control::Outcome other) {
  one.id = {first, 1000};
  other.id = {first + 1, 1000};
  return {one, other};
}

const control::Outcome denied{.id = {}, .result = "not permitted", .failed = true, .denied = true};
const control::Outcome gone{.id = {}, .result = "gone"};
const control::Outcome done{.id = {}, .result = "4 threads"};

TEST(Acted, HasARowForEachAndFailsWhenOneDid) {
  const HostToActOn host;
  const Frame frame = host.frame();
  const Result<Acted> some = acted(frame, named(frame, "resnet"), renice, outcomes(done, denied));
  ASSERT_TRUE(some);
  EXPECT_TRUE(some->failed);
  EXPECT_EQ(text(some->rows), "0 python3 train.py: nice 10: 4 threads\n1 python3 worker.py: nice 10: not permitted\n");
  EXPECT_FALSE(acted(frame, named(frame, "resnet"), renice, outcomes(done, gone))->failed)
      << "what has ended meanwhile is no failure";
}

TEST(Acted, NothingPermittedIsAnErrorThatSaysWhatWouldAllowIt) {
  HostToActOn host;
  const auto refusal = [&](const std::vector<control::Outcome>& all, const Verb& verb) {
    const Frame frame = host.frame();
    const Result<Acted> result = acted(frame, named(frame, "resnet"), verb, all);
    EXPECT_EQ(result ? ErrorKind::failed : result.error().kind, ErrorKind::denied);
    return message(result);
  };
  const std::string others = "cannot renice resnet: it belongs to another user; ask them, or use sudo";
  EXPECT_EQ(refusal(outcomes(denied, denied), renice), "cannot renice resnet: ask root");
  EXPECT_EQ(refusal(outcomes(gone, denied), renice), "cannot renice resnet: ask root");
  EXPECT_EQ(refusal(outcomes(denied, denied), {.verb = "renice", .action = ""}), others);
  host.process(host.trainer).uid = ::geteuid() + 1;
  EXPECT_EQ(refusal(outcomes(denied, denied), renice), others) << "more rights of one's own are of no use";
}

TEST(AllDenied, IsNotSaidOfWhatHasJustEnded) {
  EXPECT_FALSE(all_denied(outcomes(gone, gone)));
  EXPECT_FALSE(all_denied({}));
  EXPECT_FALSE(all_denied(outcomes(denied, done)));
}

TEST(Zombie, IsRefusedWithTheParentThatMustWaitForIt) {
  HostToActOn host;
  host.add(first + 3, first + 2, "python3");
  host.process(4).state = 'Z';
  const auto refusal = [&] {
    const Frame frame = host.frame();
    return message(refuse_zombie(frame, named(frame, std::to_string(first + 3)), "stop"));
  };
  const std::string begin =
      "cannot stop process 5000003 (python3): process 5000003 is a zombie, it has ended and holds nothing but its PID; "
      "its parent, process ";
  EXPECT_EQ(refusal(), begin + "5000002 (bash), must wait for it or end");
  host.process(host.shell).state = 'T';
  EXPECT_EQ(refusal(), begin + "5000002 (bash), must wait for it or end, and is stopped: `vigie resume 5000002`");
  host.process(4).ppid = 1;
  EXPECT_EQ(refusal(),
            begin + "1 (init), must wait for it: the init of a container does not always (docker run --init)");
}

TEST(Zombie, AMainThreadThatEndedAloneOrAProcessWithLivingChildrenIsNone) {
  HostToActOn host;
  host.process(host.worker).state = 'Z';
  host.process(host.worker).threads = 2;
  host.process(host.trainer).state = 'Z';
  const Frame frame = host.frame();
  EXPECT_TRUE(refuse_zombie(frame, named(frame, std::to_string(first + 1)), "stop"));
  EXPECT_TRUE(refuse_zombie(frame, named(frame, std::to_string(first)), "stop")) << "its children can be stopped";
  EXPECT_TRUE(refuse_zombie(frame, named(frame, "resnet"), "stop")) << "a run has a keeper";
}

TEST(Untouchable, OneOfSeveralTargetsRefusesThemAll) {
  HostToActOn host;
  const Frame frame = host.frame();
  const Result<void> init = refuse_untouchable(frame, {named(frame, "resnet"), named(frame, "1")}, "stop");
  ASSERT_FALSE(init);
  EXPECT_EQ(init.error().kind, ErrorKind::denied);
  EXPECT_TRUE(refuse_untouchable(frame, {named(frame, "resnet")}, "stop"));
}

TEST(Untouchable, WhatVigieWasStartedFromIsNotHitThroughItsTree) {
  MadeHost host;
  const pid_t self = ::getpid();
  host.add(self - 1, 1, "sshd");
  host.add(self, self - 1, "vigie");
  const Frame frame = host.frame();
  for (const pid_t pid : {self, self - 1}) {
    const Result<void> refused = refuse_untouchable(frame, {named(frame, std::to_string(pid))}, "kill");
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().kind, ErrorKind::denied);
  }
}

using Strangers = OwnState;

TEST_F(Strangers, AProcessOfOnesOwnIsNone) {
  const Process process;
  const Found found(process);
  EXPECT_TRUE(strangers_among(found.frame, {found.target}).empty());
}

TEST_F(Strangers, ARunThatWasFoundIsDescribed) {
  const Process process;
  MadeHost host;
  const std::size_t zebra = host.add(process.pid(), 1, "python3 zebra.py");
  host.process(zebra).id = process.id();
  host.observe("zebra", {zebra});
  host.keep("old", {}, RunState::exited);
  const Frame frame = host.frame();
  const std::vector<Stranger> found = strangers_among(frame, {named(frame, "old"), named(frame, "zebra")});
  ASSERT_EQ(found.size(), 1U);
  EXPECT_FALSE(found[0].foreign);
  EXPECT_NE(found[0].description.find(", PID " + process.text() + ", which vigie did not start: python3 zebra.py"),
            std::string::npos)
      << found[0].description;
}

TEST_F(Strangers, WhatIsAnotherUsersIsSaidToBeWhereItCouldBeHit) {
  if (::geteuid() != 0) GTEST_SKIP() << "root's turn: it may signal the processes of others";
  const Process process([](const Process::Ready& ready) {
    (void)!::setresuid(65534, 65534, 65534);
    Process::idle(ready);
  });
  const Found found(process);
  const std::vector<Stranger> strangers = strangers_among(found.frame, {found.target});
  ASSERT_EQ(strangers.size(), 1U);
  EXPECT_TRUE(strangers[0].foreign);
}

using Acting = OwnState;

TEST_F(Acting, TheTreeOfAProcessIsListedAsItGrows) {
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  const Process process([&](const Process::Ready& ready) {
    ready();
    char byte = 0;
    if (::read(ends[0], &byte, 1) == 1) (void)!::fork();
    while (true) ::pause();
  });
  const Found found(process);
  const control::Lister list = lister_of(found.frame, found.target);
  ASSERT_EQ(list().processes, std::vector{process.id()});
  ASSERT_EQ(::write(ends[1], "", 1), 1);
  control::Tree tree = list();
  while (tree.processes.size() == 1) tree = list();
  ASSERT_EQ(tree.processes.size(), 2U);
  EXPECT_EQ(tree.processes.front(), process.id()) << "parents before their children";
  (void)control::send_signal(tree.processes.back(), SIGKILL).has_value();
  ::close(ends[0]);
  ::close(ends[1]);
}

TEST_F(Acting, InDepthOnlyTheProcessesThatAreAskedAboutAreRead) {
  const Process process, other;
  const Result<Frame> frame = frame_in_depth({process.id()}, proc::Detail::files);
  ASSERT_TRUE(frame);
  ASSERT_EQ(frame->snapshot->details.size(), 1U);
  EXPECT_EQ(frame->snapshot->details.front().id, process.id());
  EXPECT_EQ(command_of(*frame, other.id()), "") << "of a process that is not in the frame";
}

}  // namespace
}  // namespace vigie::act
