// Rules about the processes of a run among each other: ranks, stopped ones, zombies and what is left behind.
#include <gtest/gtest.h>

#include "rules/gpu_scene_for_tests.hpp"

namespace vigie::rules {
namespace {

struct Ranks : Scene {
  explicit Ranks(std::initializer_list<StateShares> states) : Scene({}) {
    for (const StateShares& one : states) {
      const std::size_t index = add(Role::rank);
      rates(index).states = one;
      rates(index).cpu_percent = one.running * 100;
    }
  }
  std::string slow_one_does() {
    const std::vector<Finding> found = verdict();
    const std::string text = found.empty() ? "" : found[0].evidence.at(0).text;
    return text.substr(std::min(text.rfind(": ") + 2, text.size()));
  }
};

TEST(RankEdges, WhatTheSlowOneDoesMeanwhile) {
  const auto does = [](void (*change)(StateShares&)) {
    StateShares slow = shares(0.6, 0.05, 0.6);
    change(slow);
    return Ranks({shares(0.1, 0.9, 0.1), slow}).slow_one_does();
  };
  EXPECT_EQ(does([](StateShares&) {}), "it is running in 60 % of the looks");
  EXPECT_EQ(does([](StateShares& slow) { slow.stopped = 0.51; }), "it is stopped (state T)");
  EXPECT_EQ(does([](StateShares& slow) { slow.stopped = 0.5; }), "it is running in 60 % of the looks");
  EXPECT_EQ(does([](StateShares& slow) { slow.disk = 0.61; }), "it waits for a disk in 61 % of the looks");
  EXPECT_EQ(does([](StateShares& slow) { slow.disk = 0.6; }), "it is running in 60 % of the looks");
  EXPECT_EQ(does([](StateShares& slow) {
              slow.running = 0.2;
              slow.disk = 0.3;
              slow.asleep = slow.in_timer = 0.5;
            }),
            "it is running in 20 % of the looks");
  EXPECT_EQ(does([](StateShares& slow) {
              slow.running = 0.2;
              slow.disk = 0.31;
            }),
            "it waits for a disk in 31 % of the looks");
  EXPECT_EQ(does([](StateShares& slow) {
              slow.running = 0.2;
              slow.asleep = slow.in_timer = 0.6;
            }),
            "it sleeps for a time of its own");
}

TEST(RankEdges, OthersAreCountedWithoutTheSlowOne) {
  Ranks scene({shares(0.9, 0.1, 0.9), shares(0.2, 0.8, 0.2), shares(0.4, 0.6, 0.4)});
  const Finding found = scene.verdict().at(0);
  EXPECT_EQ(found.rule, "rank-straggler");
  EXPECT_DOUBLE_EQ(*found.share_percent, 70);
  EXPECT_EQ(found.evidence.at(1).text, "the other 2 ranks wait in 70 % of them, on average");
  EXPECT_EQ(Ranks({shares(0.9, 0.1, 0.9), shares(0.2, 0.8, 0.2), shares(0.51, 0.49, 0.4)}).rules(), "")
      << "one of the others has work, too";
  Ranks unseen({shares(0.9, 0.1, 0.9), shares(0.2, 0.8, 0.2)});
  unseen.add(Role::rank);
  EXPECT_EQ(unseen.rules(), "") << "one that was not looked at may be the slow one";
}

/// Two ranks, each on a GPU of its own.
struct RanksOnGpus : Scene {
  RanksOnGpus() : Scene({Role::rank, Role::rank, Role::rank}) {
    std::vector<GpuSample> gpus;
    for (unsigned index = 0; index < 3; ++index) {
      GpuSample gpu;
      gpu.index = index;
      gpu.uuid = fmt::format("GPU-{}", index);
      gpu.busy_percent = 95.0;
      gpu.memory_busy_percent = 30.0;
      gpu.clients = std::vector{GpuClient{.pid = static_cast<pid_t>(10 + index), .memory_bytes = 40 * gib}};
      gpus.push_back(gpu);
      frame.delta.gpu.gpus.emplace_back();
      rates(index).cpu_percent = 100;
      rates(index).states = shares(1, 0, 1);
    }
    now.gpus = std::move(gpus);
  }
  GpuSample& gpu(unsigned index) { return (*now.gpus)[index]; }
};

TEST(RankEdges, TheGpuOfTheSlowOneHasPauses) {
  RanksOnGpus scene;
  scene.gpu(1).busy_percent = 75.0;
  EXPECT_EQ(scene.rules(), "rank-straggler");
  scene.gpu(1).busy_percent = 75.1;
  EXPECT_EQ(scene.rules(), "");
  scene.gpu(1).busy_percent = 50.0;
  scene.gpu(2).busy_percent = 94.9;
  EXPECT_EQ(scene.rules(), "") << "another has pauses, too";
  scene.gpu(2).busy_percent = 99.0;
  const Finding found = scene.verdict().at(0);
  EXPECT_EQ(found.evidence.at(0).threshold, 75);
  EXPECT_DOUBLE_EQ(*found.share_percent, 50);
}

TEST(RankEdges, EachHasToBeOnAGpuOfItsOwn) {
  RanksOnGpus scene;
  scene.gpu(1).busy_percent = 50.0;
  scene.gpu(2).clients = std::vector{GpuClient{.pid = 11}, GpuClient{.pid = 12}};
  EXPECT_EQ(scene.rules(), "") << "one of them is on two";
  scene.gpu(2).clients = std::vector<GpuClient>{};
  EXPECT_EQ(scene.rules(), "") << "one of them is on none";
  scene.gpu(1).clients = std::vector{GpuClient{.pid = 11}, GpuClient{.pid = 12}};
  EXPECT_EQ(scene.rules(), "") << "two of them share one";
  scene.gpu(1).clients = std::vector{GpuClient{.pid = 11}};
  scene.run().members[2].role = Role::helper;
  EXPECT_EQ(scene.rules(), "rank-straggler");
  std::swap(scene.run().members[0], scene.run().members[2]);
  EXPECT_EQ(scene.rules(), "rank-straggler") << "a helper before them";
  std::swap(scene.run().members[0], scene.run().members[2]);
  scene.gpu(1).busy_percent = Presence::denied;
  EXPECT_EQ(scene.rules(), "");
}

TEST(CollectiveEdges, WhatSpinsAndWhatMovesData) {
  const auto rules = [](void (*change)(RanksOnGpus&)) {
    RanksOnGpus scene;
    for (const unsigned index : {0U, 1U, 2U}) {
      scene.gpu(index).memory_busy_percent = 0.9;
      scene.gpu(index).sm_active_percent = 39.0;
      scene.gpu(index).power_watts = 500.0;
      scene.gpu(index).power_limit_watts = 700.0;
      GpuRates& link = scene.frame.delta.gpu.gpus[index];
      link.pcie_received_bytes_per_second = link.pcie_sent_bytes_per_second = 1.9e6;
    }
    change(scene);
    return scene.rules();
  };
  EXPECT_EQ(rules([](RanksOnGpus&) {}), "collective-wait");
  EXPECT_EQ(rules([](RanksOnGpus& scene) { scene.gpu(1).busy_percent = 94.0; }), "");
  EXPECT_EQ(rules([](RanksOnGpus& scene) { scene.gpu(1).memory_busy_percent = 1.0; }), "");
  EXPECT_EQ(rules([](RanksOnGpus& scene) { scene.gpu(1).memory_busy_percent = Presence::unsupported; }), "");
  EXPECT_EQ(rules([](RanksOnGpus& scene) { scene.gpu(1).sm_active_percent = 40.0; }), "");
  EXPECT_EQ(rules([](RanksOnGpus& scene) {
              scene.gpu(1).sm_active_percent = 40.0;
              scene.gpu(1).power_watts = 209.0;
            }),
            "collective-wait");
  EXPECT_EQ(rules([](RanksOnGpus& scene) {
              scene.gpu(1).sm_active_percent = 40.0;
              scene.gpu(1).power_watts = 210.0;
            }),
            "");
  EXPECT_EQ(rules([](RanksOnGpus& scene) { scene.frame.delta.gpu.gpus[1].pcie_sent_bytes_per_second = 2e6; }), "");
  EXPECT_EQ(rules([](RanksOnGpus& scene) { scene.frame.delta.gpu.gpus[2].pcie_received_bytes_per_second = 2e6; }), "");
  EXPECT_EQ(rules([](RanksOnGpus& scene) {
              scene.frame.delta.gpu.gpus[0].nvlink_received_bytes_per_second = 1e6;
              scene.frame.delta.gpu.gpus[0].nvlink_sent_bytes_per_second = 1e6;
            }),
            "")
      << "both ways together";
  EXPECT_EQ(rules([](RanksOnGpus& scene) { scene.process(2).id.start_ticks = 8601; }), "") << "ten seconds old before";
  EXPECT_EQ(rules([](RanksOnGpus& scene) { scene.process(2).id.start_ticks = 8600; }), "collective-wait");
}

TEST(CollectiveEdges, RanksThatJustBegan) {
  Ranks scene({shares(0, 1, 0), shares(0, 1, 0)});
  scene.process(1).id.start_ticks = 8600;
  EXPECT_EQ(scene.rules(), "collective-wait");
  scene.process(1).id.start_ticks = 8601;
  EXPECT_EQ(scene.rules(), "");
  Ranks busy({shares(0, 1, 0), shares(0, 1, 0)});
  busy.rates(0).cpu_percent = busy.rates(1).cpu_percent = 2.4;
  EXPECT_EQ(busy.rules(), "collective-wait");
  busy.rates(1).cpu_percent = 2.6;
  EXPECT_EQ(busy.rules(), "") << "both together";
}

StateShares stopped_in(double looks) {
  StateShares state = shares(0, 1 - looks, 0);
  state.stopped = looks;
  return state;
}

TEST(StoppedEdges, WhichOfThemMakeARunStandStill) {
  const auto rules = [](Role role) {
    Scene scene({Role::other, role});
    scene.rates(0).states = shares(0.5, 0.5, 0.5);
    scene.rates(0).cpu_percent = 50;
    scene.rates(1).states = stopped_in(1);
    scene.process(1).state = 'T';
    return scene.rules();
  };
  for (const Role role : {Role::trainer, Role::rank, Role::loader_worker}) EXPECT_EQ(rules(role), "stopped");
  for (const Role role : {Role::other, Role::helper, Role::launcher}) EXPECT_EQ(rules(role), "");
  Scene silent({Role::other, Role::helper});
  silent.rates(0).states = shares(0, 1, 0);
  silent.rates(1).states = stopped_in(1);
  silent.process(1).state = 'T';
  EXPECT_EQ(silent.rules(), "stopped") << "nobody else does anything";
  silent.rates(0).cpu_percent = 1;
  EXPECT_EQ(silent.rules(), "");
}

TEST(StoppedEdges, OfRanksOneIsAStragglerAndAllAreStopped) {
  Ranks scene({shares(0, 1, 0), stopped_in(1), shares(0, 1, 0)});
  scene.process(1).state = 'T';
  EXPECT_EQ(scene.rules(), "rank-straggler");
  Ranks all({stopped_in(1), stopped_in(1)});
  for (const std::size_t i : {0U, 1U}) all.process(i).state = 'T';
  EXPECT_EQ(all.rules(), "stopped");
  EXPECT_NE(all.verdict().at(0).evidence.at(0).text.find("of 2 processes: rank 0 (pid 10), rank 1 (pid 11)"),
            std::string::npos)
      << all.verdict().at(0).evidence.at(0).text;
  Ranks one({stopped_in(1)});
  one.process(0).state = 'T';
  EXPECT_EQ(one.rules(), "stopped") << "it holds nobody up";
}

TEST(StoppedEdges, APausedRunByWhoPausedIt) {
  Scene scene({Role::other, Role::other});
  scene.run().state = RunState::paused;
  EXPECT_EQ(scene.verdict().at(0).evidence.at(0).text, "the control group of its 2 processes is frozen");
  EXPECT_EQ(scene.verdict().at(0).causes.at(0), "somebody paused it: `vigie pause`");
  scene.process(0).state = 'T';
  EXPECT_EQ(scene.verdict().at(0).evidence.at(0).text, "the control group of its 2 processes is frozen");
  scene.process(1).state = 'Z';
  EXPECT_EQ(scene.verdict().at(0).evidence.at(0).text, "2 of 2 processes are stopped (state T)");
  EXPECT_NE(scene.verdict().at(0).causes.at(0).find("SIGSTOP"), std::string::npos);
  scene.process(0).state = 'Z';
  EXPECT_EQ(scene.verdict().at(0).causes.at(0), "somebody paused it: `vigie pause`");
  scene.process(0).state = 't';
  EXPECT_NE(scene.verdict().at(0).causes.at(0).find("debugger"), std::string::npos);
}

TEST(ZombieEdges, ThreeThatWereThereInTwoLooks) {
  EXPECT_EQ(with_zombies(2).rules(), "");
  EXPECT_EQ(with_zombies(3).rules(), "zombies");
  Scene scene = with_zombies(3);
  scene.history(1, [](Snapshot&, double) {});
  EXPECT_EQ(scene.rules(), "zombies");
  scene.history(0, [](Snapshot&, double) {});
  EXPECT_EQ(scene.rules(), "") << "one look";
  scene.history(3, [](Snapshot& then, double second) {
    if (second == -2) then.processes[3].state = 'R';
  });
  EXPECT_EQ(scene.rules(), "");
  scene.history(3, [](Snapshot& then, double second) {
    if (second == -3) then.processes.pop_back();
  });
  EXPECT_EQ(scene.rules(), "") << "it ended within the window";
}

TEST(ZombieEdges, WhatIsLeftBehindAndMoreThanThreeOfIt) {
  Scene scene({Role::other, Role::other, Role::other, Role::other, Role::other});
  for (std::size_t i = 0; i < 5; ++i) scene.rates(i).states = shares(0.5, 0.5, 0.5);
  scene.rates(0).cpu_percent = 50.0;
  scene.run().state = RunState::exiting;
  const auto text = [&] { return scene.verdict().at(0).evidence.back().text; };
  EXPECT_EQ(text(), "left behind: python3 (pid 10), python3 (pid 11), python3 (pid 12) and 2 more");
  scene.process(0).state = 'Z';
  scene.process(1).state = 'Z';
  EXPECT_EQ(text(), "left behind: python3 (pid 12), python3 (pid 13), python3 (pid 14)");
  scene.process(2).id.start_ticks = 9600;
  EXPECT_EQ(text(), "left behind: python3 (pid 13), python3 (pid 14)") << "it began in the window";
  scene.process(2).id.start_ticks = 9599;
  EXPECT_EQ(text(), "left behind: python3 (pid 12), python3 (pid 13), python3 (pid 14)");
}

TEST(ZombieEdges, ARunThatIsAZombieItself) {
  Scene scene({Role::other, Role::other});
  for (const std::size_t i : {0U, 1U}) scene.process(i).state = 'Z';
  EXPECT_EQ(scene.rules(), "") << "another thread of it lives";
  for (const std::size_t i : {0U, 1U}) scene.process(i).threads = 1;
  EXPECT_EQ(scene.rules(), "zombies");
  EXPECT_EQ(scene.verdict().at(0).evidence.at(0).text, "process 10 is in state Z; its parent is process 1");
  scene.process(0).ppid = scene.process(scene.add_other("launcher", 0)).id.pid;
  EXPECT_EQ(scene.verdict().at(0).causes.at(0), "process 12 (launcher) has not called wait() for it");
  scene.run().supervised = true;
  EXPECT_EQ(scene.rules(), "") << "its keeper is about to";
  scene.run().supervised = false;
  scene.process(1).state = 'S';
  EXPECT_EQ(scene.rules(), "");
}

}  // namespace
}  // namespace vigie::rules
