#include "runs/programs.hpp"

#include <gtest/gtest.h>

#include <initializer_list>
#include <string>

namespace vigie {
namespace {

ProcessSample program(std::string comm, std::initializer_list<const char*> arguments) {
  ProcessSample process;
  process.id = {50, 1};
  process.state = 'S';
  process.comm = std::move(comm);
  std::string cmdline;
  for (const char* argument : arguments) cmdline.append(argument).push_back('\0');
  process.cmdline = cmdline;
  return process;
}

ProcessSample python(std::initializer_list<const char*> arguments) {
  return program("python3", arguments);
}

TEST(Programs, ALauncherIsOneByItsProgramOrItsModule) {
  for (const char* name :
       {"torchrun", "/opt/bin/torchrun", "deepspeed", "accelerate", "torch.distributed.run", "torch.distributed.launch",
        "accelerate.commands.launch", "deepspeed.launcher.launch", "deepspeed.launcher.runner"})
    EXPECT_TRUE(is_launcher(python({"python3", name, "train.py"}))) << name;
  EXPECT_TRUE(is_launcher(program("pt_elastic", {}))) << "named so by torchrun";
  EXPECT_FALSE(is_launcher(python({"python3", "train.py", "torchrun"}))) << "an argument of the script";
  EXPECT_FALSE(is_launcher(program("bash", {"bash", "-c", "torchrun"}))) << "the shell that waits for it";
  EXPECT_FALSE(is_launcher(python({"python3", "torchrun.txt"})));
  ProcessSample unseen = python({});
  unseen.cmdline = Presence::denied;
  EXPECT_FALSE(is_launcher(unseen));
}

TEST(Programs, WhatMultiprocessingStartsHelpsOrLoads) {
  for (const char* helper : {"from multiprocessing.resource_tracker import main", "multiprocessing.semaphore_tracker",
                             "from multiprocessing.forkserver import main"})
    EXPECT_TRUE(is_helper(python({"python3", "-c", helper}))) << helper;
  EXPECT_FALSE(is_helper(python({"python3", "train.py"})));
  EXPECT_TRUE(is_of_fork_server(python({"python3", "-c", "from multiprocessing.forkserver import main"})));
  EXPECT_FALSE(is_of_fork_server(python({"python3", "-c", "multiprocessing.resource_tracker"})));
  EXPECT_TRUE(is_loader_worker_by_name(program("pt_data_worker", {"x"})));
  EXPECT_TRUE(is_loader_worker_by_name(python({"python3", "-c", "x", "--multiprocessing-fork"})));
  EXPECT_FALSE(is_loader_worker_by_name(python({"python3", "train.py"})));
}

TEST(Programs, ARankHasAWorld) {
  ProcessSample process = python({"python3", "train.py"});
  EXPECT_EQ(rank_of(process), "");
  process.variables = RunVariables{.rank = "3", .local_rank = {}, .world_size = {}, .vigie_run_id = {}};
  EXPECT_EQ(rank_of(process), "") << "any program may have a variable of that name";
  process.variables = RunVariables{.rank = "3", .local_rank = {}, .world_size = "8", .vigie_run_id = {}};
  EXPECT_EQ(rank_of(process), "3");
}

TEST(Programs, WhereASessionBeginsARunEnds) {
  ProcessSample init = program("anything", {"x"});
  init.id.pid = 1;
  EXPECT_TRUE(is_session(init));
  init.id.pid = 2;
  EXPECT_FALSE(is_session(init));
  init.kernel_thread = true;
  EXPECT_TRUE(is_session(init));
  for (const char* server : {"systemd", "tmux: server", "SCREEN", "sshd", "slurmstepd", "jupyter-noteboo"})
    EXPECT_TRUE(is_session(program(server, {server}))) << server;
  for (const auto& interactive : {program("bash", {"-bash"}), program("zsh", {"zsh", "-i"}), program("bash", {}),
                                  program("bash", {"bash", "--norc"}), program("fish", {"fish", "--command-timings"})})
    EXPECT_TRUE(is_session(interactive));
  for (const auto& script : {program("bash", {"bash", "train.sh"}), program("sh", {"sh", "-c", "x"}),
                             program("bash", {"bash", "-lc", "x"}), program("python3", {"python3"})})
    EXPECT_FALSE(is_session(script)) << "with a script it runs that and nothing else";
}

TEST(Programs, ATrainingIsSeenByItsFrameworksItsRankOrItsLauncher) {
  ProcessSample process = python({"python3", "x.py"});
  EXPECT_FALSE(belongs_to_training(process));
  process.variables = RunVariables{.rank = "0", .local_rank = {}, .world_size = "2", .vigie_run_id = {}};
  EXPECT_TRUE(belongs_to_training(process));
  process.state = 'Z';
  EXPECT_FALSE(belongs_to_training(process)) << "it is over";
  process.state = 'R';
  process.kernel_thread = true;
  EXPECT_FALSE(belongs_to_training(process));
  process.kernel_thread = false;
  process.comm = "bash";
  EXPECT_FALSE(belongs_to_training(process)) << "a shell only waits for one";
  EXPECT_TRUE(belongs_to_training(python({"python3", "torchrun"})));
}

TEST(Programs, WhatMayNotBeLookedIntoIsGuessedFromItsSizeAndItsWords) {
  const auto guessed = [](std::uint64_t bytes, unsigned threads, const char* script, const char* comm = "python3") {
    ProcessSample process = program(comm, {"python3", script});
    process.frameworks = Presence::denied;
    process.virtual_bytes = bytes;
    process.threads = threads;
    return looks_like_training(process);
  };
  constexpr std::uint64_t gib = std::uint64_t{1} << 30;
  EXPECT_TRUE(guessed(gib, 3, "x.py"));
  EXPECT_FALSE(guessed(gib - 1, 3, "x.py"));
  EXPECT_FALSE(guessed(gib, 2, "x.py"));
  EXPECT_TRUE(guessed(0, 1, "train.py"));
  EXPECT_TRUE(guessed(0, 1, "finetune.py"));
  EXPECT_TRUE(guessed(gib, 3, "x.py", "pt_main_thread"));
  EXPECT_FALSE(guessed(gib, 3, "train.py", "node"));
  ProcessSample seen = python({"python3", "train.py"});
  EXPECT_FALSE(looks_like_training(seen)) << "what can be seen is not guessed";
  seen.frameworks = Presence::denied;
  EXPECT_TRUE(looks_like_training(seen));
  seen.state = 'Z';
  EXPECT_FALSE(looks_like_training(seen));
  seen.state = 'S';
  seen.kernel_thread = true;
  EXPECT_FALSE(looks_like_training(seen));
}

TEST(Programs, ARunIsCalledAfterItsScriptOrModule) {
  EXPECT_EQ(script_name(python({"python3", "/home/ada/train.py", "--epochs", "3"})), "train");
  EXPECT_EQ(script_name(python({"python3", "-m", "pkg.sub.train"})), "train");
  EXPECT_EQ(script_name(python({"python3", "-m", "torch.distributed.run", "train.py"})), "train");
  EXPECT_EQ(script_name(python({"python3", "-m", "ipykernel_launcher", "-f", "x.json"})), "notebook");
  EXPECT_EQ(script_name(python({"torchrun", "train.py", "other.py"})), "train") << "the first";
  EXPECT_EQ(script_name(python({"python3", "-m"})), "python3");
  EXPECT_EQ(script_name(python({"python3", ".py"})), "");
  EXPECT_EQ(script_name(program("train", {"./train"})), "train");
  ProcessSample unseen = python({});
  unseen.cmdline = Presence::denied;
  EXPECT_EQ(script_name(unseen), "python3");
}

}  // namespace
}  // namespace vigie
