// Rules about CPUs at their edges: whose demand, which others, what is advised.
#include <gtest/gtest.h>

#include "rules/facts/demand.hpp"
#include "rules/scene_for_tests.hpp"

namespace vigie::rules {
namespace {

StateShares with_threads(double threads) {
  StateShares state = shares(1, 0, 0);
  state.threads_running = threads;
  return state;
}

/// A run of processes that each want so many CPUs and wait half of the time, on 4 CPUs without idle time.
struct Crowd : Scene {
  Crowd(std::initializer_list<Role> roles, double threads) : Scene(roles) {
    for (std::size_t i = 0; i < now.processes.size(); ++i) {
      rates(i).states = with_threads(threads);
      rates(i).run_delay_percent = 50;
      rates(i).cpu_percent = 50;
    }
    frame.delta.host.cpu_idle_percent = 0;
  }
  Finding first() {
    const std::vector<Finding> found = verdict();
    return found.empty() ? Finding{} : found[0];
  }
};

TEST(CrowdEdges, WhatIsAdvisedByWhatThereIsTooMuchOf) {
  Crowd threads({Role::trainer}, 8);
  EXPECT_EQ(
      threads.first().actions.at(0),
      "fewer threads in trainer (pid 10), 8 → 4: OMP_NUM_THREADS=4 (and torch.set_num_threads) when it is started");
  EXPECT_EQ(threads.first().causes.at(0), "trainer (pid 10) alone has 8 threads running");
  Crowd ranks({Role::rank, Role::rank}, 5);
  EXPECT_NE(ranks.first().actions.at(0).find("rank 0 (pid 10), 5 → 2"), std::string::npos) << "two ranks share them";
  ranks.rates(1).states = with_threads(5.1);
  EXPECT_NE(ranks.first().actions.at(0).find("rank 1 (pid 11)"), std::string::npos);
  Crowd as_many({Role::rank, Role::rank}, 4);
  EXPECT_EQ(as_many.first().actions.at(0), "as many processes as there are CPUs: 2 → 4");
  Crowd workers({Role::trainer, Role::loader_worker, Role::loader_worker, Role::loader_worker, Role::loader_worker,
                 Role::loader_worker, Role::loader_worker},
                1);
  EXPECT_EQ(workers.first().actions.at(0),
            "fewer loader workers, num_workers 6 → 3: more than 4 CPUs cannot run at once");
  Crowd pairs({Role::rank, Role::rank, Role::loader_worker, Role::loader_worker, Role::loader_worker,
               Role::loader_worker, Role::loader_worker, Role::loader_worker},
              1);
  EXPECT_NE(pairs.first().actions.at(0).find("num_workers 3 → 2"), std::string::npos) << pairs.first().actions.at(0);
  Crowd one({Role::trainer, Role::loader_worker}, 4);
  EXPECT_EQ(one.first().actions.at(0), "as many processes as there are CPUs: 2 → 4");
  Crowd full({Role::rank, Role::rank, Role::rank, Role::rank, Role::rank, Role::loader_worker, Role::loader_worker}, 1);
  EXPECT_NE(full.first().actions.at(0).find("num_workers 0 → 1"), std::string::npos) << full.first().actions.at(0);
}

TEST(CrowdEdges, OnFewCpusAWholeThreadMoreIsNeeded) {
  Crowd scene({Role::trainer}, 1.6);
  scene.process(0).cpus_allowed = 1U;
  EXPECT_EQ(scene.rules(), "cpu-oversubscribed");
  scene.rates(0).states = with_threads(1.59);
  EXPECT_EQ(scene.rules(), "");
  scene.detail(0).cgroup = CgroupSample{};
  (*scene.detail(0).cgroup).cpu.quota_cpus = 0.5;
  scene.rates(0).states = with_threads(1.5);
  EXPECT_EQ(scene.rules(), "cpu-oversubscribed");
  scene.rates(0).states = with_threads(1.49);
  EXPECT_EQ(scene.rules(), "");
}

TEST(CrowdEdges, ProcessesOfOneProgramAreCountedTogether) {
  Crowd scene({Role::other, Role::other, Role::other}, 3);
  EXPECT_EQ(scene.rules(), "cpu-oversubscribed");
  EXPECT_EQ(scene.first().evidence.at(0).text, "9.0 threads of 3 processes ready to run on average, 4 CPUs to run on");
  scene.process(2).cmdline = std::string("another");
  EXPECT_EQ(scene.rules(), "") << "6 threads of one program";
  scene.rates(2).states = with_threads(7);
  EXPECT_EQ(scene.first().evidence.at(0).text, "7.0 threads of 1 process ready to run on average, 4 CPUs to run on");
  scene.run().members[0].role = Role::trainer;
  scene.rates(0).states = with_threads(7);
  EXPECT_NE(scene.first().actions.at(0).find("trainer (pid 10)"), std::string::npos) << "the training first";
  scene.rates(0).states = Presence::not_read;
  EXPECT_NE(scene.first().actions.at(0).find("python3 (pid 12)"), std::string::npos);
}

TEST(CrowdEdges, TheLongestWaitOfThoseThatWantToRun) {
  Crowd scene({Role::trainer, Role::loader_worker}, 4);
  scene.rates(0).run_delay_percent = 19;
  scene.rates(1).run_delay_percent = 20;
  EXPECT_EQ(scene.rules(), "cpu-oversubscribed");
  EXPECT_DOUBLE_EQ(*scene.first().share_percent, 20);
  scene.rates(1).run_delay_percent = 150;
  EXPECT_DOUBLE_EQ(*scene.first().share_percent, 100);
  scene.rates(1).run_delay_percent = 19;
  EXPECT_EQ(scene.rules(), "");
}

/// A run that waits for CPUs on which others run.
struct Beside : Crowd {
  Beside() : Crowd({Role::trainer}, 2) { add_other("ffmpeg", 280); }
};

TEST(ContentionEdges, ThreeOthersAreNamedEachOfFivePercentOrMore) {
  Beside scene;
  scene.add_other("small", 4.9);
  const auto names = [&] { return others_beside(Case({&scene.frame, 1}, scene.run())).names; };
  (void)scene.verdict();
  EXPECT_EQ(names(), "ffmpeg (pid 11) 280 %");
  scene.rates(2).cpu_percent = 5;
  EXPECT_EQ(names(), "ffmpeg (pid 11) 280 %, small (pid 12) 5 %");
  for (const double cpu : {20.0, 10.0}) scene.add_other("more", cpu);
  (void)scene.verdict();
  EXPECT_EQ(names(), "ffmpeg (pid 11) 280 %, more (pid 13) 20 %, more (pid 14) 10 %");
  vigie::Run other;
  other.id = "other1";
  other.name = "resnet";
  scene.frame.view.runs.push_back(other);
  scene.frame.view.run_of[3] = scene.frame.view.run_of[4] = 1;
  EXPECT_EQ(names(), "ffmpeg (pid 11) 280 %, run resnet 30 %, small (pid 12) 5 %");
  EXPECT_DOUBLE_EQ(others_beside(Case({&scene.frame, 1}, scene.run())).cpu_percent, 315);
}

TEST(ContentionEdges, WhoIsAskedToGiveWay) {
  Beside scene;
  EXPECT_NE(scene.first().actions.at(0).find("renice 19 11; or keep them apart: vigie cpus LIST 11"),
            std::string::npos);
  const std::size_t observer = scene.add_other("vigie", 0);
  scene.now.observer = scene.process(observer).id.pid;
  scene.process(observer).uid = uid_t{1000};
  scene.process(1).uid = uid_t{1001};
  scene.now.users = {{.uid = 1001, .name = "alice"}, {.uid = 0, .name = "root"}};
  EXPECT_NE(scene.first().actions.at(0).find("only alice and root can let 11 give way"), std::string::npos)
      << scene.first().actions.at(0);
  EXPECT_NE(scene.first().causes.at(0).find("ffmpeg (pid 11) 280 % of alice"), std::string::npos);
  scene.process(1).uid = uid_t{0};
  EXPECT_NE(scene.first().actions.at(0).find("only root can let 11 give way"), std::string::npos);
  scene.rates(scene.add_other("mine", 0)).cpu_percent = 290;
  scene.process(3).uid = uid_t{1000};
  EXPECT_NE(scene.first().actions.at(0).find("renice 19 13"), std::string::npos) << "the largest is one's own";
}

TEST(ContentionEdges, ConfinedRunsHaveNeighboursOnTheirCpusAlone) {
  Beside scene;
  scene.process(0).cpus_allowed = 1U;
  scene.rates(0).states = with_threads(1);
  scene.rates(0).cpu_percent = 1.0;
  scene.process(0).processor = scene.process(1).processor = 2;
  EXPECT_EQ(scene.rules(), "cpu-contention");
  scene.rates(0).cpu_percent = 0.9;
  EXPECT_EQ(scene.rules(), "") << "where it last ran was long ago";
}

TEST(ContentionEdges, TheOneThatWaitsLongestIsNamed) {
  Crowd scene({Role::trainer, Role::loader_worker}, 1);
  scene.add_other("ffmpeg", 280);
  EXPECT_NE(scene.first().evidence.at(0).text.find("trainer (pid 10)"), std::string::npos) << "the first of equals";
  scene.rates(1).run_delay_percent = 130;
  EXPECT_NE(scene.first().evidence.at(0).text.find("loader worker 1 (pid 11)"), std::string::npos);
  EXPECT_DOUBLE_EQ(*scene.first().share_percent, 100);
}

TEST(ThrottledEdges, WhatQuotaWouldDo) {
  const auto action = [](double quota, double threads) {
    Crowd scene({Role::trainer}, threads);
    scene.rates(0).run_delay_percent = 0;
    scene.detail(0).cgroup = CgroupSample{};
    (*scene.detail(0).cgroup).cpu.quota_cpus = quota;
    scene.frame.delta.cgroups[0].throttled_percent = 30;
    scene.frame.delta.cgroups[0].cpu_percent = 90;
    return scene.first().actions.at(0).substr(0, 31);
  };
  EXPECT_EQ(action(2, 3.2), "raise the quota, 2 → 4 CPUs: ");
  EXPECT_EQ(action(2, 1), "raise the quota, 2 → 3 CPUs: ") << "half a CPU more at least";
  EXPECT_EQ(action(1.5, 1), "raise the quota, 1.5 → 2 CPUs");
}

/// A framework that computes on one thread of two while CPUs idle.
struct OneThread : Scene {
  OneThread() : Scene({Role::loader_worker, Role::trainer}) {
    rates(0).states = with_threads(1);
    rates(1).states = with_threads(1);
    StateShares alone = shares(0.9, 0.1, 0.9);
    rates(1).states = alone;
    for (const std::size_t i : {0U, 1U}) {
      process(i).frameworks = Framework::torch;
      process(i).threads = 2;
      process(i).variables = RunVariables{};
    }
    process(1).id.start_ticks = 8600;
    frame.delta.host.cpu_idle_percent = 300;
  }
};

TEST(UnderusedEdges, EachOfItsBounds) {
  const auto rules = [](void (*change)(OneThread&)) {
    OneThread scene;
    change(scene);
    return scene.rules();
  };
  EXPECT_EQ(rules([](OneThread&) {}), "cpu-underused") << "a worker before it is no reason to look no further";
  EXPECT_EQ(rules([](OneThread& scene) { scene.process(0).frameworks = Presence::not_read; }), "cpu-underused");
  EXPECT_EQ(rules([](OneThread& scene) { scene.rates(1).states = shares(0.89, 0.1, 0.89); }), "");
  EXPECT_EQ(rules([](OneThread& scene) { scene.rates(1).states = shares(0.95, 0.05, 0.89); }), "");
  EXPECT_EQ(rules([](OneThread& scene) { scene.process(1).threads = 3; }), "cpu-underused");
  EXPECT_EQ(rules([](OneThread& scene) { scene.process(1).threads = 4; }), "") << "it has made its threads";
  EXPECT_EQ(rules([](OneThread& scene) { scene.process(1).id.start_ticks = 8601; }), "");
  EXPECT_EQ(rules([](OneThread& scene) { scene.rates(1).read_chars_per_second = 19.9e3; }), "cpu-underused");
  EXPECT_EQ(rules([](OneThread& scene) { scene.rates(1).states = Presence::not_read; }), "");
  EXPECT_EQ(rules([](OneThread& scene) {
              scene.process(0).cpus_allowed = 2U;
              scene.process(1).threads = 1;
            }),
            "cpu-underused");
  EXPECT_EQ(rules([](OneThread& scene) {
              scene.process(0).cpus_allowed = 1U;
              scene.process(1).threads = 1;
            }),
            "");
}

TEST(UnderusedEdges, WhatTheEnvironmentAllows) {
  const auto rules = [](const char* told, double running) {
    OneThread scene;
    scene.process(1).threads = 9;
    RunVariables variables;
    variables.math_threads = told;
    scene.process(1).variables = variables;
    scene.rates(1).states = with_threads(running);
    return scene.rules();
  };
  EXPECT_EQ(rules("2", 2.3), "cpu-underused");
  EXPECT_EQ(rules("2", 2.31), "") << "others compute, too";
  EXPECT_EQ(rules("3", 3), "") << "more than half of the CPUs";
  EXPECT_EQ(rules("", 1), "");
  EXPECT_EQ(rules("x", 1), "");
}

TEST(UnderusedEdges, TheFirstThatIsHeldBackIsNamed) {
  OneThread scene;
  scene.run().members[0].role = Role::trainer;
  scene.process(0).frameworks = Framework::none;
  EXPECT_EQ(scene.rules(), "cpu-underused");
  scene.process(0).frameworks = Framework::torch;
  scene.rates(0).states = shares(0.5, 0.5, 0.5);
  EXPECT_NE(scene.verdict().at(0).evidence.at(0).text.find("pid 11"), std::string::npos);
  scene.rates(0).states = shares(1, 0, 1);
  EXPECT_NE(scene.verdict().at(0).evidence.at(0).text.find("pid 10"), std::string::npos);
  scene.rates(0).read_chars_per_second = 20e3;
  EXPECT_NE(scene.verdict().at(0).evidence.at(0).text.find("pid 11"), std::string::npos);
}

}  // namespace
}  // namespace vigie::rules
