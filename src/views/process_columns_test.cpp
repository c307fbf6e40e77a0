#include "views/process_columns.hpp"

#include <gtest/gtest.h>

#include "views/scene_for_tests.hpp"

namespace vigie::views {
namespace {

std::string shown(const Frame& frame, std::size_t index, std::string_view name) {
  return shown(process_columns(), ProcessRow{.frame = &frame, .index = index}, name);
}

TEST(ProcessColumns, AFoldedRowCountsAllItsProcessesAndSaysSo) {
  Scene scene;
  scene.add_run("resnet");
  for (const pid_t pid : {10, 11, 12}) {
    ProcessSample& process = scene.process(pid, 1, "python3");
    process.cmdline = std::string("python3\0train.py\0", 17);
    process.rss_bytes = 1 << 20;
    process.threads = 2;
    process.user_ticks = 100;
    scene.delta.processes.back().cpu_percent = 50.0;
    scene.join(pid == 10 ? Role::trainer : Role::loader_worker, pid - 11, pid == 10 ? -1 : 0);
  }
  const Frame frame = scene.frame();
  const ProcessRow row{.frame = &frame, .index = 1, .folded = {2}};
  EXPECT_EQ(shown(process_columns(), row, "cpu_percent"), "100.0");
  EXPECT_EQ(shown(process_columns(), row, "rss_bytes"), "2.0M");
  EXPECT_EQ(shown(process_columns(), row, "threads"), "4");
  EXPECT_EQ(shown(process_columns(), row, "cpu_seconds"), "2.0s");
  EXPECT_EQ(shown(process_columns(), row, "role"), "2 workers");
  EXPECT_EQ(shown(process_columns(), row, "command"), "python3 train.py  (and 1 like it)");
  EXPECT_EQ(shown(frame, 0, "role"), "trainer");
  EXPECT_EQ(shown(frame, 0, "run"), "resnet");
}

TEST(ProcessColumns, ASumIsOfWhatIsKnownAndAbsentWhereNothingIs) {
  Scene scene;
  scene.process(10, 1, "a").swap_bytes = Presence::denied;
  scene.process(11, 1, "b").swap_bytes = std::uint64_t{4096};
  const Frame frame = scene.frame();
  const ProcessRow both{.frame = &frame, .index = 0, .folded = {1}};
  EXPECT_EQ(shown(process_columns(), both, "swap_bytes"), "4.0K");
  EXPECT_EQ(shown(frame, 0, "swap_bytes"), "-");
  EXPECT_EQ(shown(process_columns(), both, "cpu_percent"), "-");
}

TEST(ProcessColumns, AFrozenProcessLooksStoppedButAZombieStaysOne) {
  Scene scene;
  scene.process(10, 1, "a");
  scene.process(11, 1, "b").state = 'Z';
  scene.process(12, 1, "c");
  scene.snapshot.frozen = {10, 11};
  const Frame frame = scene.frame();
  EXPECT_EQ(shown(frame, 0, "state"), "T");
  EXPECT_EQ(shown(frame, 1, "state"), "Z");
  EXPECT_EQ(shown(frame, 2, "state"), "S");
}

TEST(ProcessColumns, OfARecordingTheStateOfItsRunTellsWhatIsFrozen) {
  Scene scene;
  scene.add_run("paused").state = RunState::paused;
  scene.process(10, 1, "a");
  scene.join(Role::trainer);
  EXPECT_EQ(shown(scene.frame(), 0, "state"), "T");
  scene.view.runs.back().supervised = false;  // its processes are stopped one by one, and say so
  EXPECT_EQ(shown(scene.frame(), 0, "state"), "S");
}

TEST(ProcessColumns, TerminalsHaveTheirNames) {
  const auto tty = [](int device) {
    Scene scene;
    scene.process(10, 1, "sh").tty = device;
    return shown(scene.frame(), 0, "tty");
  };
  EXPECT_EQ(tty(0), "-");
  EXPECT_EQ(tty(136 << 8 | 3), "pts/3");
  EXPECT_EQ(tty(137 << 8 | 1), "pts/257");
  EXPECT_EQ(tty(143 << 8), "pts/1792");
  EXPECT_EQ(tty(144 << 8), "144:0");
  EXPECT_EQ(tty(4 << 8 | 63), "tty63");
  EXPECT_EQ(tty(4 << 8 | 64), "ttyS0");
  EXPECT_EQ(tty(5 << 8 | 1), "5:1");
}

TEST(ProcessColumns, IoPriorityIsWrittenAsItIsGiven) {
  const auto ionice = [](Reading<int> priority) {
    Scene scene;
    scene.process(10, 1, "sh").io_priority = priority;
    return shown(scene.frame(), 0, "ionice");
  };
  EXPECT_EQ(ionice(0), "none");
  EXPECT_EQ(ionice(1 << 13 | 2), "realtime:2");
  EXPECT_EQ(ionice(2 << 13 | 7), "best-effort:7");
  EXPECT_EQ(ionice(3 << 13), "idle");
  EXPECT_EQ(ionice(4 << 13), "-");
  EXPECT_EQ(ionice(Presence::denied), "-");
}

TEST(ProcessColumns, AThreadHasItsOwnNumbersAndOnlyItsCpuRate) {
  Scene scene;
  ProcessSample& process = scene.process(10, 1, "python3");
  process.nice = 5;
  process.io = ProcessIo{.read_bytes = 1};
  scene.delta.processes.back().read_bytes_per_second = 7.0;
  ThreadSample& thread = scene.snapshot.threads.emplace_back();
  thread.id = {12, 2000};
  thread.state = 'R';
  thread.comm[0] = 'w';
  thread.nice = 3;
  thread.cpu_ticks = 150;
  scene.delta.thread_cpu_percent = {25.0};
  const Frame frame = scene.frame();
  const ProcessRow row{.frame = &frame, .thread = 0};
  const auto& all = process_columns();
  EXPECT_EQ(shown(all, row, "tid"), "12");
  EXPECT_EQ(shown(all, row, "pid"), "10");
  EXPECT_EQ(shown(all, row, "state"), "R");
  EXPECT_EQ(shown(all, row, "comm"), "w");
  EXPECT_EQ(shown(all, row, "nice"), "3");
  EXPECT_EQ(shown(all, row, "cpu_percent"), "25.0");
  EXPECT_EQ(shown(all, row, "cpu_seconds"), "1.5s");
  EXPECT_EQ(shown(all, row, "read_bytes_per_second"), "-");
  EXPECT_EQ(shown(all, row, "elapsed_seconds"), "2:46:20");
}

TEST(ProcessColumns, IoIsOnlyKnownWhereBothDirectionsAre) {
  Scene scene;
  scene.process(10, 1, "a");
  ProcessRates& rates = scene.delta.processes.back();
  rates.read_bytes_per_second = 1024.0;
  rates.write_bytes_per_second = Presence::denied;
  EXPECT_EQ(shown(scene.frame(), 0, "io_bytes_per_second"), "-");
  scene.delta.processes.back().write_bytes_per_second = 1024.0;
  EXPECT_EQ(shown(scene.frame(), 0, "io_bytes_per_second"), "2.0K");
}

TEST(ProcessColumns, MemoryIsAShareOfTheHosts) {
  Scene scene;
  scene.process(10, 1, "a").rss_bytes = 1 << 20;
  EXPECT_EQ(shown(scene.frame(), 0, "mem_percent"), "-");
  scene.snapshot.host.memory = Memory{};
  EXPECT_EQ(shown(scene.frame(), 0, "mem_percent"), "-");  // a host that says 0
  scene.snapshot.host.memory = Memory{.total = 4 << 20};
  EXPECT_EQ(shown(scene.frame(), 0, "mem_percent"), "25.0");
}

TEST(ProcessColumns, ARecordedUserKeepsTheNameOfItsHost) {
  Scene scene;
  scene.process(10, 1, "a").uid = uid_t{4711};
  scene.snapshot.users = {{.uid = 4711, .name = "alice"}};
  EXPECT_EQ(shown(scene.frame(), 0, "user"), "alice");
  scene.snapshot.users.clear();
  EXPECT_EQ(shown(scene.frame(), 0, "user"), "4711");
}

TEST(ProcessColumns, AHeadSaysNothingButItsName) {
  Scene scene;
  scene.process(10, 1, "a");
  const Frame frame = scene.frame();
  const ProcessRow head{.frame = &frame, .branch = "resnet (running)", .head = true};
  const std::vector<ProcessColumn> columns = below_heads(*columns_named({"pid", "command"}));
  EXPECT_EQ(shown(columns, head, "pid"), "");
  EXPECT_EQ(shown(columns, head, "command"), "resnet (running)");
}

TEST(ProcessColumns, WorkersOfOneTrainerAreOneRow) {
  Scene scene;
  scene.add_run("resnet");
  for (const pid_t pid : {10, 11, 12, 13}) {
    scene.process(pid, 1, "python3");
    scene.join(pid == 10 ? Role::trainer : Role::loader_worker, pid - 11, pid == 10 ? -1 : pid == 13 ? 1 : 0);
  }
  const Frame frame = scene.frame();
  const std::vector<ProcessRow> rows = process_rows(frame, {0, 1, 2, 3}, true);
  ASSERT_EQ(rows.size(), 3U);
  EXPECT_EQ(rows[1].folded, (std::vector<std::size_t>{2}));
  EXPECT_TRUE(rows[2].folded.empty()) << "another trainer's";
  EXPECT_EQ(process_rows(frame, {0, 1, 2, 3}, false).size(), 4U);
}

TEST(ProcessColumns, ThreadsAreThoseOfTheChosenProcesses) {
  Scene scene;
  scene.process(10, 1, "a").nice = 1;
  scene.process(11, 1, "b").nice = 2;
  scene.snapshot.threads = {{.id = {10, 1}, .process = 0, .comm = "main"},
                            {.id = {11, 1}, .process = 1, .comm = "main"},
                            {.id = {12, 1}, .process = 1, .comm = "io", .nice = 5}};
  const Frame frame = scene.frame();
  const std::vector<ProcessRow> rows = thread_rows(frame, {1});
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_EQ(shown(process_columns(), rows, "comm"), (std::vector<std::string>{"main", "io"}));
  EXPECT_EQ(shown(process_columns(), rows[1], "nice"), "5") << "the thread's own";
}

TEST(ProcessColumns, WhatWasReadAndWrittenInAllIsNotARate) {
  Scene scene;
  ProcessSample& process = scene.process(10, 1, "a");
  ProcessIo io;
  io.read_bytes = 3;
  io.write_bytes = 4;
  process.io = io;
  process.wchan = std::string("futex_wait");
  scene.delta.processes[0].read_bytes_per_second = 1.0;
  scene.delta.processes[0].write_bytes_per_second = 2.0;
  const Frame frame = scene.frame();
  const ProcessRow row{.frame = &frame, .index = 0};
  const std::pair<const char*, const char*> expected[] = {{"read_bytes_per_second", "1"},
                                                          {"write_bytes_per_second", "2"},
                                                          {"io_read_bytes", "3"},
                                                          {"io_written_bytes", "4"},
                                                          {"wait", "futex_wait"}};
  for (const auto& [name, text] : expected) EXPECT_EQ(shown(process_columns(), row, name), text) << name;
}

TEST(ProcessColumns, TheGpusOfAProcessAreTheDriversWord) {
  Scene scene;
  scene.process(10, 1, "a");
  scene.process(11, 1, "b");
  EXPECT_EQ(shown(scene.frame(), 0, "gpus"), "-") << "no driver was asked";
  GpuSample gpu;
  gpu.index = 3;
  gpu.clients = std::vector<GpuClient>{{.pid = 10, .memory_bytes = std::uint64_t{2048}}};
  scene.snapshot.gpus = std::vector<GpuSample>{gpu};
  EXPECT_EQ(shown(scene.frame(), 0, "gpus"), "3");
  EXPECT_EQ(shown(scene.frame(), 1, "gpus"), "-");
  EXPECT_EQ(shown(scene.frame(), 0, "gpu_memory_bytes"), "2.0K");
}

TEST(ProcessColumns, AStartIsCountedFromWhenTheHostBooted) {
  Scene scene;
  scene.process(10, 1, "a").id.start_ticks = 500;
  EXPECT_EQ(shown(scene.frame(), 0, "start_time"), "-");
  scene.snapshot.host.boot_wall_ns = 1000 * Scene::second;
  const Frame frame = scene.frame();
  EXPECT_EQ(as_json(process_columns(), ProcessRow{.frame = &frame, .index = 0}, "start_time"),
            R"("1970-01-01T00:16:45.000Z")");
}

}  // namespace
}  // namespace vigie::views
