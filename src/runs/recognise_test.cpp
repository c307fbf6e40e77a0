#include "runs/recognise.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "runs/host_for_tests.hpp"

namespace vigie {
namespace {

TEST(Observed, WhoComputesOnAGpuIsARunWhateverItIsAndWhoDrawsIsNot) {
  Host host;
  host.add(50, 1, "bash", {"bash"});
  host.add(60, 50, "simulate", {"./simulate", "--steps", "9"});
  host.add(70, 1, "Xorg", {"/usr/lib/xorg/Xorg"});
  host.on_gpu(60, GpuWork::compute);
  host.on_gpu(70, GpuWork::graphics);
  const RunView view = host.view();
  ASSERT_EQ(view.runs.size(), 1U);
  EXPECT_EQ(view.runs[0].name, "simulate-60");
}

TEST(Supervised, WhatAWaitingHolderHasBelowItIsNoProcessOfTheRun) {
  Host host;
  host.add(50, 1, "vigie", {"vigie", "shim", "abc"});
  host.add(51, 50, "vigie", {"vigie", "shim", "abc"});
  host.keep("abc", 50).record.state = RunState::queued;
  EXPECT_EQ(host.role(51), "none");
}

TEST(Supervised, ARunThatWasStartedWithinAnotherHasItsOwnProcesses) {
  Host host;
  host.add(50, 1, "vigie-keeper", {"vigie", "shim", "abc"});
  host.add(51, 50, "sh", {"sh", "sweep.sh"});
  host.add(60, 50, "vigie-keeper", {"vigie", "shim", "def"});
  host.torch(61, 60, {"python3", "train.py"});
  host.keep("abc", 50);
  host.keep("def", 60);
  const RunView view = host.view();
  ASSERT_EQ(view.runs.size(), 2U);
  EXPECT_EQ(view.runs[0].members.size(), 1U);
  EXPECT_EQ(view.runs[1].members.size(), 1U);
  EXPECT_EQ(host.role(60), "none");
}

TEST(Observed, ATrainingByHandIsARunNamedAfterItsScript) {
  Host host;
  host.add(50, 1, "bash", {"bash"});
  host.torch(60, 50, {"python3", "-u", "examples/train.py", "--workers", "2"});
  host.torch(61, 60, {"python3", "-u", "examples/train.py", "--workers", "2"});
  host.torch(62, 60, {"python3", "-u", "examples/train.py", "--workers", "2"});
  const RunView view = host.view();
  ASSERT_EQ(view.runs.size(), 1U);
  EXPECT_EQ(view.runs[0].id, "p60");
  EXPECT_EQ(view.runs[0].name, "train-60");
  EXPECT_FALSE(view.runs[0].supervised);
  EXPECT_EQ(view.runs[0].progress.presence(), Presence::unsupported);
  EXPECT_EQ(view.runs[0].members.size(), 3U);
  EXPECT_EQ(host.role(50), "none") << "the shell it was typed into is not part of it";
  EXPECT_EQ(host.role(60), "trainer");
  EXPECT_EQ(host.role(61), "loader worker 0");
  EXPECT_EQ(host.role(62), "loader worker 1");
}

TEST(Observed, ProcessesThatAreEachOthersParentsAreARunAndNoEndlessWalk) {
  Host host;
  host.torch(50, 51, {"python3", "train.py"});
  host.torch(51, 50, {"python3", "train.py"});
  host.torch(60, 60, {"python3", "other.py"});
  host.add(70, 71, "sh", {"sh"});
  host.add(71, 70, "sh", {"sh"});
  host.torch(72, 71, {"python3", "third.py"});
  const RunView view = host.view();
  ASSERT_EQ(view.runs.size(), 3U);
  EXPECT_EQ(view.runs[0].members.size(), 2U);
  EXPECT_EQ(view.runs[2].name, "third-72");
}

TEST(Observed, ALongChainOfTrainingsDoesNotTakeTheirNumberSquared) {
  constexpr pid_t count = 10'000;
  for (const bool deepest_first : {false, true}) {
    Host host;
    for (pid_t pid = 2; pid < count; ++pid) host.torch(pid, deepest_first ? pid + 1 : pid - 1, {"python3", "train.py"});
    const RunView view = host.view();
    std::size_t members = 0;
    for (const auto& run : view.runs) members += run.members.size();
    EXPECT_EQ(members, static_cast<std::size_t>(count) - 2);
  }
}

TEST(Observed, ANotebookWithAFrameworkIsARunAndItsServerAndOtherKernelsAreNot) {
  Host host;
  host.add(40, 1, "jupyter-lab", {"/usr/bin/python3", "/usr/bin/jupyter-lab", "--no-browser"});
  host.torch(50, 40, {"/usr/bin/python3", "-m", "ipykernel_launcher", "-f", "/home/a/kernel-1.json"});
  host.add(60, 40, "python3", {"/usr/bin/python3", "-m", "ipykernel_launcher", "-f", "/home/a/kernel-2.json"});
  host.torch(70, 40, {"/usr/bin/python3", "-m", "ipykernel_launcher", "--f=/home/a/kernel-3.json"});
  const RunView view = host.view();
  ASSERT_EQ(view.runs.size(), 2U);
  EXPECT_EQ(view.runs[0].name, "notebook-50");
  EXPECT_EQ(view.runs[1].name, "notebook-70");
  EXPECT_EQ(host.role(50), "trainer");
}

TEST(Observed, AModuleGivesItsNameAndALaunchersModuleThatOfItsScript) {
  Host host;
  host.torch(50, 1, {"python3", "-m", "project.train", "--config", "large.py"});
  host.torch(60, 1, {"python3", "-m", "torch.distributed.run", "--nproc-per-node", "2", "tune.py"});
  const RunView view = host.view();
  ASSERT_EQ(view.runs.size(), 2U);
  EXPECT_EQ(view.runs[0].name, "train-50");
  EXPECT_EQ(view.runs[1].name, "tune-60");
}

TEST(Observed, AShellWithARankExportedIsNoRun) {
  Host host;
  host.add(50, 1, "bash", {"bash"}).variables = RunVariables{"0", "0", "1", ""};
  EXPECT_TRUE(host.view().runs.empty());
}

TEST(Observed, ALauncherHoldsItsRanksInOneRun) {
  Host host;
  host.add(60, 1, "torchrun", {"/usr/bin/python3", "/usr/bin/torchrun", "--nproc-per-node=2", "train.py"});
  host.torch(61, 60, {"python3", "train.py"}).variables = RunVariables{"0", "0", "2", ""};
  host.torch(62, 60, {"python3", "train.py"}).variables = RunVariables{"1", "1", "2", ""};
  const RunView view = host.view();
  ASSERT_EQ(view.runs.size(), 1U);
  EXPECT_EQ(view.runs[0].leader.pid, 60);
  EXPECT_EQ(host.role(60), "launcher");
  EXPECT_EQ(host.role(61), "rank 0");
  EXPECT_EQ(host.role(62), "rank 1");
}

TEST(Observed, WorkersOfNewerPyTorchAndSpawnedOnesAreKnownByName) {
  Host host;
  host.torch(60, 1, {"python3", "train.py"});
  host.torch(61, 60, {"python3", "train.py"}).comm = "pt_data_worker";
  host.torch(62, 60,
             {"python3", "-c", "from multiprocessing.spawn import spawn_main; spawn_main()", "--multiprocessing-fork"});
  host.add(63, 60, "python3", {"python3", "-c", "from multiprocessing.resource_tracker import main;main(3)"});
  EXPECT_EQ(host.role(61), "loader worker 0");
  EXPECT_EQ(host.role(62), "loader worker 1");
  EXPECT_EQ(host.role(63), "helper");
}

TEST(Observed, WorkersOfAForkServerBelongToTheTrainerThatStartedIt) {
  Host host;
  host.torch(60, 1, {"python3", "train.py"});
  host.torch(61, 60, {"python3", "-c", "from multiprocessing.forkserver import main; main(5, 6, ['__main__'])"});
  host.torch(62, 61, {"python3", "-c", "from multiprocessing.forkserver import main; main(5, 6, ['__main__'])"});
  EXPECT_EQ(host.role(60), "trainer");
  EXPECT_EQ(host.role(61), "helper");
  EXPECT_EQ(host.role(62), "loader worker 0");
  EXPECT_EQ(host.view().runs[0].members[2].trainer, 0);
}

TEST(Observed, RanksAreKnownByTheirEnvironmentAndWhatTheyStartIsNone) {
  Host host;
  host.add(60, 1, "mpirun", {"mpirun"});
  host.add(61, 60, "solver", {"solver"}).variables = RunVariables{"0", "0", "2", ""};
  host.add(62, 60, "solver", {"solver"}).variables = RunVariables{"1", "1", "2", ""};
  host.add(63, 62, "git", {"git", "status"}).variables = RunVariables{"1", "1", "2", ""};
  EXPECT_EQ(host.role(61), "rank 0");
  EXPECT_EQ(host.role(62), "rank 1");
  EXPECT_EQ(host.role(63), "");
}

TEST(Observed, AProcessThatWasAskedAboutIsARunWithAllBelowIt) {
  Host host;
  host.add(60, 1, "bash", {"bash"});
  host.add(61, 60, "simulate", {"simulate"});
  host.add(62, 61, "simulate", {"simulate"});
  EXPECT_EQ(host.role(61), "none");
  EXPECT_EQ(host.asked(61).runs.at(0).members.size(), 2U);
}

TEST(Observed, DeepSpeedsLauncherIsNoTrainer) {
  Host host;
  host.add(60, 1, "python3", {"python3", "-m", "deepspeed.launcher.launch", "--world_info=x", "train.py"});
  host.torch(61, 60, {"python3", "train.py", "--local_rank=0"}).variables = RunVariables{"0", "0", "1", ""};
  EXPECT_EQ(host.role(60), "launcher");
  EXPECT_EQ(host.role(61), "rank 0");
}

TEST(Observed, WhatALoaderWorkerForksIsNoSecondTrainer) {
  Host host;
  host.torch(60, 1, {"python3", "train.py"});
  host.torch(61, 60, {"python3", "train.py"});
  host.torch(62, 61, {"python3", "train.py"});
  EXPECT_EQ(host.role(61), "loader worker 0");
  EXPECT_EQ(host.role(62), "");
}

TEST(Supervised, RolesAreFoundBelowAShellWrapper) {
  Host host;
  host.add(40, 1, "vigie", {"vigie"});
  host.add(41, 40, "sh", {"sh", "-c", "cd x && python3 train.py; echo done"});
  host.torch(42, 41, {"python3", "train.py"});
  host.torch(43, 42, {"python3", "train.py"});
  SupervisedSample& sample = host.keep("abc123", 40);
  sample.record.leader = {41, 1001};
  const RunView view = host.view();
  ASSERT_EQ(view.runs.size(), 1U);
  EXPECT_EQ(view.runs[0].members.size(), 3U) << "the holder is not a member";
  EXPECT_EQ(view.runs[0].members[0].process, 1U) << "the leader comes first";
  EXPECT_EQ(host.role(40), "none");
  EXPECT_EQ(host.role(42), "trainer");
  EXPECT_EQ(host.role(43), "loader worker 0");
}

TEST(Supervised, AStrayThatLeftTheTreeIsKnownByItsMarker) {
  Host host;
  host.add(40, 1, "vigie", {"vigie"});
  host.add(41, 40, "sleep", {"sleep", "100"});
  host.add(99, 1, "sleep", {"sleep", "200"}).variables = RunVariables{"", "", "", "abc123"};
  host.keep("abc123", 40);
  EXPECT_EQ(host.view().runs[0].members.size(), 2U);
}

TEST(Supervised, AMarkerCountsInTheEnvironmentOfItsOwnUserAlone) {
  Host host;
  host.add(40, 1, "vigie", {"vigie"});
  for (const pid_t pid : {98, 99}) host.add(pid, 1, "sleep", {"sleep"}).variables = RunVariables{"", "", "", "abc123"};
  host.process(98).uid = 1000U;
  host.process(99).uid = 1001U;
  host.keep("abc123", 40).record.owner = 1000U;
  EXPECT_EQ(host.role(98), "");
  EXPECT_EQ(host.role(99), "none");
}

TEST(Supervised, AHolderThatIsNotKnownClaimsNobody) {
  Host host;
  host.add(1, 0, "init", {"init"});
  host.add(41, 1, "sleep", {"sleep", "100"});
  host.add(42, 41, "sleep", {"sleep", "200"});
  host.keep("abc123", 0);
  EXPECT_TRUE(host.view().runs[0].members.empty());
  host.keep("def456", 0).record.holder = {41, 77};  // the pid was given to another process
  EXPECT_EQ(host.role(42), "none");
}

TEST(Supervised, WhatItsKeepersLeftIsTheLostRunsStill) {
  Host host;
  host.add(41, 1, "python3", {"python3", "train.py"});
  host.add(42, 41, "python3", {"python3", "train.py"});
  SupervisedSample& sample = host.keep("abc123", 0);
  sample.holder_alive = false;
  sample.record.leader = {41, 1000};
  const RunView view = host.view();
  EXPECT_EQ(view.runs[0].state, RunState::lost);
  EXPECT_EQ(view.runs[0].members.size(), 2U);
}

TEST(Supervised, OneOfAnotherMachineIsElsewhereAndHasNoProcessesHere) {
  Host host;
  host.add(41, 1, "sleep", {"sleep"});
  host.add(42, 41, "sleep", {"sleep"});
  SupervisedSample& sample = host.keep("abc123", 41);
  sample.elsewhere = "it runs on node7";
  const RunView view = host.view();
  EXPECT_EQ(view.runs[0].state, RunState::elsewhere);
  EXPECT_EQ(view.runs[0].elsewhere, "it runs on node7");
  EXPECT_TRUE(view.runs[0].members.empty());
}

TEST(Supervised, AllMembersStoppedIsPausedAndOneIsNot) {
  Host host;
  host.add(40, 1, "vigie", {"vigie"});
  host.add(41, 40, "sh", {"sh", "-c", "sleep 9"}).state = 'T';
  host.add(42, 41, "sleep", {"sleep", "9"}).state = 'S';
  host.keep("abc123", 40);
  EXPECT_EQ(host.view().runs[0].state, RunState::running);
  Host stopped;
  stopped.add(40, 1, "vigie", {"vigie"});
  stopped.add(41, 40, "sleep", {"sleep", "9"}).state = 'T';
  stopped.keep("abc123", 40);
  EXPECT_EQ(stopped.view().runs[0].state, RunState::paused);
}

TEST(Supervised, WithoutItsKeeperItIsLostButAnEndStaysAnEnd) {
  Host host;
  host.keep("aaaaaa", 0).holder_alive = false;
  SupervisedSample& ended = host.keep("bbbbbb", 0);
  ended.holder_alive = false;
  ended.record.state = RunState::failed;
  const RunView view = host.view();
  const auto state = [&](const std::string& id) { return std::ranges::find(view.runs, id, &Run::id)->state; };
  EXPECT_EQ(state("aaaaaa"), RunState::lost);
  EXPECT_EQ(state("bbbbbb"), RunState::failed);
}

TEST(Supervised, FrozenIsPausedAndAZombieBesideTheStoppedChangesNothing) {
  Host host;
  host.add(40, 1, "vigie", {"vigie"});
  host.add(41, 40, "sleep", {"sleep", "9"}).state = 'T';
  host.add(42, 40, "sleep", {"sleep", "9"}).state = 'Z';
  host.keep("abc123", 40);
  EXPECT_EQ(host.view().runs[0].state, RunState::paused);
  Host dead;
  dead.add(40, 1, "vigie", {"vigie"});
  dead.add(42, 40, "sleep", {"sleep", "9"}).state = 'Z';
  dead.keep("abc123", 40);
  EXPECT_EQ(dead.view().runs[0].state, RunState::running) << "nothing lets a zombie go on";
  Host frozen;
  frozen.add(40, 1, "vigie", {"vigie"});
  frozen.add(41, 40, "sleep", {"sleep", "9"});
  frozen.keep("abc123", 40).frozen = true;
  EXPECT_EQ(frozen.view().runs[0].state, RunState::paused);
}

TEST(Supervised, WhatItsRecordSaysIsTheRuns) {
  Host host;
  host.add(40, 1, "vigie", {"vigie"});
  SupervisedSample& sample = host.keep("abc123", 40);
  sample.record.spec.command = {"python3", "train.py"};
  sample.record.spec.cwd = "/work";
  sample.record.attempt = 3;
  const vigie::Run run = host.view().runs[0];
  EXPECT_EQ(run.command, "python3 train.py");
  EXPECT_EQ(run.cwd, "/work");
  EXPECT_EQ(run.attempt, 3U);
  EXPECT_TRUE(run.supervised);
  EXPECT_FALSE(run.started_wall_ns) << "it has not begun";
  EXPECT_FALSE(run.ended_wall_ns);
  EXPECT_TRUE(run.waits_for.empty());
  Host begun;
  begun.keep("abc123", 0).record.started_wall_ns = 1;
  EXPECT_EQ(begun.view().runs[0].started_wall_ns, 1);
}

TEST(Runs, ThoseThatAreOverComeLastAndTheOldestFirst) {
  Host host;
  host.keep("late", 0).record.started_wall_ns = 30;
  SupervisedSample& over = host.keep("over", 0);
  over.record.started_wall_ns = 5;
  over.record.state = RunState::failed;
  host.keep("early", 0).record.started_wall_ns = 10;
  std::string names;
  for (const vigie::Run& run : host.view().runs) names += run.id + " ";
  EXPECT_EQ(names, "early late over ");
}

TEST(Observed, OneWhoseMainProcessHasEndedIsEnding) {
  Host host;
  host.torch(60, 1, {"python3", "train.py"});
  EXPECT_EQ(host.view().runs.at(0).state, RunState::running);
  host.process(60).state = 'T';
  EXPECT_EQ(host.view().runs.at(0).state, RunState::paused);
  Host ended;
  ended.torch(60, 1, {"python3", "train.py"}).state = 'Z';
  ended.torch(61, 60, {"python3", "train.py"});
  const RunView view = ended.asked(60);
  const auto run = std::ranges::find(view.runs, "p60", &vigie::Run::id);
  ASSERT_NE(run, view.runs.end());
  EXPECT_EQ(run->state, RunState::exiting);
}

TEST(Runs, WhatIsInNoneIsNoMember) {
  Host host;
  host.add(50, 1, "bash", {"bash"});
  host.torch(60, 50, {"python3", "train.py"});
  const RunView view = host.view();
  EXPECT_EQ(view.run_of, (std::vector<int>{-1, 0}));
  EXPECT_EQ(view.member_of, (std::vector<int>{-1, 0}));
}

TEST(Observed, WorkersOfARankAreItsOwn) {
  Host host;
  for (const pid_t rank : {60, 70}) {
    ProcessSample& process = host.torch(rank, 1, {"python3", "train.py"});
    process.variables = RunVariables{.rank = rank == 60 ? "0" : "1", .local_rank = {}, .world_size = "2"};
    ProcessSample& worker = host.torch(rank + 1, rank, {"python3", "train.py"});
    worker.variables = host.process(rank).variables;
  }
  EXPECT_EQ(host.role(60), "rank 0");
  EXPECT_EQ(host.role(61), "loader worker 0");
  EXPECT_EQ(host.role(71), "loader worker 0") << "of the other rank";
}

TEST(Observed, AWrapperBetweenALauncherAndItsTrainingIsPassedOver) {
  Host host;
  host.add(50, 1, "torchrun", {"torchrun", "train.py"});
  host.add(55, 50, "env", {"env", "A=1", "python3", "train.py"});
  host.torch(60, 55, {"python3", "train.py"});
  const RunView view = host.view();
  ASSERT_EQ(view.runs.size(), 1U);
  EXPECT_EQ(view.runs[0].leader.pid, 50);
  EXPECT_EQ(view.run_of, (std::vector<int>{0, 0, 0}));
}

TEST(Observed, WhatHasEndedAndWhatTheKernelRunsIsNoTraining) {
  Host host;
  host.torch(60, 1, {"python3", "train.py"}).state = 'Z';
  host.torch(61, 1, {"python3", "train.py"}).kernel_thread = true;
  EXPECT_TRUE(host.view().runs.empty());
}

TEST(LooksLikeTraining, ByItsSizeAndThreadsOrItsName) {
  Snapshot snapshot;
  ProcessSample process;
  process.id = {.pid = 7, .start_ticks = 100};
  process.state = 'S';
  process.comm = "python3";
  process.cmdline = std::string("python3\0main.py\0", 16);
  process.frameworks = Presence::denied;
  process.virtual_bytes = std::uint64_t{1} << 30;
  process.threads = 3;
  const auto runs = [&] {
    snapshot.processes = {process};
    return recognise(snapshot, std::nullopt, Guess::yes).runs.size();
  };
  EXPECT_EQ(runs(), 1U);
  process.threads = 2;
  EXPECT_EQ(runs(), 0U);
  process.threads = 3;
  --process.virtual_bytes;
  EXPECT_EQ(runs(), 0U);
  process.cmdline = std::string("python3\0finetune.py\0", 20);
  EXPECT_EQ(runs(), 1U);
  process.comm = "node";
  EXPECT_EQ(runs(), 0U);
}

TEST(LooksLikeTraining, OnlyWhereTheLibrariesMayNotBeSeen) {
  Snapshot snapshot;
  ProcessSample process;
  process.id = {.pid = 7, .start_ticks = 100};
  process.state = 'S';
  process.comm = "python3";
  process.cmdline = std::string("python3\0train.py\0", 17);
  process.frameworks = Presence::denied;
  snapshot.processes = {process};
  EXPECT_TRUE(recognise(snapshot).runs.empty());
  ASSERT_EQ(recognise(snapshot, std::nullopt, Guess::yes).runs.size(), 1U);
  EXPECT_EQ(recognise(snapshot, std::nullopt, Guess::yes).runs[0].name, "train-7");
  snapshot.processes[0].frameworks = Framework::none;  // seen, and there are none
  EXPECT_TRUE(recognise(snapshot, std::nullopt, Guess::yes).runs.empty());
}

}  // namespace
}  // namespace vigie
