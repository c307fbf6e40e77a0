#include "act/target.hpp"

#include <gtest/gtest.h>

#include "act/host_for_tests.hpp"

namespace vigie::act {
namespace {

/// resnet is vigie's, with a worker; bert-N was found; a shell belongs to no run.
struct HostOfTargets : MadeHost {
  std::size_t trainer = add(first, 1, "python3 train.py --lr 0.1");
  std::size_t worker = add(first + 1, first, "python3 train.py --lr 0.1");
  std::size_t other = add(first + 2, 1, "python3 bert.py");
  std::size_t shell = add(first + 3, 1, "bash");
  std::size_t resnet = keep("resnet", {trainer, worker});
  std::size_t bert = observe("bert-5000002", {other});
};

std::string labels(const Frame& frame, std::string_view text, Naming naming = Naming::exact) {
  const Result<std::vector<Target>> targets = resolve_targets(frame, text, naming);
  return targets ? labels_of(*targets) : "error: " + targets.error().message;
}

ErrorKind refusal(const Frame& frame, std::string_view text, Naming naming = Naming::exact) {
  const Result<std::vector<Target>> targets = resolve_targets(frame, text, naming);
  EXPECT_FALSE(targets) << text;
  return targets ? ErrorKind::failed : targets.error().kind;
}

TEST(Target, ARunGoesByItsNameAndByItsId) {
  const HostOfTargets host;
  EXPECT_EQ(labels(host.frame(), "resnet"), "resnet");
  EXPECT_EQ(labels(host.frame(), "idresnet"), "resnet");
  const Target run = named(host.frame(), "resnet");
  EXPECT_EQ(run.run, host.resnet);
  EXPECT_EQ(run.processes, (std::vector{host.trainer, host.worker})) << "the whole of it, the main process first";
}

TEST(Target, WhatAFoundRunIsCalledDoesNotHideARunOfVigies) {
  HostOfTargets host;
  host.run(host.bert).name = "resnet";  // a script may be called anything
  EXPECT_EQ(named(host.frame(), "resnet").run, host.resnet);
  host.run(host.bert).name = "idresnet";
  EXPECT_EQ(named(host.frame(), "idresnet").run, host.resnet);
}

TEST(Target, ANameCountsBeforeTheIdOfAnother) {
  HostOfTargets host;
  const std::size_t second = host.keep("idresnet", {});
  EXPECT_EQ(named(host.frame(), "idresnet").run, second);
}

TEST(Target, DigitsAreAProcessAloneAlsoWhereItIsOfARun) {
  const HostOfTargets host;
  const Target process = named(host.frame(), std::to_string(first + 1));
  EXPECT_EQ(process.run, std::nullopt);
  EXPECT_EQ(process.processes, std::vector{host.worker});
  EXPECT_EQ(process.label, "process 5000001 (python3)");
}

TEST(Target, ARunThatIsCalledLikeAPidIsNotHitByIt) {
  HostOfTargets host;
  host.run(host.bert).name = "77";
  EXPECT_EQ(refusal(host.frame(), "77"), ErrorKind::no_target);
  EXPECT_EQ(labels(host.frame(), "77"), "error: there is no process 77: 77 is a PID here, and a run goes by its name");
  EXPECT_EQ(labels(host.frame(), "77", Naming::by_beginning), "77") << "a look harms nothing";
}

TEST(Target, ABeginningIsEnoughToLookAndNotToAct) {
  const HostOfTargets host;
  EXPECT_EQ(labels(host.frame(), "res", Naming::by_beginning), "resnet");
  EXPECT_EQ(labels(host.frame(), "idres", Naming::by_beginning), "resnet");
  EXPECT_EQ(refusal(host.frame(), "res"), ErrorKind::no_target);
}

TEST(Target, ABeginningOfSeveralIsNotGuessed) {
  HostOfTargets host;
  host.keep("resnet-2", {});
  EXPECT_EQ(refusal(host.frame(), "resn", Naming::by_beginning), ErrorKind::usage);
  EXPECT_EQ(labels(host.frame(), "resn", Naming::by_beginning),
            "error: \"resn\" is the beginning of several runs: resnet resnet-2; write one out");
  EXPECT_EQ(labels(host.frame(), "resnet", Naming::by_beginning), "resnet") << "written out it is one";
}

TEST(Target, ATypoIsAnsweredWithTheNameThatIsNear) {
  const HostOfTargets host;
  EXPECT_NE(labels(host.frame(), "resnte").find("resnet"), std::string::npos);
}

TEST(Target, NothingIsNoTarget) {
  EXPECT_EQ(refusal(HostOfTargets().frame(), ""), ErrorKind::usage);
}

TEST(Target, APatternNamesARunOnceAndEachProcessOfNone) {
  const HostOfTargets host;
  EXPECT_EQ(labels(host.frame(), "%python3"), "resnet, bert-5000002");
  EXPECT_EQ(labels(host.frame(), "%lr 0"), "resnet") << "words are separated by spaces";
  EXPECT_EQ(labels(host.frame(), "%bash|bert"), "bert-5000002, process 5000003 (bash)");
}

TEST(Target, APatternThatMatchesNothingOrIsNoneSaysSo) {
  EXPECT_EQ(refusal(HostOfTargets().frame(), "%julia"), ErrorKind::no_target);
  EXPECT_EQ(refusal(HostOfTargets().frame(), "%("), ErrorKind::usage);
}

TEST(Target, APatternThatActsNeverHitsVigieNorWhatItWasStartedFromNorInit) {
  MadeHost host;
  const pid_t self = ::getpid();
  host.add(self - 1, 1, "bash vigie-stop-train.sh");
  host.add(self, self - 1, "vigie stop %train");
  host.add(first, 1, "python3 train.py");
  EXPECT_EQ(labels(host.frame(), "%train|init"), "process 5000000 (python3)");
  EXPECT_EQ(refusal(host.frame(), "%init"), ErrorKind::no_target);
  EXPECT_NE(labels(host.frame(), "%init", Naming::by_beginning).find("process 1 "), std::string::npos)
      << "for a look they are processes as any";
}

TEST(Target, ALabelIsSafeWhateverAProcessCallsItself) {
  MadeHost host;
  host.add(first, 1, "\x1b[2Jx");
  EXPECT_EQ(named(host.frame(), std::to_string(first)).label.find('\x1b'), std::string::npos);
}

TEST(Target, OfManyTheFirstAreNamed) {
  std::vector<Target> targets(8, Target{.run = {}, .processes = {}, .label = "a"});
  EXPECT_EQ(labels_of(targets), "a, a, a, a, a, a, a, a");
  targets.push_back(targets.front());
  EXPECT_EQ(labels_of(targets), "a, a, a, a, a, a, a, a, …");
  EXPECT_EQ(labels_of({}), "");
}

TEST(Target, ALookIsAtOne) {
  const HostOfTargets host;
  EXPECT_EQ(resolve_target(host.frame(), "res")->label, "resnet");
  const Result<Target> several = resolve_target(host.frame(), "%python3");
  ASSERT_FALSE(several);
  EXPECT_EQ(several.error().kind, ErrorKind::usage);
  EXPECT_EQ(several.error().message, "\"%python3\" names 2 targets: resnet, bert-5000002; name one");
}

TEST(Target, ARunThatIsOverHasNothingToLookAtInDepth) {
  HostOfTargets host;
  host.keep("old", {}, RunState::exited);
  const DetailRequest request = detail_of_target(proc::Detail::files, "old");
  const Result<std::vector<std::size_t>> of = request.of(host.frame());
  ASSERT_FALSE(of);
  EXPECT_EQ(of.error().kind, ErrorKind::no_target);
  EXPECT_EQ(*detail_of_target(proc::Detail::files, "resnet").of(host.frame()),
            (std::vector{host.trainer, host.worker}));
}

TEST(Target, RecordsThatCannotBeReadAreToldOfOnALiveHostAlone) {
  HostOfTargets host;
  EXPECT_EQ(unread_runs(host.frame()), "");
  host.snapshot().sources.push_back({.name = "runs", .reason = "no permission"});
  EXPECT_EQ(unread_runs(host.frame()), "no permission");
  EXPECT_NE(labels(host.frame(), "gpt").find("; no permission"), std::string::npos)
      << "it may be the one that is meant";
  host.snapshot().observer = 0;
  EXPECT_EQ(unread_runs(host.frame()), "");
}

TEST(MeanTheRun, ThePidOfAMainProcessMeansItsRun) {
  const HostOfTargets host;
  const Frame frame = host.frame();
  Target target = named(frame, std::to_string(first));
  mean_the_run(frame, target);
  EXPECT_EQ(target.run, host.resnet);
  EXPECT_EQ(target.processes.size(), 2U);
}

TEST(MeanTheRun, AWorkerAFoundRunAndAShellAreMeantAlone) {
  const HostOfTargets host;
  const Frame frame = host.frame();
  for (const pid_t pid : {first + 1, first + 2, first + 3}) {
    Target target = named(frame, std::to_string(pid));
    mean_the_run(frame, target);
    EXPECT_EQ(target.run, std::nullopt) << pid;
    EXPECT_EQ(target.processes.size(), 1U) << pid;
  }
}

TEST(MeanTheRun, ARunThatIsOverStaysWhatItIs) {
  HostOfTargets host;
  const std::size_t old = host.keep("old", {}, RunState::exited);
  const Frame frame = host.frame();
  Target target = named(frame, "old");
  mean_the_run(frame, target);
  EXPECT_EQ(target.run, old);
  EXPECT_TRUE(target.processes.empty());
}

TEST(MeanTheRun, AFrameThatKnowsNoRunsChangesNothing) {
  MadeHost host;
  host.add(first, 1, "python3");
  Frame frame = host.frame();
  frame.view.run_of.clear();
  Target target = named(frame, std::to_string(first));
  mean_the_run(frame, target);
  EXPECT_EQ(target.run, std::nullopt);
}

TEST(LeaveEachOnce, WhatIsNamedTwiceIsActedOnOnceInTheFirstPlace) {
  const HostOfTargets host;
  const Frame frame = host.frame();
  const Target run = named(frame, "resnet"), found = named(frame, "bert-5000002");
  const Target worker = named(frame, std::to_string(first + 1)), shell = named(frame, std::to_string(first + 3));
  std::vector<Target> targets{run, worker, found, run, shell, worker};
  leave_each_once(targets);
  EXPECT_EQ(labels_of(targets), "resnet, process 5000001 (python3), bert-5000002, process 5000003 (bash)");
}

TEST(LeaveEachOnce, RunsThatAreOverAreNotTakenForOneAnother) {
  HostOfTargets host;
  host.keep("old", {}, RunState::exited);
  host.keep("older", {}, RunState::exited);
  std::vector<Target> targets{named(host.frame(), "old"), named(host.frame(), "older")};
  leave_each_once(targets);
  EXPECT_EQ(labels_of(targets), "old, older");
}

}  // namespace
}  // namespace vigie::act
