// Rows about processes that were read in depth: files, memory, limits, environment, calls.
#include <gtest/gtest.h>

#include "views/call_rows.hpp"
#include "views/file_rows.hpp"
#include "views/limit_rows.hpp"
#include "views/mapping_rows.hpp"
#include "views/scene_for_tests.hpp"
#include "views/variable_rows.hpp"

namespace vigie::views {
namespace {

/// One process, 10, in depth.
struct Depth : ::testing::Test {
  Depth() {
    scene.process(10, 1, "python3");
    detail().id = scene.snapshot.processes.back().id;
    scene.delta.details.emplace_back();
    scene.delta.calls.emplace_back();
  }
  ProcessDetail& detail() {
    if (scene.snapshot.details.empty()) scene.snapshot.details.emplace_back();
    return scene.snapshot.details.front();
  }
  Scene scene;
};

using Files = Depth;
using Mappings = Depth;
using Limits = Depth;
using Variables = Depth;
using Calls = Depth;

OpenFile file(std::string path, FileType type = FileType::regular, Hold hold = Hold::descriptor) {
  OpenFile file;
  file.path = std::move(path);
  file.type = type;
  file.hold = hold;
  return file;
}

std::vector<std::string> paths(const std::vector<FileRow>& rows) {
  return shown(file_columns_for_people(), rows, "path");
}

TEST_F(Files, DataComesFirstTheFastestOfItThenWhatEveryProcessHas) {
  detail().files = std::vector<OpenFile>{file("/dev/null", FileType::character),
                                         file("/lib/libc.so", FileType::regular, Hold::library),
                                         file("pipe:[1]", FileType::pipe),
                                         file("/data/slow"),
                                         file("/dev/shm/batch"),
                                         file("/data/fast"),
                                         file("/data/large"),
                                         file("/root", FileType::directory, Hold::cwd)};
  (*detail().files)[6].size_bytes = std::uint64_t{1000};
  auto& speeds = scene.delta.details.front().position_bytes_per_second;
  speeds.resize(8);
  speeds[5] = 100.0;
  EXPECT_EQ(paths(file_rows(scene.frame(), false)),
            (std::vector<std::string>{"/data/fast", "/data/large", "/data/slow", "/dev/shm/batch", "pipe:[1]",
                                      "/dev/null", "/root", "/lib/libc.so"}));
}

TEST_F(Files, DeletedOnesSayThatTheyTakeSpaceAndSocketsTheirProtocol) {
  detail().files = std::vector<OpenFile>{file("/tmp/gone"), file("socket:[5]", FileType::socket), file("/tmp/there")};
  (*detail().files)[0].deleted = true;
  (*detail().files)[1].info = std::string("TCP");
  scene.delta.details.front().position_bytes_per_second.resize(3);
  EXPECT_EQ(paths(file_rows(scene.frame(), false)),
            (std::vector<std::string>{"/tmp/gone (deleted, space still held)", "/tmp/there", "TCP socket:[5]"}));
  EXPECT_EQ(paths(file_rows(scene.frame(), true)), (std::vector<std::string>{"/tmp/gone (deleted, space still held)"}));
}

TEST_F(Files, TheModeIsOfTheDescriptor) {
  detail().files = std::vector<OpenFile>{file("/a"), file("/b")};
  (*detail().files)[0].readable = (*detail().files)[0].writable = (*detail().files)[0].append = true;
  scene.delta.details.front().position_bytes_per_second.resize(2);
  EXPECT_EQ(shown(file_columns(), file_rows(scene.frame(), false), "mode"), (std::vector<std::string>{"rwa", "-"}));
}

TEST_F(Mappings, GrowthIsSinceTheFirstLook) {
  Mapping heap;
  heap.start = 0x1000;
  heap.end = 0x3000;
  heap.path = "[heap]";
  detail().mappings = std::vector<Mapping>{heap};
  MappingGrowth growth;
  auto& rates = scene.delta.details.front().rss_growth_bytes;
  rates.resize(1);
  EXPECT_FALSE(growth.rows(scene.frame()).front().growth.has_value());
  rates[0] = std::int64_t{4096};
  EXPECT_EQ(*growth.rows(scene.frame()).front().growth, 4096);
  EXPECT_EQ(*growth.rows(scene.frame()).front().growth, 8192);
  rates[0] = std::int64_t{-4096};
  EXPECT_EQ(*growth.rows(scene.frame()).front().growth, 4096);
}

TEST_F(Mappings, ProcessesThatMayNotBeReadHideNoOthers) {
  Mapping heap;
  heap.path = "[heap]";
  ProcessDetail denied = detail(), other = detail();
  other.id.pid = 77;
  detail().mappings = other.mappings = std::vector<Mapping>{heap};
  denied.mappings = Presence::denied;
  scene.snapshot.details.push_back(denied);
  scene.snapshot.details.push_back(other);
  scene.delta.details.resize(3);
  for (auto& rates : scene.delta.details) rates.rss_growth_bytes.resize(1);
  MappingGrowth growth;
  EXPECT_EQ(shown(mapping_columns(), growth.rows(scene.frame()), "pid").back(), "77");
}

TEST_F(Mappings, TotalsHaveARowForEachKindThereIsAndTheirSumLast) {
  Mapping heap, anonymous;
  heap.path = "[heap]";
  heap.end = anonymous.end = 0x2000;
  detail().mappings = std::vector<Mapping>{heap, anonymous, anonymous};
  MappingGrowth growth;
  scene.delta.rss_growth_bytes[static_cast<std::size_t>(kind_of(heap))] = std::int64_t{10};
  scene.delta.rss_growth_bytes[static_cast<std::size_t>(kind_of(anonymous))] = std::int64_t{-3};
  (void)growth.totals(scene.frame());
  const std::vector<MappingTotalRow> rows = growth.totals(scene.frame());
  const std::vector<std::string> counts = shown(mapping_total_columns(), rows, "mappings");
  EXPECT_EQ(counts.size(), 3U);
  EXPECT_EQ(counts.back(), "3");
  EXPECT_EQ(rows.back().category, "total");
  EXPECT_EQ(*rows.back().growth, 14);
}

ResourceLimit limit(std::string name, std::string unit, std::optional<std::uint64_t> soft, std::uint64_t used) {
  return {.name = std::move(name), .unit = std::move(unit), .soft = soft, .hard = soft, .used = used};
}

TEST_F(Limits, WhatIsNearlyUsedUpStandsFirst) {
  detail().limits = std::vector<ResourceLimit>{limit("Max open files", "files", 100, 10),
                                               limit("Max locked memory", "bytes", 4096, 4000),
                                               limit("Max address space", "bytes", std::nullopt, 1 << 20)};
  const std::vector<LimitRow> rows = limit_rows(scene.frame());
  EXPECT_EQ(shown(limit_columns(), rows, "limit"),
            (std::vector<std::string>{"locked memory", "open files", "address space"}));
  EXPECT_EQ(shown(limit_columns(), rows, "used_percent"), (std::vector<std::string>{"97.7", "10.0", "-"}));
  EXPECT_EQ(shown(limit_columns(), rows, "soft_limit"), (std::vector<std::string>{"4096", "100", "unlimited"}));
  EXPECT_EQ(shown(for_people(limit_columns()), rows, "soft_limit"),
            (std::vector<std::string>{"4.0K", "100", "unlimited"}));
}

TEST_F(Limits, AProcessWhoseGroupIsNotKnownHidesNoOther) {
  detail().limits = std::vector<ResourceLimit>{limit("Max open files", "files", 100, 10)};
  ProcessDetail denied = detail(), other = detail();
  detail().cgroup = Presence::denied;
  denied.limits = Presence::denied;
  other.id.pid = 77;
  scene.snapshot.details.push_back(denied);
  scene.snapshot.details.push_back(other);
  EXPECT_EQ(shown(limit_columns(), limit_rows(scene.frame()), "pid").back(), "77");
}

TEST_F(Limits, ProcessesAreTheThreadsOfTheUserWhoeverStartedThem) {
  scene.snapshot.processes.front().uid = uid_t{5};
  scene.snapshot.processes.front().threads = 3;
  for (const auto& [pid, uid, kernel] :
       {std::tuple{20, uid_t{5}, false}, {21, uid_t{6}, false}, {22, uid_t{5}, true}}) {
    ProcessSample& other = scene.process(pid, 1, "x");
    other.uid = uid;
    other.threads = 4;
    other.kernel_thread = kernel;
  }
  detail().limits = std::vector<ResourceLimit>{limit("Max processes", "processes", 100, 0)};
  (*detail().limits)[0].used = Presence::unsupported;
  EXPECT_EQ(shown(limit_columns(), limit_rows(scene.frame()), "used"), (std::vector<std::string>{"7"}));
}

TEST_F(Limits, CpuTimeIsCountedFromTheProcess) {
  scene.snapshot.processes.front().user_ticks = 250;
  scene.snapshot.processes.front().system_ticks = 50;
  detail().limits = std::vector<ResourceLimit>{limit("Max cpu time", "seconds", 10, 0)};
  (*detail().limits)[0].used = Presence::unsupported;
  EXPECT_EQ(shown(limit_columns(), limit_rows(scene.frame()), "used"), (std::vector<std::string>{"3"}));
}

TEST_F(Variables, ValuesThatLookSecretAreHiddenUntilAskedFor) {
  std::string environ;
  for (const std::string_view entry :
       {"PATH=/bin", "HF_TOKEN=abc", "wandb_api_key=k", "URL=https://u:p@host/", "EMPTY_KEY=", "MONKEY=1",
        "PLAIN=https://host/a@b", "TWO=http://h/ https://u:p/w@h", "nonsense", "=x"}) {
    environ += entry;
    environ += '\0';
  }
  detail().environ = environ;
  const auto hidden = [&](bool secrets) {
    std::vector<std::string_view> names;
    static Frame frame;
    frame = scene.frame();
    for (const Variable& one : variable_rows(frame, secrets)) {
      if (std::holds_alternative<Presence>(one.value)) names.push_back(one.name);
    }
    return names;
  };
  EXPECT_EQ(hidden(false), (std::vector<std::string_view>{"HF_TOKEN", "wandb_api_key", "URL", "TWO"}));
  EXPECT_TRUE(hidden(true).empty());
  const Frame frame = scene.frame();
  EXPECT_EQ(variable_rows(frame, false).size(), 8U);
}

TEST_F(Calls, AWaitWithoutAFileSaysWhatSuchACallWaitsFor) {
  const auto share = [](Reading<std::string> call, std::string name) {
    return CallShare{
        .key = {.comm = "w", .call = std::move(call), .file = std::move(name)}, .share = 0.25, .threads = 1.2};
  };
  scene.delta.calls.front() =
      std::vector<CallShare>{share(std::string("futex"), ""), share(std::string("read"), "/data/x"),
                             share(std::string(), ""), share(Presence::denied, ""), share(std::string("wait4"), "")};
  const Frame frame = scene.frame();
  const std::vector<CallRow> rows = call_rows(frame);
  EXPECT_EQ(shown(call_columns(), rows, "waits_for"),
            (std::vector<std::string>{"a lock or another thread", "/data/x", "-", "-", "a child process"}));
  EXPECT_EQ(shown(call_columns(), rows, "call"), (std::vector<std::string>{"futex", "read", "-", "-", "wait4"}));
  EXPECT_EQ(shown(call_columns(), rows, "sample_percent").front(), "25.0");
  EXPECT_EQ(shown(call_columns(), rows, "threads").front(), "2");
}

}  // namespace
}  // namespace vigie::views
