// Runs that are really kept: this test is the program that their keepers execute, and the load that some of them run.
#include <gtest/gtest.h>

#include <csignal>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "act/adopt.hpp"
#include "act/forget.hpp"
#include "act/kept_for_tests.hpp"
#include "act/load.hpp"
#include "act/restart.hpp"
#include "act/run_life.hpp"
#include "act/runs_by_name.hpp"
#include "act/start.hpp"
#include "act/stop.hpp"
#include "act/workspace.hpp"
#include "base/number.hpp"
#include "keep/start/launch.hpp"
#include "load/kinds.hpp"
#include "load/leftovers.hpp"
#include "load/room.hpp"
#include "wire/run_directory.hpp"

namespace vigie::act {
namespace {

TEST_F(Kept, ARunIsWaitedForAndToldAsAShellWouldTellIt) {
  const Result<Ended> ended = wait_for_end(start("three", "exit 3"));
  ASSERT_TRUE(ended);
  EXPECT_EQ(ended->status, 3);
  EXPECT_EQ(ended->record.state, RunState::failed);
  EXPECT_EQ(describe_end(ended->record), "failed: exit code 3");
  EXPECT_EQ(ended->leftovers, "");
}

TEST_F(Kept, ADeathBySignalIsTheShellsNumberOfIt) {
  const Result<Ended> ended = wait_for_end(start("killed", "kill -KILL $$"));
  ASSERT_TRUE(ended);
  EXPECT_EQ(ended->status, 128 + SIGKILL);
}

TEST_F(Kept, AStopIsItsRecordersAndSaysHowTheRunEnded) {
  start("resnet", saves);
  const Result<Stopped> stopped = stop_run("resnet");
  ASSERT_TRUE(stopped) << message(stopped);
  EXPECT_TRUE(recorder_stops);
  EXPECT_TRUE(stopped->ended.starts_with("cancelled: ")) << stopped->ended;
  EXPECT_TRUE(stopped->left.empty());
  ASSERT_FALSE(stopped->rows.empty());
  EXPECT_EQ(stopped->rows[0].action, "signal TERM");
  EXPECT_TRUE(stopped->rows[0].result.starts_with("ended")) << stopped->rows[0].result;
  EXPECT_EQ(message(stop_run("resnet")), "run resnet is over already (" + stopped->ended + ")");
}

TEST_F(Kept, AStopOfItsMainProcessIsAStopOfTheRun) {
  const RunRecord run = start("resnet", sleeps);
  const Frame frame = acting_frame().value();
  Target target = named(frame, std::to_string(run.leader.pid));
  mean_the_run(frame, target);
  ASSERT_TRUE(stop(frame, target, {}, *this));
  EXPECT_EQ(wait_until_over(run.directory, -1)->state, RunState::cancelled);
}

TEST_F(Kept, WhatItsRecorderCouldNotEndInTimeIsKilled) {
  start("stubborn", "trap '' TERM; echo ready; while :; do sleep 0.05; done");
  const Result<Stopped> stopped = stop_run("stubborn", {.grace_seconds = 0.2});
  ASSERT_TRUE(stopped);
  EXPECT_TRUE(stopped->ended.starts_with("killed: ") || stopped->ended.starts_with("cancelled: ")) << stopped->ended;
  EXPECT_TRUE(stopped->left.empty());
}

TEST_F(Kept, ARunThatLostItsKeepersIsEndedFromHere) {
  const RunRecord run = start("lost", sleeps);
  lose(run);
  EXPECT_EQ(leftovers_of(wait_until_over(run.directory, 0).value()),
            "1 of its processes is alive (PID " + std::to_string(run.leader.pid) + ")");
  const Result<Stopped> stopped = stop_run("lost", {.kill = true});
  ASSERT_TRUE(stopped) << message(stopped);
  EXPECT_TRUE(ends(run.leader));
  EXPECT_TRUE(stopped->left.empty());
}

TEST_F(Kept, ARunThatIsStartedIsAsItsKeeperHasWrittenIt) {
  const Result<Started> started = act::start(wanted(sleeps).spec, "resnet");
  ASSERT_TRUE(started) << message(started);
  EXPECT_TRUE(started->runs);
  EXPECT_EQ(started->record.name, "resnet");
  EXPECT_NE(started->record.leader.pid, 0);
  EXPECT_NE(started->record.group.directory.empty(), started->record.group.reason.empty()) << "one of them tells";
}

TEST_F(Kept, ARunThatWaitsForAnotherIsStartedLater) {
  const RunRecord first = start("first", sleeps);
  RunSpec spec = wanted("exit 0").spec;
  spec.policy.queue.after = {first.id};
  const Result<Started> started = act::start(spec, "second");
  ASSERT_TRUE(started) << message(started);
  EXPECT_FALSE(started->runs);
  EXPECT_EQ(started->record.state, RunState::queued);
  ASSERT_TRUE(stop_run("first", {.kill = true}));
  EXPECT_EQ(wait_for_end(started->record)->record.state, RunState::exited);
}

TEST_F(Kept, AProgramThatCannotBeExecutedIsNamedWithTheReason) {
  const auto refusal = [&](const std::string& program) { return message(check_program(program, directory.path())); };
  std::ofstream(directory.path("train.sh")) << "exit 0\n";
  EXPECT_EQ(refusal("./train.sh"), "cannot run ./train.sh: it is not executable");
  EXPECT_EQ(refusal("./none.sh"), "cannot run ./none.sh: no such file");
  EXPECT_EQ(refusal(directory.path()), "cannot run " + directory.path() + ": it is a directory");
  EXPECT_EQ(refusal("no-such-command"), "cannot run no-such-command: no such command in PATH");
  EXPECT_EQ(refusal("sh"), "it was done");
  std::filesystem::permissions(directory.path("train.sh"), std::filesystem::perms::owner_all);
  EXPECT_EQ(refusal("./train.sh"), "it was done");
}

TEST_F(Kept, ANameIsTakenOnceAndAnUnnamedRunGetsTheNextOne) {
  const RunRecord run = start_and_end("resnet", "exit 0");
  EXPECT_EQ(message(create_run(wanted(sleeps), "resnet")),
            "a run named resnet exists already (" + run.id +
                ", exited): `vigie restart resnet` starts it again, `vigie rm resnet` forgets it, or choose another "
                "name, such as resnet-2");
  EXPECT_EQ(start_and_end("", "exit 0").name, "sh");
  EXPECT_EQ(start_and_end("", "exit 0").name, "sh-2");
  for (const char* name : {"2fast", "a b", "-x", "é"}) {
    const Result<OpenRun> bad = create_run(wanted(sleeps), name);
    ASSERT_FALSE(bad) << name;
    EXPECT_EQ(bad.error().kind, ErrorKind::usage);
  }
  EXPECT_EQ(message(create_run(wanted(sleeps), run.id)), run.id + " is the id of a run: choose another name");
}

TEST_F(Kept, ARunIsNamedAfterWhatItRuns) {
  const auto name = [](std::vector<std::string> command) {
    RunRecord record = wanted("");
    record.spec.command = std::move(command);
    return create_run(record, "")->record.name;
  };
  EXPECT_EQ(name({"python3", "-u", "examples/train.py", "--epochs", "3"}), "train");
  EXPECT_EQ(name({"bash", "sweep.sh", "model.py"}), "sweep");
  EXPECT_EQ(name({"/bin/sleep", "5"}), "sleep");
  EXPECT_EQ(name({"7z"}), "run-7z");
  EXPECT_EQ(name({"./\xc3\xa9"}), "run");
}

TEST_F(Kept, ANameThatAClientTookAndNeverUsedIsFree) {
  const std::string abandoned = create_run(wanted(sleeps), "resnet")->record.directory;  // it was killed then
  const Result<OpenRun> again = create_run(wanted(sleeps), "resnet");
  ASSERT_TRUE(again) << message(again);
  EXPECT_EQ(again->record.name, "resnet");
  EXPECT_FALSE(std::filesystem::exists(abandoned));
}

TEST_F(Kept, WhatCannotBeExecutedLeavesNoRun) {
  RunRecord record = wanted("");
  record.spec.command = {"/nowhere/train"};
  Result<OpenRun> run = create_run(record, "typo");
  ASSERT_TRUE(run);
  EXPECT_FALSE(start_run(*run));
  EXPECT_FALSE(std::filesystem::exists(run->record.directory));
}

TEST_F(Kept, ARestartIsTheNextAttemptOfTheSameRun) {
  const RunRecord run = start_and_end("resnet", "exit 1");
  const Result<Restarted> restarted = restart(run.directory);
  ASSERT_TRUE(restarted) << message(restarted);
  EXPECT_EQ(restarted->name, "resnet");
  EXPECT_EQ(restarted->attempt, 2U);
  EXPECT_EQ(restarted->waits_for, "");
  EXPECT_EQ(wait_for_end(run)->record.attempt, 2U);
}

TEST_F(Kept, ARestartWaitsForWhatTheRunWaitsFor) {
  const RunRecord first = start_and_end("first", "if test -e " + directory.path("again") + "; then " + sleeps + "; fi");
  RunSpec spec = wanted("exit 0").spec;
  spec.policy.queue.after = {first.id};
  const RunRecord second = wait_for_end(act::start(spec, "second")->record)->record;
  std::ofstream(directory.path("again")) << "";
  ASSERT_TRUE(restart(first.directory));
  const Result<Restarted> restarted = restart(second.directory);
  ASSERT_TRUE(restarted) << message(restarted);
  EXPECT_EQ(restarted->attempt, 2U);
  EXPECT_NE(restarted->waits_for, "");
  EXPECT_EQ(message(restart(second.directory)), "run second is between two attempts, and waits for " +
                                                    restarted->waits_for + ": `vigie stop second` first");
}

TEST_F(Kept, ARestartThatCannotBeLeavesTheRecordAsItWas) {
  const std::string program = directory.path("train.sh");
  std::ofstream(program) << "#!/bin/sh\nexit 3\n";
  std::filesystem::permissions(program, std::filesystem::perms::owner_all);
  RunSpec spec = wanted("").spec;
  spec.command = {program};
  const RunRecord run = wait_for_end(act::start(spec, "")->record)->record;
  EXPECT_EQ(run.name, "train");
  std::filesystem::remove(program);
  EXPECT_FALSE(restart(run.directory));
  const RunRecord after = wire::read_record(run.directory).value();
  EXPECT_EQ(after.attempt, 1U);
  EXPECT_EQ(describe_end(after), "failed: exit code 3");
}

TEST_F(Kept, ARunOfAMachineThatIsNoMoreIsForgottenWhenItsUserSaysSo) {
  RunRecord away = start_and_end("away", "exit 0");
  away.state = RunState::running;
  away.exit.reset();
  away.place.host = "node7";
  away.place.machine_id = away.place.boot_id = "another";
  ASSERT_TRUE(wire::write_record(away));
  const Result<LostRuns> found = find_lost();
  ASSERT_TRUE(found);
  EXPECT_TRUE(found->lost.empty()) << "it may be alive there";
  ASSERT_EQ(found->elsewhere.size(), 1U);
  EXPECT_EQ(found->elsewhere[0].name, "away");
  EXPECT_NE(found->elsewhere[0].reason.find("node7"), std::string::npos) << found->elsewhere[0].reason;
  EXPECT_EQ(message(forget(away.directory)), "run away is not to be changed from here: " + found->elsewhere[0].reason +
                                                 "; do it there, or give --gone if that machine is no more");
  EXPECT_EQ(*forget(away.directory, true), "away");
}

TEST_F(Kept, ARestartOfWhatIsAliveIsRefused) {
  const RunRecord run = start("resnet", sleeps);
  EXPECT_EQ(message(restart(run.directory)), "run resnet is running: `vigie stop resnet` first");
  ASSERT_EQ(::kill(run.leader.pid, SIGSTOP), 0);
  while (control::state_of(run.leader.pid) != 'T') ::usleep(1000);
  EXPECT_EQ(message(restart(run.directory)), "run resnet is paused: `vigie stop resnet` first");
}

TEST_F(Kept, ARestartBesideWhatALostRunLeftIsRefused) {
  const RunRecord run = start("resnet", sleeps);
  lose(run);
  EXPECT_EQ(message(restart(run.directory)), "run resnet is lost, but 1 of its processes is alive (PID " +
                                                 std::to_string(run.leader.pid) +
                                                 "): `vigie kill resnet` ends what is left");
  const Result<LostRuns> lost = find_lost();
  ASSERT_TRUE(lost);
  ASSERT_EQ(lost->lost.size(), 1U);
  EXPECT_EQ(lost->lost[0].name, "resnet");
  EXPECT_TRUE(lost->elsewhere.empty());
}

TEST_F(Kept, OnlyWhatIsOverIsForgotten) {
  const RunRecord alive = start("alive", sleeps), over = start_and_end("over", "exit 0");
  EXPECT_EQ(*find_ended(), std::vector{over.directory});
  EXPECT_EQ(message(forget(alive.directory)), "run alive is running: `vigie stop alive` first");
  EXPECT_EQ(*forget_named("over"), "over");
  EXPECT_FALSE(std::filesystem::exists(over.directory));
  EXPECT_EQ(forget_named("over").error().kind, ErrorKind::no_target);
  EXPECT_TRUE(find_ended()->empty());
}

TEST_F(Kept, ARunWithADamagedRecordIsForgottenByItsIdAlone) {
  const RunRecord over = start_and_end("over", "exit 0");
  std::ofstream(over.directory + "/run.json") << "{";
  EXPECT_FALSE(forget_named("over"));
  EXPECT_EQ(*forget_named(over.id), over.id);
  EXPECT_FALSE(std::filesystem::exists(over.directory));
}

TEST_F(Kept, ARunIsEndedForAnExerciseWhateverItsRecorderDoes) {
  const RunRecord kept = start("kept", sleeps), lost = start("lost", sleeps);
  const StopRequest request{.signal = SIGTERM, .grace_seconds = 3, .wall_ns = 1, .reason = "the exercise is over"};
  EXPECT_EQ(end_run(kept, request)->state, RunState::cancelled);
  EXPECT_EQ(end_run(kept, request)->state, RunState::cancelled) << "what is over is left as it is";
  (void)control::send_signal(lost.recorder, SIGSTOP).has_value();
  const Result<RunRecord> ended = end_run(lost, request);
  EXPECT_TRUE(ends(lost.leader));
  (void)control::send_signal(lost.recorder, SIGCONT).has_value();
}

TEST_F(Kept, AProcessIsAdoptedOnce) {
  const Process process;
  const Found found(process);
  const Result<Adopted> adopted = adopt(found.frame, found.target, "found");
  ASSERT_TRUE(adopted) << message(adopted);
  EXPECT_EQ(adopted->name, "found");
  EXPECT_EQ(adopted->never_again, "");
  EXPECT_EQ(message(adopt(found.frame, found.target, "again")), "it belongs to the run found already");
  const Found later(process);
  EXPECT_EQ(message(adopt(later.frame, later.target, "again")), "it belongs to the run found already");
  const RunRecord run = find_run("found", Naming::exact, RunUse::wait).value();
  EXPECT_EQ(run.leader, process.id());
  (void)control::send_signal(process.id(), SIGKILL).has_value();
  EXPECT_TRUE(is_over(wait_for_end(run)->record.state));
}

TEST_F(Kept, WhatIsOverIsNotAdopted) {
  MadeHost host;
  host.keep("old", {}, RunState::exited);
  const Frame frame = host.frame();
  EXPECT_EQ(message(adopt(frame, named(frame, "old"), "")), "old is over: there is nothing to adopt");
}

TEST_F(Kept, AProcessThatEndedMeanwhileIsNotAdopted) {
  MadeHost host;
  host.add(never_a_pid, 1, "python3 train.py");
  const Frame frame = host.frame();
  EXPECT_EQ(message(adopt(frame, named(frame, std::to_string(never_a_pid)), "")), "process 5000000 has just ended");
}

TEST_F(Kept, RunsAreFoundByWhatTheyAreCalled) {
  const RunRecord run = start("resnet", sleeps);
  const auto found = [](const std::string& text, Naming naming) {
    return message(find_run(text, naming, RunUse::logs));
  };
  for (const std::string& text : {run.name, run.id, std::to_string(run.leader.pid)}) {
    EXPECT_EQ(found(text, Naming::exact), "it was done") << text;
    EXPECT_EQ(found(text, Naming::by_beginning), "it was done") << text;
  }
  EXPECT_EQ(found("resn", Naming::by_beginning), "it was done");
  EXPECT_EQ(found("resn", Naming::exact),
            "there is no supervised run resn; did you mean resnet? What acts on a run wants its whole name: `vigie ls` "
            "shows the runs");
  EXPECT_EQ(find_run("", Naming::exact, RunUse::logs).error().kind, ErrorKind::usage);
  EXPECT_EQ(find_run("bert", Naming::by_beginning, RunUse::logs).error().kind, ErrorKind::no_target);
  start("resnet-2", sleeps);
  EXPECT_EQ(found("resn", Naming::by_beginning), "resn begins the names of several runs: give more of it");
  EXPECT_EQ(find_runs({"resnet", "resnet-2"}, Naming::exact, RunUse::wait)->size(), 2U);
  EXPECT_EQ(find_runs({"resnet", "bert"}, Naming::exact, RunUse::wait).error().kind, ErrorKind::no_target);
}

TEST_F(Kept, ThePidOfARunThatIsOverStillNamesIt) {
  const RunRecord over = start_and_end("over", "exit 0");
  EXPECT_EQ(find_run(std::to_string(over.leader.pid), Naming::exact, RunUse::logs)->id, over.id);
  RunRecord other = start_and_end("other", "exit 0");
  other.leader = over.leader;
  ASSERT_TRUE(wire::write_record(other));
  const Result<RunRecord> found = find_run(std::to_string(over.leader.pid), Naming::exact, RunUse::logs);
  ASSERT_FALSE(found) << "which of them is meant cannot be told";
  EXPECT_EQ(found.error().kind, ErrorKind::no_target);
}

TEST_F(Kept, AProcessOfNoRunIsToldFromARun) {
  const Process process;
  EXPECT_TRUE(message(find_run(process.text(), Naming::exact, RunUse::wait))
                  .ends_with("belongs to no run: digits alone are a PID, and `vigie ls` shows the runs"));
  EXPECT_EQ(find_observed(process.text())->leader, process.id());
  const RunRecord run = start("resnet", sleeps);
  EXPECT_FALSE(find_observed(std::to_string(run.leader.pid))) << "vigie started it";
}

TEST_F(Kept, AWorkspaceIsOfTheYoungestThatIsAlive) {
  EXPECT_EQ(run_to_show("", Naming::exact).error().kind, ErrorKind::no_target);
  start("alive", sleeps);
  start_and_end("over", "exit 0");
  EXPECT_EQ(run_to_show("", Naming::exact)->name, "alive");
  EXPECT_EQ(run_to_show("ov", Naming::by_beginning)->name, "over");
  ASSERT_TRUE(stop_run("alive", {.kill = true}));
  EXPECT_EQ(run_to_show("", Naming::exact)->name, "over");
}

}  // namespace
}  // namespace vigie::act

/// As `vigie load KIND --count N --size BYTES --for TIME --checkpoint FILE`.
int run_load(const std::vector<std::string>& words) {
  using namespace vigie;
  act::LoadWish wish{.kind = words.at(0)};
  for (std::size_t at = 1; at + 1 < words.size(); at += 2) {
    if (words[at] == "--count") wish.count = whole_number<std::size_t>(words[at + 1]);
    if (words[at] == "--size") wish.size = words[at + 1];
    if (words[at] == "--for") wish.duration = words[at + 1];
    if (words[at] == "--checkpoint") wish.checkpoint = words[at + 1];
  }
  const load::Kind& kind = *act::kind_of(wish).value();
  const load::Request request = act::request_of(wish, kind).value();
  load::Leftovers leftovers = load::Leftovers::open(kind.name).value();
  const std::unique_ptr<load::Load> work = kind.make(request, load::look_at_room(), leftovers).value();
  const Result<act::LoadEnding> ending = act::keep_load(*work, kind, request.seconds, [](bool) {});
  return ending && ending->signal == 0 ? 0 : 1;
}

/// As `vigie shim ID ATTEMPT`, as `vigie load`, or the tests.
int main(int argc, char** argv) {
  const std::vector<std::string> words(argv + 1, argv + argc);
  if (words.size() == 3 && words[0] == "shim") {
    const unsigned attempt = vigie::whole_number<unsigned>(words[2]).value_or(0);
    return vigie::keep::hold(*vigie::wire::runs_path() + "/" + words[1], attempt);
  }
  if (words.size() > 1 && words[0] == "load") return run_load({words.begin() + 1, words.end()});
  testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
