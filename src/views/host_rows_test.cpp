// Rows about the host: network, memory, processes that ended, the checklist, findings.
#include <gtest/gtest.h>

#include <signal.h>

#include "views/check_columns.hpp"
#include "views/ended_columns.hpp"
#include "views/finding_columns.hpp"
#include "views/memory_rows.hpp"
#include "views/net_columns.hpp"
#include "views/scene_for_tests.hpp"

namespace vigie::views {
namespace {

struct Net : ::testing::Test {
  SocketSample& socket(std::uint64_t inode, ConnectionState state = ConnectionState::established) {
    scene.delta.net.sockets.emplace_back();
    SocketSample& socket = scene.snapshot.net.sockets.emplace_back();
    socket.inode = inode;
    socket.state = state;
    socket.local.family = socket.remote.family = 4;
    return socket;
  }
  Scene scene;
};

TEST_F(Net, ASocketIsOfWhatHoldsItAndOfNobodyWhereItsProcessMayNotBeSeen) {
  scene.process(10, 1, "python3");
  scene.snapshot.net.holders = {{.inode = 5, .pid = 10}, {.inode = 5, .pid = 11}};
  socket(5);
  socket(6);
  socket(0, ConnectionState::time_wait);
  Frame frame = scene.frame();
  std::vector<SocketRow> rows = socket_rows(frame, {});
  EXPECT_EQ(shown(socket_columns(), rows, "pid"), (std::vector<std::string>{"10", "-", "-"}));
  EXPECT_EQ(shown(socket_columns(), rows, "socket_holders"), (std::vector<std::string>{"2", "0", "0"}));
  EXPECT_EQ(rows[1].no_owner, Presence::unknown);
  EXPECT_EQ(rows[2].no_owner, Presence::unsupported);
  scene.snapshot.net.denied_processes = 1;
  frame = scene.frame();
  EXPECT_EQ(socket_rows(frame, {})[1].no_owner, Presence::denied);
}

TEST_F(Net, WhatWaitsForOthersIsNoConnection) {
  socket(5, ConnectionState::listen).local.port = 80;
  socket(6).remote.port = 443;
  SocketSample& udp = socket(7, ConnectionState::close);
  udp.protocol = Protocol::udp;
  udp.local.port = 53;
  const Frame frame = scene.frame();
  const auto inodes = [&](const SocketChoice& choice) {
    std::vector<std::uint64_t> found;
    for (const SocketRow& row : socket_rows(frame, choice)) found.push_back(row.socket->inode);
    return found;
  };
  EXPECT_EQ(inodes({}), (std::vector<std::uint64_t>{6}));
  EXPECT_EQ(inodes({.listening = true}), (std::vector<std::uint64_t>{5, 7}));
  EXPECT_EQ(inodes({.port = 443}), (std::vector<std::uint64_t>{6}));
  EXPECT_EQ(inodes({.port = 80}), std::vector<std::uint64_t>{});
  EXPECT_EQ(inodes({.listening = true, .port = 80}), (std::vector<std::uint64_t>{5}));
}

TEST_F(Net, TheOtherEndOfAUnixSocketHasItsNameOrItsNumber) {
  for (const auto& [inode, peer, path] :
       {std::tuple{5, 6, ""}, {6, 5, "/run/x.sock"}, {7, 8, ""}, {9, 0, "@abstract"}}) {
    SocketSample& end = socket(static_cast<std::uint64_t>(inode));
    end.protocol = Protocol::unix_stream;
    end.local.family = end.remote.family = 0;
    end.peer_inode = static_cast<std::uint64_t>(peer);
    end.path = path;
  }
  const Frame frame = scene.frame();
  const std::vector<SocketRow> rows = socket_rows(frame, {});
  EXPECT_EQ(shown(socket_columns(), rows, "remote_address"),
            (std::vector<std::string>{"/run/x.sock", "inode 5", "inode 8", "*"}));
  EXPECT_EQ(shown(socket_columns(), rows, "local_address"),
            (std::vector<std::string>{"*", "/run/x.sock", "*", "@abstract"}));
}

TEST_F(Net, TrafficOfAProcessIsThatOfAllItsTcpConnections) {
  scene.process(10, 1, "a");
  scene.process(11, 1, "b");
  scene.snapshot.net.holders = {
      {.inode = 5, .pid = 10}, {.inode = 6, .pid = 10}, {.inode = 7, .pid = 11}, {.inode = 8, .pid = 10}};
  socket(8).protocol = Protocol::udp;
  socket(9);  // nobody's
  for (const std::uint64_t inode : {5, 6, 7}) socket(inode);
  scene.delta.net.sockets[2].received_bytes = 100.0;
  scene.delta.net.sockets[4].sent_bytes = 500.0;
  const Frame frame = scene.frame();
  const std::vector<ProcessTraffic> rows = traffic_rows(frame);
  EXPECT_EQ(shown(traffic_columns(), rows, "pid"), (std::vector<std::string>{"11", "10"}));
  EXPECT_EQ(shown(traffic_columns(), rows, "connections"), (std::vector<std::string>{"1", "2"}));
  EXPECT_EQ(shown(traffic_columns(), rows, "received_bytes_per_second"), (std::vector<std::string>{"-", "100"}));
  EXPECT_EQ(shown(traffic_columns(), rows, "sent_bytes_per_second"), (std::vector<std::string>{"500", "-"}));
}

struct MemoryRows : ::testing::Test {
  std::string remark(std::string_view name) {
    const Frame frame = scene.frame();
    for (const MemoryRow& row : memory_rows(frame, 0)) {
      if (row.name == name) return row.remark.empty() ? "nothing" : row.remark;
    }
    return "no such row";
  }
  Scene scene;
};

TEST_F(MemoryRows, WithoutSwapThatIsSaid) {
  EXPECT_TRUE(memory_rows(scene.frame(), 3).empty());
  scene.snapshot.host.memory = Memory{};
  EXPECT_EQ(remark("swap"), "none: what does not fit is killed");
  scene.snapshot.host.memory = Memory{.swap_total = 1 << 20};
  EXPECT_EQ(remark("swap"), "nothing");
  scene.delta.host.swapped_in_bytes_per_second = 1024.0;
  scene.delta.host.swapped_out_bytes_per_second = 0.0;
  EXPECT_EQ(remark("swap"), "1.0K/s in, 0/s out");
}

TEST_F(MemoryRows, SharedMemoryIsNotGivenBack) {
  scene.snapshot.host.memory = Memory{.buffers = 10, .cached = 100, .shmem = 30, .slab_reclaimable = 5};
  const std::vector<MemoryRow> rows = memory_rows(scene.frame(), 0);
  EXPECT_EQ(shown(memory_columns(true), *std::ranges::find(rows, "reclaimable", &MemoryRow::name), "used_bytes"), "85");
  // A file that was read while it changed.
  scene.snapshot.host.memory = Memory{.buffers = 10, .cached = 100, .shmem = 500, .slab_reclaimable = 5};
  const std::vector<MemoryRow> odd = memory_rows(scene.frame(), 0);
  EXPECT_EQ(shown(memory_columns(true), *std::ranges::find(odd, "reclaimable", &MemoryRow::name), "used_bytes"), "5");
}

TEST_F(MemoryRows, OneNodeIsTheHostAndTwoAreTold) {
  scene.snapshot.host.memory = Memory{};
  scene.snapshot.host.numa = std::vector<NumaNode>{{.number = 0}};
  EXPECT_EQ(remark("node 0"), "no such row");
  scene.snapshot.host.numa = std::vector<NumaNode>{{.number = 0}, {.number = 1}};
  EXPECT_EQ(remark("node 1"), "no CPUs; 0 cache");
}

TEST_F(MemoryRows, ProgramsGetTheTrafficOfSwapInColumnsOfItsOwn) {
  EXPECT_EQ(find_column(memory_columns(true), "in_bytes_per_second"), nullptr);
  EXPECT_NE(find_column(memory_columns(false), "in_bytes_per_second"), nullptr);
  EXPECT_EQ(names_of(memory_columns(false)).back(), "remark");
}

struct Ended : ::testing::Test {
  Ended() {
    process.id = {10, 0};
    process.ppid = 9;
  }
  std::string people(std::string_view name) { return shown(for_people(ended_columns()), row(), name); }
  EndedRow row() {
    frame = scene.frame();
    return {.frame = &frame, .process = &process, .ancestors = {}, .run = -1};
  }
  Scene scene;
  Frame frame;
  EndedProcess process;
};

TEST_F(Ended, ShortLivesAreTimedInMilliseconds) {
  EXPECT_EQ(people("elapsed_seconds"), "-");
  const auto lived = [&](std::int64_t microseconds) {
    process.started = std::int64_t{0};
    process.ended = microseconds * 1000;
    return people("elapsed_seconds");
  };
  EXPECT_EQ(lived(400), "0.4ms");
  EXPECT_EQ(lived(9'940), "9.9ms");
  EXPECT_EQ(lived(9'960), "10ms");
  EXPECT_EQ(lived(999'400), "999ms");
  EXPECT_EQ(lived(999'600), "1.0s");
}

TEST_F(Ended, LessThanATickOfCpuIsNotNothing) {
  process.cpu_ticks = std::uint64_t{0};
  EXPECT_EQ(people("cpu_seconds"), "<10ms");
  EXPECT_EQ(as_json(ended_columns(), row(), "cpu_seconds"), "0");
  process.cpu_ticks = Presence::denied;
  EXPECT_EQ(people("cpu_seconds"), "-");
}

TEST_F(Ended, HowItEndedIsStructuredForPrograms) {
  process.wait_status = 7 << 8;
  EXPECT_EQ(as_json(ended_columns(), row(), "exit"),
            R"({"code": 7, "signal": null, "core_dumped": false, "reason": "exit 7"})");
  process.wait_status = SIGSEGV | 0x80;
  EXPECT_EQ(as_json(ended_columns(), row(), "exit"),
            R"json({"code": null, "signal": 11, "core_dumped": true, "reason": "signal SEGV (core)"})json");
}

TEST_F(Ended, AParentThatHasEndedTooIsNamed) {
  EXPECT_EQ(people("parent"), "-");
  EndedProcess& parent = scene.snapshot.ended.emplace_back();
  parent.id = {9, 0};
  parent.comm = std::string("make");
  EXPECT_EQ(people("parent"), "make");
  scene.process(9, 1, "bash");
  EXPECT_EQ(people("parent"), "bash");
}

using rules::CheckItem;
using rules::CheckStatus;

CheckItem item(CheckStatus status) {
  CheckItem item;
  item.status = status;
  return item;
}

TEST(Checks, WhatNeedsSomebodyComesFirst) {
  using enum rules::CheckStatus;
  std::vector<CheckItem> items = {item(ok), item(unknown), item(warning), item(critical), item(ok)};
  worst_first(items);
  std::vector<CheckStatus> order;
  for (const CheckItem& one : items) order.push_back(one.status);
  EXPECT_EQ(order, (std::vector<CheckStatus>{critical, warning, unknown, ok, ok}));
  EXPECT_EQ(summary_of(items), "1 critical, 1 warning, 2 ok, 1 not known");
  EXPECT_EQ(summary_of({item(ok)}), "0 critical, 0 warnings, 1 ok");
}

TEST(Checks, AValueIsRoundedForPeopleAndWholeForPrograms) {
  CheckItem one = item(CheckStatus::ok);
  one.value = 1.26;
  EXPECT_EQ(std::get<double>(find_column(check_columns(), "value")->cell(one)), 1.3);
  EXPECT_EQ(as_json(check_columns(), one, "value"), "1.26");
  one.value = Presence::denied;
  EXPECT_EQ(as_json(check_columns(), one, "value"), "null");
}

TEST(Findings, EvidenceIsStructuredForPrograms) {
  Finding finding;
  finding.evidence.push_back(
      {.metric = "cpu_percent", .value = 5, .threshold = 10, .window_seconds = 4, .text = "5 %"});
  EXPECT_EQ(as_json(finding_columns(), finding, "evidence"),
            R"([{"metric": "cpu_percent", "value": 5, "threshold": 10, "window_seconds": 4, "text": "5 %"}])");
  finding.actions = {"a", "b"};
  EXPECT_EQ(as_json(finding_columns(), finding, "actions"), R"(["a", "b"])");
  EXPECT_EQ(shown(finding_columns(), finding, "actions"), "a; b");
  EXPECT_EQ(paint_of(Severity::critical), Paint::bad);
  EXPECT_EQ(paint_of(Severity::warning), Paint::notable);
  EXPECT_EQ(paint_of(Severity::info), Paint::none);
}

}  // namespace
}  // namespace vigie::views
