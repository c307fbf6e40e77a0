// Rules about loaders at their edges: what each reader does, over which connections, and what is advised.
#include <gtest/gtest.h>

#include "rules/scene_for_tests.hpp"

namespace vigie::rules {
namespace {

StateShares in_disk(double disk, double network = 0) {
  StateShares result = shares(0, 1 - disk, 0);
  result.disk = disk;
  result.in_network = network;
  return result;
}

/// A trainer that waits in most looks, and two workers.
struct Loading : Scene {
  explicit Loading(const StateShares& worker) : Scene({Role::trainer, Role::loader_worker, Role::loader_worker}) {
    rates(0).states = shares(0.2, 0.8, 0.2);
    rates(1).states = rates(2).states = worker;
  }
  Finding first() {
    const std::vector<Finding> found = verdict();
    return found.empty() ? Finding{} : found[0];
  }
};

TEST(LoaderEdges, WorkersAreJudgedByTheirAverage) {
  Loading scene(in_disk(0.9));
  scene.rates(1).states = in_disk(0.5);
  scene.rates(2).states = in_disk(0.3);
  const Finding found = scene.first();
  EXPECT_EQ(found.evidence.at(1).text, "2 loader workers in uninterruptible sleep (D) in 40 % of the looks");
  scene.rates(2).states = in_disk(0.05);
  EXPECT_EQ(scene.rules(), "");
  scene.rates(2).states = Presence::not_read;
  EXPECT_EQ(scene.first().evidence.at(1).text, "1 loader worker in uninterruptible sleep (D) in 50 % of the looks")
      << "the others speak for one that has only begun";
}

TEST(LoaderEdges, WhatIsReadAndHowMuchOfItFromStorage) {
  Loading scene(in_disk(0.9));
  for (const std::size_t i : {1U, 2U}) {
    scene.rates(i).read_bytes_per_second = 1024.0 * static_cast<double>(i);
    scene.rates(i).read_chars_per_second = 2048.0 * static_cast<double>(i);
  }
  EXPECT_EQ(scene.first().evidence.at(2).text,
            "3.0K/s read from storage, of 6.0K/s read in all: the page cache does not have it");
  for (const std::size_t i : {1U, 2U}) scene.rates(i).read_bytes_per_second = 0.0;
  EXPECT_EQ(scene.first().evidence.size(), 2U);
  scene.frame.delta.host.io_pressure.some_percent = 30;
  EXPECT_EQ(scene.first().evidence.at(2).text, "some task waited for storage 30 % of the time");
}

TEST(LoaderEdges, ATrainerThatReadsItselfFromAFileServer) {
  Scene scene({Role::trainer});
  scene.rates(0).states = in_disk(0.3, 0.15);
  EXPECT_EQ(scene.rules(), "loader-network");
  scene.rates(0).states = in_disk(0.3, 0.14);
  EXPECT_EQ(scene.rules(), "loader-disk");
  scene.rates(0).states = in_disk(0.29, 0.29);
  EXPECT_EQ(scene.rules(), "");
}

TEST(LoaderEdges, SleepOnPurposeIsNoWaiting) {
  const auto rules = [](double in_timer) {
    Loading scene(in_disk(0.9));
    StateShares naps = shares(0.2, 0.8, 0.2);
    naps.in_timer = in_timer;
    scene.rates(0).states = naps;
    return scene.rules();
  };
  EXPECT_EQ(rules(0.5), "loader-disk");
  EXPECT_EQ(rules(0.51), "");
}

/// Workers that sleep while two connections bring data.
struct Downloading : Loading {
  Downloading() : Loading(shares(0.05, 0.6, 0.05)) {
    SocketSample one, other;
    one.inode = 77;
    other.inode = 78;
    now.net.sockets = {one, other};
    now.net.holders = {{.inode = 77, .pid = 11}, {.inode = 78, .pid = 12}};
    for (int i = 0; i < 2; ++i) frame.delta.net.sockets.push_back({.received_bytes = 5000.0, .sent_bytes = 0.0});
  }
};

TEST(LoaderEdges, AllConnectionsOfAllReadersTogether) {
  Downloading scene;
  EXPECT_EQ(scene.rules(), "loader-network");
  EXPECT_EQ(scene.first().evidence.at(1).value, 10'000);
  scene.now.net.holders[1].pid = 10;
  EXPECT_EQ(scene.rules(), "") << "what the trainer gets is no data of a worker";
  scene.now.net.holders[1].pid = 12;
  scene.now.net.sockets[1].protocol = Protocol::udp;
  EXPECT_EQ(scene.rules(), "");
  scene.now.net.sockets[1].protocol = Protocol::tcp;
  scene.frame.delta.net.sockets.pop_back();
  EXPECT_EQ(scene.rules(), "") << "of one nothing is known";
}

TEST(LoaderEdges, AConnectionThatWasOpenedMeanwhile) {
  Downloading scene;
  scene.frame.delta.net.sockets[1].received_bytes = Presence::first_sight;
  EXPECT_EQ(scene.rules(), "");
  TcpCounters counters;
  counters.received_bytes = 20'000;
  scene.now.net.sockets[1].tcp = counters;
  EXPECT_EQ(scene.rules(), "loader-network") << "20 kB in four seconds";
  scene.frame.delta.net.sockets[1].received_bytes = Presence::denied;
  EXPECT_EQ(scene.rules(), "");
}

TEST(LoaderEdges, WorkersThatSleepInMostLooks) {
  Downloading scene;
  for (const std::size_t i : {1U, 2U}) scene.rates(i).states = shares(0.05, 0.59, 0.05);
  EXPECT_EQ(scene.rules(), "");
  Downloading trainer;
  trainer.rates(0).states = shares(0.7, 0.3, 0.7);
  EXPECT_EQ(trainer.rules(), "loader-network");
  trainer.rates(0).states = shares(0.7, 0.29, 0.7);
  EXPECT_EQ(trainer.rules(), "");
}

TEST(LoaderEdges, WhichFilesTellWhereTheDataIs) {
  const auto rules = [](void (*change)(OpenFile&, MountSample&)) {
    Loading scene(in_disk(0.9));
    MountSample mount;
    mount.path = "/mnt";
    mount.type = "lustre";
    OpenFile file;
    file.type = FileType::regular;
    file.path = "/mnt/0001.tar";
    change(file, mount);
    scene.now.host.mounts = std::vector{mount};
    OpenFile local;
    local.path = "/x";
    scene.detail(1).files = std::vector{local, file};
    return scene.rules();
  };
  EXPECT_EQ(rules([](OpenFile&, MountSample&) {}), "loader-network");
  EXPECT_EQ(rules([](OpenFile&, MountSample& mount) { mount.type = "ext4"; }), "loader-disk");
  EXPECT_EQ(rules([](OpenFile& file, MountSample&) { file.type = FileType::pipe; }), "loader-disk");
  EXPECT_EQ(rules([](OpenFile& file, MountSample&) { file.hold = Hold::mapped; }), "loader-network");
  EXPECT_EQ(rules([](OpenFile& file, MountSample&) {
              file.hold = Hold::cwd;
              file.type = FileType::unknown;
            }),
            "loader-network");
  EXPECT_EQ(rules([](OpenFile& file, MountSample&) { file.hold = Hold::exe; }), "loader-disk");
}

TEST(LoaderEdges, HowManyWorkersMore) {
  const auto advice = [](double idle, const char* command) {
    Loading scene(shares(0.9, 0.1, 0.9));
    scene.frame.delta.host.cpu_idle_percent = idle;
    scene.run().command = command;
    return scene.first().actions.at(0);
  };
  EXPECT_EQ(advice(40, ""), "more loader workers, num_workers 2 → 3: 1 of 4 CPUs is idle");
  EXPECT_EQ(advice(139, ""), "more loader workers, num_workers 2 → 3: 1 of 4 CPUs is idle");
  EXPECT_EQ(advice(140, "t.py -j 2"), "more loader workers, `-j 2 → 4`: 2 of 4 CPUs are idle");
  EXPECT_EQ(advice(140, "t.py -j 4"), "more loader workers, num_workers 2 → 4: 2 of 4 CPUs are idle")
      << "each of two ranks has as many";
  EXPECT_NE(advice(39, "").find("all 4 CPUs are busy"), std::string::npos);
}

TEST(LoaderEdges, TheOptionThatSetsWorkers) {
  const auto option = [](const char* command) {
    Loading scene(shares(0.9, 0.1, 0.9));
    scene.run().command = command;
    const std::string text = scene.first().actions.at(0);
    return text.substr(21, text.find(':') - 21);
  };
  for (const char* command : {"t.py --num_workers 2", "t.py --num_workers=2", "t.py --num_workers 2 --x"})
    EXPECT_EQ(option(command), "`--num_workers 2 → 4`") << command;
  EXPECT_EQ(option("t.py --workers x --loader-workers 2"), "`--loader-workers 2 → 4`");
  EXPECT_EQ(option("t.py -j=2"), "`-j 2 → 4`");
  for (const char* command : {"t.py workers 2", "t.py --workers 2x", "t.py --workers=", "t.py --workers", "t.py --x 2",
                              "t.py --workers --y 2"})
    EXPECT_EQ(option(command), "num_workers 2 → 4") << command;
}

TEST(LoaderCpuEdges, WaitsAndWorkersThatRun) {
  const auto rules = [](double asleep, double running, double disk = 0) {
    StateShares worker = shares(running, 1 - running - disk, running);
    worker.disk = disk;
    Loading scene(worker);
    scene.rates(0).states = shares(1 - asleep, asleep, 0.1);
    return scene.rules();
  };
  EXPECT_EQ(rules(0.3, 0.5), "loader-cpu");
  EXPECT_EQ(rules(0.29, 0.5), "");
  EXPECT_EQ(rules(0.3, 0.49), "");
  EXPECT_EQ(rules(0.3, 0.5, 0.49), "loader-cpu");
  EXPECT_EQ(rules(0.3, 0.5, 0.5), "loader-disk");
}

TEST(LoaderCpuEdges, TheSecondTrainerIsLookedAtToo) {
  Loading scene(shares(0.9, 0.1, 0.9));
  scene.run().members.insert(scene.run().members.begin(), Member{.process = scene.add(Role::rank), .role = Role::rank});
  scene.run().members.pop_back();
  for (Member& member : scene.run().members) {
    if (member.role == Role::loader_worker) member.trainer = 1;
  }
  scene.rates(3).states = shares(1, 0, 0.2);
  EXPECT_EQ(scene.rules(), "loader-cpu");
  scene.rates(3).states = Presence::not_read;
  EXPECT_EQ(scene.rules(), "loader-cpu");
}

/// A trainer of two threads that reads files itself, on one of them.
struct Serial : Scene {
  Serial() : Scene({Role::trainer}) {
    StateShares alone = shares(1, 0, 0.6);
    rates(0).states = alone;
    rates(0).read_chars_per_second = 20e3;
    rates(0).read_calls_per_second = 10;
    rates(0).write_chars_per_second = 19.9e3;
    process(0).threads = 2;
    frame.delta.host.cpu_idle_percent = 40;
    process(0).id.start_ticks = 8600;
  }
};

TEST(LoaderSerialEdges, EachOfItsBounds) {
  const auto rules = [](void (*change)(Serial&)) {
    Serial scene;
    change(scene);
    scene.run().leader = scene.process(0).id;
    return scene.rules();
  };
  EXPECT_EQ(rules([](Serial&) {}), "loader-serial");
  EXPECT_EQ(rules([](Serial& scene) { scene.rates(0).states = shares(1, 0, 0.59); }), "");
  EXPECT_EQ(rules([](Serial& scene) { scene.rates(0).read_chars_per_second = 19.95e3; }), "");
  EXPECT_EQ(rules([](Serial& scene) { scene.rates(0).read_calls_per_second = 9.9; }), "");
  EXPECT_EQ(rules([](Serial& scene) { scene.rates(0).write_chars_per_second = 20e3; }), "") << "it copies";
  EXPECT_EQ(rules([](Serial& scene) { scene.process(0).threads = 1; }), "");
  EXPECT_EQ(rules([](Serial& scene) { scene.frame.delta.host.cpu_idle_percent = 39.9; }), "");
  EXPECT_EQ(rules([](Serial& scene) { scene.frame.delta.host.cpu_idle_percent = Presence::denied; }), "");
  EXPECT_EQ(rules([](Serial& scene) { scene.process(0).id.start_ticks = 8601; }), "") << "it starts";
}

TEST(LoaderSerialEdges, AsManyWorkersAsThereAreOtherCpus) {
  Serial scene;
  scene.run().leader = scene.process(0).id;
  EXPECT_NE(scene.verdict().at(0).actions.at(0).find("num_workers 0 → 3 "), std::string::npos)
      << scene.verdict().at(0).actions.at(0);
  scene.process(0).cpus_allowed = 1U;
  EXPECT_NE(scene.verdict().at(0).actions.at(0).find("num_workers 0 → 1 "), std::string::npos)
      << scene.verdict().at(0).actions.at(0);
}

}  // namespace
}  // namespace vigie::rules
