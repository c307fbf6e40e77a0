#include "runs/rank_groups.hpp"

#include <gtest/gtest.h>

#include "runs/host_for_tests.hpp"

namespace vigie {
namespace {

/// Ranks on a host made by hand, which a process 50 started unless it is said otherwise.
class Started {
 public:
  ProcessSample& add(pid_t pid, pid_t ppid, const std::string& comm, std::initializer_list<const char*> command) {
    ProcessSample process = asleep({pid, static_cast<std::uint64_t>(pid)}, ppid, comm, command);
    process.uid = 1000U;
    snapshot_.processes.push_back(process);
    return snapshot_.processes.back();
  }
  ProcessSample& rank(pid_t pid, pid_t ppid, const std::string& number, const std::string& size = "2") {
    ProcessSample& process = add(pid, ppid, "python3", {"python3", "train.py"});
    process.variables = RunVariables{number, number, size, ""};
    process.frameworks = Framework::torch;
    return process;
  }
  /// "train-50: launcher, rank 0, rank 1", a line for each run.
  std::string runs() const {
    std::string text;
    for (const Run& run : recognise(snapshot_).runs) {
      text += (text.empty() ? "" : "\n") + run.name + ":";
      for (const Member& member : run.members) {
        const std::string role = describe(member);
        text += (text.ends_with(":") ? " " : ", ") + (role.empty() ? "other" : role);
      }
    }
    return text;
  }

 private:
  Snapshot snapshot_;
};

TEST(RankGroups, BelowOneProgramAreOneRunThatItLeads) {
  for (const auto& [comm, command] :
       {std::pair{"python3", std::initializer_list<const char*>{"python3", "-c", "import subprocess"}},
        std::pair{"bash", std::initializer_list<const char*>{"bash", "launch.sh"}},
        std::pair{"sh", std::initializer_list<const char*>{"sh", "-ec", "python3 train.py"}},
        std::pair{"xargs", std::initializer_list<const char*>{"xargs", "-P", "2", "sh", "-c", "RANK={} train.py"}},
        std::pair{"mpirun", std::initializer_list<const char*>{"mpirun", "-n", "2", "python3", "train.py"}}}) {
    Started host;
    host.add(40, 1, "bash", {"-bash"});
    host.add(50, 40, comm, command);
    host.rank(60, 50, "0");
    host.rank(61, 50, "1");
    EXPECT_EQ(host.runs(), "train-50: launcher, rank 0, rank 1") << comm;
  }
}

TEST(RankGroups, AShellOfTheirOwnBetweenThemAndTheProgramChangesNothing) {
  Started host;
  host.add(50, 1, "xargs", {"xargs", "-P", "2"});
  host.add(51, 50, "sh", {"sh", "-c", "RANK=0 python3 train.py"});
  host.add(52, 50, "sh", {"sh", "-c", "RANK=1 python3 train.py"});
  host.rank(60, 51, "0");
  host.rank(61, 52, "1");
  EXPECT_EQ(host.runs(), "train-50: launcher, other, other, rank 0, rank 1");
}

TEST(RankGroups, OfASessionAreOneRunWithoutIt) {
  for (const char* session : {"bash", "tmux: server", "slurmstepd"}) {
    Started host;
    host.add(50, 1, session, {session});
    host.rank(60, 50, "0");
    host.rank(61, 50, "1");
    host.add(62, 50, "vim", {"vim"});
    EXPECT_EQ(host.runs(), "train-60: rank 0, rank 1") << session;
  }
}

TEST(RankGroups, AProgramOfAnotherUserIsNoneOfTheirs) {
  Started host;
  host.add(50, 1, "agent", {"agent", "--serve"}).uid = 0U;
  host.rank(60, 50, "0");
  host.rank(61, 50, "1");
  EXPECT_EQ(host.runs(), "train-60: rank 0, rank 1");
}

TEST(RankGroups, TwoTrainingsOfOneShellStayTwo) {
  Started host;
  host.add(40, 1, "bash", {"bash"});
  host.add(50, 40, "bash", {"bash", "launch.sh"});
  host.add(51, 40, "bash", {"bash", "launch.sh"});
  host.rank(60, 50, "0");
  host.rank(61, 50, "1");
  host.rank(70, 51, "0");
  host.rank(71, 51, "1");
  EXPECT_EQ(host.runs(), "train-50: launcher, rank 0, rank 1\ntrain-51: launcher, rank 0, rank 1");
}

TEST(RankGroups, WhichCannotBeToldApartAreNotGuessed) {
  Started host;
  host.add(50, 1, "bash", {"bash"});
  for (const pid_t pid : {60, 70}) {
    host.rank(pid, 50, "0");
    host.rank(pid + 1, 50, "1");
  }
  EXPECT_EQ(host.runs(), "train-60: rank 0\ntrain-61: rank 1\ntrain-70: rank 0\ntrain-71: rank 1");
}

TEST(RankGroups, OneOfEightOnThisMachineIsARunByItself) {
  Started host;
  host.add(50, 1, "bash", {"bash", "launch.sh"});
  host.rank(60, 50, "3", "8");
  EXPECT_EQ(host.runs(), "train-60: rank 3");
}

TEST(RankGroups, TheirLoaderWorkersAndToolsAreTheirs) {
  Started host;
  host.add(50, 1, "bash", {"bash", "launch.sh"});
  host.rank(60, 50, "0");
  host.rank(61, 50, "1");
  host.rank(62, 60, "0").comm = "pt_data_worker";
  host.add(63, 61, "git", {"git", "status"}).variables = RunVariables{"1", "1", "2", ""};
  EXPECT_EQ(host.runs(), "train-50: launcher, rank 0, rank 1, loader worker 0, other");
}

TEST(RankGroups, TorchrunAndWhatIsAboveItIsFoundAsBefore) {
  Started host;
  host.add(40, 1, "python3", {"python3", "sweep.py"}).frameworks = Framework::torch;
  host.add(50, 40, "torchrun", {"python3", "/usr/bin/torchrun", "train.py"});
  host.rank(60, 50, "0");
  host.rank(61, 50, "1");
  const std::string runs = host.runs();
  EXPECT_TRUE(runs.ends_with(": launcher, launcher, rank 0, rank 1")) << runs;
}

}  // namespace
}  // namespace vigie
