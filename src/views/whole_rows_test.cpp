// Each column of a row shows its own member: rows of which no two members are alike, read whole.
#include <gtest/gtest.h>
#include <sys/sysmacros.h>

#include <cerrno>

#include "views/call_rows.hpp"
#include "views/check_columns.hpp"
#include "views/ended_columns.hpp"
#include "views/file_rows.hpp"
#include "views/limit_rows.hpp"
#include "views/mapping_rows.hpp"
#include "views/memory_rows.hpp"
#include "views/net_columns.hpp"
#include "views/scene_for_tests.hpp"
#include "views/stat_fit.hpp"
#include "views/stat_gpu.hpp"
#include "views/traced_call_rows.hpp"
#include "views/whole_row_for_tests.hpp"

namespace vigie::views {
namespace {

std::string whole(const MemoryRow& row) {
  return row.name + ": " + whole(memory_columns(false), row).substr(std::string("memory= ").size() + row.name.size());
}

TEST(WholeRow, OfASocket) {
  Scene scene;
  scene.add_run("resnet");
  scene.process(10, 1, "python3").cmdline = std::string("train\0x\0", 8);
  scene.join(Role::trainer);
  SocketSample& socket = scene.snapshot.net.sockets.emplace_back();
  socket.inode = 5;
  socket.network = 77;
  socket.state = ConnectionState::established;
  socket.local = {.family = 4, .bytes = {10, 0, 0, 1}, .port = 80};
  socket.remote = {.family = 4, .bytes = {10, 0, 0, 2}, .port = 81};
  socket.receive_queue = std::uint64_t{3};
  socket.send_queue = std::uint64_t{4};
  socket.tcp = TcpCounters{.received_bytes = 11,
                           .sent_bytes = 12,
                           .retransmits = 13,
                           .rtt_us = 1500,
                           .congestion_window = 15,
                           .delivery_rate = std::uint64_t{16}};
  scene.snapshot.net.holders = {{.inode = 4, .pid = 9}, {.inode = 5, .pid = 10}};
  scene.delta.net.sockets.push_back({.received_bytes = 21.0, .sent_bytes = 22.0});
  Frame frame = scene.frame();
  EXPECT_EQ(whole(socket_columns(), socket_rows(frame, {}).at(0)),
            "pid=10 run=resnet protocol=tcp connection_state=ESTAB local_address=10.0.0.1:80 "
            "remote_address=10.0.0.2:81 received_bytes_per_second=21 sent_bytes_per_second=22 received_bytes=11 "
            "sent_bytes=12 rtt_milliseconds=1.5 retransmits=13 receive_queue=3 send_queue=4 congestion_window=15 "
            "delivery_bytes_per_second=16 socket_inode=5 socket_holders=1 network_namespace=77 command=train x");
  EXPECT_EQ(whole(traffic_columns(), traffic_rows(frame).at(0)),
            "pid=10 run=resnet connections=1 received_bytes_per_second=21 sent_bytes_per_second=22 command=train x");
  (*scene.snapshot.net.sockets[0].tcp).rtt_us = 0;
  scene.snapshot.net.sockets[0].network = 0;
  scene.snapshot.net.sockets.push_back(scene.snapshot.net.sockets[0]);
  scene.delta.net.sockets.push_back({.received_bytes = 100.0, .sent_bytes = 1.0});
  frame = scene.frame();
  const std::vector<SocketRow> rows = socket_rows(frame, {});
  EXPECT_EQ(shown(socket_columns(), rows, "received_bytes_per_second"), (std::vector<std::string>{"100", "21"}));
  EXPECT_EQ(shown(socket_columns(), rows[0], "rtt_milliseconds"), "-") << "before the first answer";
  EXPECT_EQ(shown(socket_columns(), rows[0], "network_namespace"), "-") << "vigie's own";
  EXPECT_EQ(shown(traffic_columns(), traffic_rows(frame).at(0), "received_bytes_per_second"), "121");
  EXPECT_EQ(shown(traffic_columns(), traffic_rows(frame).at(0), "sent_bytes_per_second"), "23");
}

TEST(WholeRow, OfAnInterface) {
  Scene scene;
  InterfaceSample link{.name = "eth0", .state = std::string("up"), .link_bytes_per_second = std::uint64_t{1000}};
  link.received.bytes = 1;
  link.sent.bytes = 2;
  scene.snapshot.host.interfaces = std::vector<InterfaceSample>{link, link};
  scene.delta.host.interfaces.push_back({.received = {3.0, 4.0, 5.0, 6.0}, .sent = {7.0, 8.0, 9.0, 10.0}});
  const Frame frame = scene.frame();
  const std::vector<InterfaceRow> rows = interface_rows(frame);
  ASSERT_EQ(rows.size(), 1U) << "one that has only just come has no rates";
  EXPECT_EQ(whole(interface_columns(), rows[0]),
            "interface=eth0 link_state=up link_bytes_per_second=1000 received_bytes_per_second=3 "
            "sent_bytes_per_second=7 received_packets_per_second=4.0 sent_packets_per_second=8.0 "
            "receive_errors_per_second=5.0 send_errors_per_second=9.0 receive_drops_per_second=6.0 "
            "send_drops_per_second=10.0 received_bytes=1 sent_bytes=2");
}

TEST(WholeRow, OfTheMemoryOfAHost) {
  Scene scene;
  Memory memory;
  memory.total = 1000;
  memory.free = 100;
  memory.available = std::uint64_t{600};
  memory.buffers = 10;
  memory.cached = 300;
  memory.shmem = 50;
  memory.slab_reclaimable = 20;
  memory.swap_total = 500;
  memory.swap_free = 200;
  memory.anonymous = 400;
  memory.dirty = 3;
  memory.writeback = 4;
  memory.slab_unreclaimable = 5;
  memory.kernel_stack = 6;
  memory.page_tables = 7;
  memory.commit_limit = 900;
  memory.committed = 800;
  memory.hugepages_total = 9;
  memory.hugepages_free = 2;
  memory.hugepages_reserved = 1;
  memory.hugepage_size = 100;
  scene.snapshot.host.memory = memory;
  scene.snapshot.host.mounts = std::vector<MountSample>{
      {.path = "/dev/shm", .use = MountUse{.total_bytes = 90, .free_bytes = 30, .available_bytes = 20}}};
  scene.snapshot.host.numa =
      std::vector<NumaNode>{{.number = 0, .cpus = "0-3", .total_bytes = 60, .free_bytes = 20, .file_bytes = 7},
                            {.number = 1, .total_bytes = 10, .free_bytes = 20}};
  scene.delta.host.swapped_in_bytes_per_second = 1.0;
  scene.delta.host.swapped_out_bytes_per_second = 2.0;
  const Frame frame = scene.frame();
  std::vector<std::string> rows;
  for (const MemoryRow& row : memory_rows(frame, 0)) rows.push_back(whole(row));
  const auto line = [](const char* name, const char* total, const char* used, const char* free, const char* available,
                       const char* in, const char* out, const char* remark) {
    return std::string(name) + ": total_bytes=" + total + " used_bytes=" + used + " free_bytes=" + free +
           " available_bytes=" + available + " in_bytes_per_second=" + in + " out_bytes_per_second=" + out +
           " remark=" + remark;
  };
  EXPECT_EQ(rows.at(0), line("memory", "1000", "400", "100", "600", "-", "-", ""));
  EXPECT_EQ(rows.at(1), line("swap", "500", "300", "200", "-", "1", "2", "1/s in, 2/s out"));
  EXPECT_EQ(rows.at(2), line("programs", "-", "400", "-", "-", "-", "-", "heaps and stacks"));
  EXPECT_EQ(rows.at(3), line("cache", "-", "330", "-", "-", "-", "-", "files, buffers and reclaimable slab"));
  EXPECT_EQ(rows.at(4), line("reclaimable", "-", "280", "-", "-", "-", "-", "cache without shared: given back"));
  EXPECT_EQ(rows.at(5), line("dirty", "-", "7", "-", "-", "-", "-", "waits to be written to disk"));
  EXPECT_EQ(rows.at(6), line("shared", "-", "50", "-", "-", "-", "-", "in cache, but cannot be given back"));
  EXPECT_EQ(rows.at(7), line("kernel", "-", "18", "-", "-", "-", "-", "slab, stacks and page tables"));
  EXPECT_EQ(rows.at(8), line("committed", "900", "800", "-", "-", "-", "-", "promised; total: limit if no overcommit"));
  EXPECT_EQ(rows.at(9), line("hugepages", "900", "700", "200", "-", "-", "-", "1 reserved pages of 100"));
  EXPECT_EQ(rows.at(10), line("/dev/shm", "90", "60", "30", "20", "-", "-", "part of shared: data of loader workers"));
  EXPECT_EQ(rows.at(11), line("node 0", "60", "40", "20", "-", "-", "-", "CPUs 0-3; 7 cache"));
  EXPECT_EQ(rows.at(12), line("node 1", "10", "0", "20", "-", "-", "-", "no CPUs; 0 cache"));
  EXPECT_EQ(rows.size(), 13U);
  memory.anonymous = memory.slab_unreclaimable = memory.kernel_stack = memory.page_tables = memory.dirty =
      memory.writeback = memory.commit_limit = memory.hugepages_total = 0;
  scene.snapshot.host.memory = memory;
  (*scene.snapshot.host.mounts)[0].use = Presence::unknown;
  const Frame without = scene.frame();
  rows.clear();
  for (const MemoryRow& row : memory_rows(without, 0)) rows.push_back(whole(row));
  EXPECT_EQ(rows.at(2), line("programs", "-", "-", "-", "-", "-", "-", "heaps and stacks")) << "the file does not tell";
  EXPECT_EQ(rows.at(5), line("dirty", "-", "0", "-", "-", "-", "-", "waits to be written to disk"));
  EXPECT_EQ(rows.at(7), line("kernel", "-", "-", "-", "-", "-", "-", "slab, stacks and page tables"));
  EXPECT_EQ(rows.at(8), line("/dev/shm", "-", "-", "-", "-", "-", "-", "part of shared: data of loader workers"));
}

TEST(WholeRow, OfAProcessThatEnded) {
  Scene scene;
  scene.add_run("resnet");
  scene.process(9, 1, "bash");
  scene.snapshot.users = {{.uid = 1000, .name = "ada"}};
  EndedProcess process;
  process.id = {10, 0};
  process.ppid = 9;
  process.session = 8;
  process.uid = uid_t{1000};
  process.comm = std::string("sh");
  process.cmdline = std::make_shared<const std::string>("sh\0-c\0", 6);
  process.started = 9'000 * Scene::second;
  process.ended = 9'002 * Scene::second;
  process.cpu_ticks = std::uint64_t{150};
  process.wait_status = 7 << 8;
  const Frame frame = scene.frame();
  const EndedRow row{.frame = &frame, .process = &process, .ancestors = {}, .run = 0};
  ::setenv("TZ", "UTC", 1);
  ::tzset();
  EXPECT_EQ(whole(ended_columns(), row),
            "end_time=1970-01-01 02:30:02 pid=10 ppid=9 parent=bash user=ada exit=exit 7 elapsed_seconds=2.0s "
            "cpu_seconds=1.5s run=resnet command=sh -c comm=sh start_time=1970-01-01 02:30:00 session=8 uid=1000");
  EXPECT_EQ(shown(for_people(ended_columns()), row, "end_time"), "02:30:02");
  ::unsetenv("TZ");
  ::tzset();
  const EndedProcess nothing;
  const EndedRow unknown{.frame = &frame, .process = &nothing, .ancestors = {}, .run = -1};
  EXPECT_EQ(whole(ended_columns(), unknown),
            "end_time=- pid=0 ppid=- parent=- user=- exit=- elapsed_seconds=- cpu_seconds=- run=- command=- comm=- "
            "start_time=- session=- uid=-");
  EXPECT_EQ(as_json(ended_columns(), unknown, "exit"), "null");
  process.started = 9'003 * Scene::second;
  EXPECT_EQ(shown(ended_columns(), row, "elapsed_seconds"), "0.0s") << "its start is told to the tick alone";
}

TEST(WholeRow, OfAnOpenFile) {
  Scene scene;
  scene.process(10, 1, "python3");
  ProcessDetail& detail = scene.snapshot.details.emplace_back();
  detail.id = scene.snapshot.processes.back().id;
  OpenFile file{.fd = 7, .type = FileType::regular, .readable = true, .path = "/data/x"};
  file.size_bytes = std::uint64_t{100};
  file.position_bytes = std::uint64_t{50};
  file.device = static_cast<std::uint64_t>(::makedev(8, 1));
  file.inode = std::uint64_t{4711};
  detail.files = std::vector<OpenFile>{file};
  scene.delta.details.emplace_back().position_bytes_per_second = {Reading<double>(25.0)};
  const Frame frame = scene.frame();
  EXPECT_EQ(whole(file_columns(), file_rows(frame, false).at(0)),
            "pid=10 fd=7 file_type=file mode=r size_bytes=100 position_bytes=50 position_bytes_per_second=25 "
            "deleted=no protocol=- device_number=8:1 inode=4711 path=/data/x");
  EXPECT_EQ(names_of(file_columns_for_people()),
            (std::vector<std::string_view>{"pid", "fd", "file_type", "mode", "size_bytes", "position_bytes",
                                           "position_bytes_per_second", "path"}));
  EXPECT_EQ(as_json(file_columns(), file_rows(frame, false).at(0), "deleted"), "false");
}

TEST(WholeRow, OfAMapping) {
  Scene scene;
  ProcessDetail& detail = scene.snapshot.details.emplace_back();
  detail.id = {10, 1};
  Mapping mapping{.start = 0x1000, .end = 0x3000, .permissions = {'r', 'w', '-', 'p'}, .path = "[heap]"};
  mapping.use = MappingUse{
      .rss = 1, .pss = 2, .shared_clean = 3, .shared_dirty = 4, .private_clean = 50, .private_dirty = 60, .swap = 7};
  detail.mappings = std::vector<Mapping>{mapping};
  scene.delta.details.emplace_back().rss_growth_bytes = {Reading<std::int64_t>(9)};
  const Frame frame = scene.frame();
  MappingGrowth growth;
  EXPECT_EQ(whole(mapping_columns(), growth.rows(frame).at(0)),
            "pid=10 address=000000001000 permissions=rw-p size_bytes=8.0K rss_bytes=1 pss_bytes=2 "
            "mapped_shared_bytes=7 private_bytes=110 dirty_bytes=64 swap_bytes=7 growth_bytes=9 category=heap "
            "path=[heap]");
  EXPECT_EQ(whole(mapping_total_columns(), growth.totals(frame).at(0)),
            "category=heap mappings=1 size_bytes=8.0K rss_bytes=1 pss_bytes=2 mapped_shared_bytes=7 "
            "private_bytes=110 dirty_bytes=64 swap_bytes=7 once_bytes=2 growth_bytes=-");
}

TEST(WholeRow, OfALimitOfAControlGroup) {
  Scene scene;
  scene.process(10, 1, "python3");
  ProcessDetail& detail = scene.snapshot.details.emplace_back();
  detail.id = scene.snapshot.processes.back().id;
  detail.limits = std::vector<ResourceLimit>{
      {.name = "Max nice priority", .unit = "", .soft = 1, .hard = 2, .used = Presence::unsupported}};
  CgroupSample group;
  group.memory.bytes = {.limit = std::uint64_t{2048}, .limit_group = "/job", .limit_used = std::uint64_t{1024}};
  detail.cgroup = group;
  const Frame frame = scene.frame();
  const std::vector<LimitRow> rows = limit_rows(frame);
  EXPECT_EQ(whole(for_people(limit_columns()), rows.at(0)),
            "pid=10 limit=cgroup memory used=1.0K used_percent=50.0 soft_limit=2.0K hard_limit=2.0K "
            "limit_unit=bytes cgroup=/job");
  const auto own = std::ranges::find(rows, "nice priority", &LimitRow::name);
  ASSERT_NE(own, rows.end());
  EXPECT_EQ(whole(limit_columns(), *own),
            "pid=10 limit=nice priority used=- used_percent=- soft_limit=1 hard_limit=2 limit_unit= cgroup=-");
  LimitRow row{.unit = "CPUs", .used = 0.5, .soft = 1.5};
  EXPECT_EQ(shown(limit_columns(), row, "soft_limit"), "1.5");
  EXPECT_EQ(shown(for_people(limit_columns()), row, "soft_limit"), "1.5") << "not in bytes";
  row.soft = 0.0;
  EXPECT_FALSE(row.percent()) << "of nothing there is no part";
}

TEST(WholeRow, OfATracedCallAndFile) {
  Scene scene;
  CallTrace trace;
  TracedCall& call = trace.calls.emplace_back();
  call.name = "openat";
  call.calls = 10;
  call.unfinished = 2;
  call.errors = {{.errno_value = EACCES, .count = 1}, {.errno_value = ENOENT, .count = 3}};
  TracedFile& file = trace.files.emplace_back();
  file = {.path = "/data/x", .calls = 4, .errors = 5, .read_bytes = 6, .written_bytes = 7, .max_ns = 9000};
  trace.files.emplace_back();
  scene.snapshot.trace = trace;
  scene.delta.trace.calls.push_back(
      {.calls_per_second = 5, .time_ns = 3e6, .time_percent = 30, .mean_ns = 1500.0, .p99_ns = 2500.0, .max_ns = 3500});
  scene.delta.trace.files.push_back({.time_ns = 4e6, .time_percent = 40, .mean_ns = 4500.0});
  scene.delta.trace.files.emplace_back();
  const Frame frame = scene.frame();
  const TracedCallRow row = traced_call_rows(frame).at(0);
  EXPECT_EQ(whole(traced_call_columns(), row),
            "call=openat calls=10 unfinished_calls=2 call_errors=4 calls_per_second=5.0 call_milliseconds=3.0 "
            "call_time_percent=30.0 mean_microseconds=1.5 p99_microseconds=2.5 max_microseconds=3.5 "
            "error_counts=ENOENT 3, EACCES 1");
  EXPECT_EQ(as_json(traced_call_columns(), row, "error_counts"), R"({"ENOENT": 3, "EACCES": 1})");
  EXPECT_EQ(find_column(traced_call_columns_for_people(), "p99_microseconds"), nullptr);
  const std::vector<TracedFileRow> files = traced_file_rows(frame);
  EXPECT_EQ(whole(traced_file_columns(), files.at(0)),
            "calls=4 call_errors=5 read_bytes=6 written_bytes=7 call_milliseconds=4.0 call_time_percent=40.0 "
            "mean_microseconds=4.5 max_microseconds=9.0 path=/data/x");
  EXPECT_EQ(shown(traced_file_columns(), files.at(1), "path"), "(all other files)");
  EXPECT_EQ(shown(traced_file_columns(), files.at(1), "mean_microseconds"), "-");
}

TEST(WholeRow, OfACallThatThreadsWereSeenIn) {
  Scene scene;
  scene.process(10, 1, "python3");
  scene.snapshot.details.emplace_back().id = scene.snapshot.processes.back().id;
  scene.snapshot.details.emplace_back().id = {11, 1};
  std::vector<CallShare> shares;
  for (const char* call : {"poll", "pipe_read", "nanosleep", "wait4", "futex", "getpid"})
    shares.push_back({.key = {.comm = "w", .call = std::string(call), .file = ""}, .share = 0.5, .threads = 1.0});
  scene.delta.calls.emplace_back();
  scene.delta.calls.emplace_back() = shares;
  const Frame frame = scene.frame();
  const std::vector<CallRow> rows = call_rows(frame);
  ASSERT_EQ(rows.size(), shares.size()) << "of the process that was looked at";
  EXPECT_EQ(rows[0].pid, 11);
  EXPECT_EQ(shown(call_columns(), rows[0], "threads"), "1") << "one is one";
  EXPECT_EQ(shown(call_columns(), rows[0], "waits_for"), "any of several files");
  EXPECT_EQ(shown(call_columns(), rows[2], "waits_for"), "time to pass");
  EXPECT_EQ(shown(call_columns(), rows[5], "waits_for"), "-");
}

TEST(WholeRow, OfAllGpusTogether) {
  Scene scene;
  GpuSample one, other, mute;
  one.busy_percent = 10.0;
  other.busy_percent = 30.0;
  one.memory_used_bytes = std::uint64_t{100};
  other.memory_used_bytes = std::uint64_t{200};
  one.power_watts = 50.0;
  other.power_watts = 70.0;
  scene.snapshot.gpus = std::vector<GpuSample>{one, mute, other};
  const Frame frame = scene.frame();
  const StatRow row{.frame = &frame, .index = 0};
  EXPECT_EQ(whole(stat_all_gpus_columns(), row), "gpu_percent=20.0 gpu_memory_used_bytes=300 power_watts=120")
      << "the mean of those that tell";
  scene.snapshot.gpus = std::vector<GpuSample>{mute};
  const Frame nothing = scene.frame();
  EXPECT_EQ(whole(stat_all_gpus_columns(), {.frame = &nothing, .index = 0}),
            "gpu_percent=- gpu_memory_used_bytes=- power_watts=-");
}

TEST(StatParts, OfDisksTheLatenciesGoFirst) {
  std::string parts;
  for (const StatPart& part : stat_parts({}, StatRows::disks, true, true))
    parts += part.name + " " + std::to_string(part.columns.size()) + " " + std::to_string(part.spare) + "; ";
  EXPECT_EQ(parts,
            "disk 1 0; reads 2 1; latency and size of reads 2 2; writes 2 1; latency and size of writes 2 2; load 2 0; "
            "--top 3 -1; ");
  EXPECT_EQ(stat_parts({}, StatRows::disks, false, false).size(), 1U) << "programs get all";
  std::string spared;
  for (const StatPart& part : stat_parts({}, StatRows::host, true, false))
    if (part.spare != 0) spared += part.name + " " + std::to_string(part.spare) + "; ";
  EXPECT_EQ(spared, "swap 2; blocks 1; system 3; ");
}

TEST(Checks, EachStatusHasItsColour) {
  using enum rules::CheckStatus;
  EXPECT_EQ(paint_of(ok), Paint::good);
  EXPECT_EQ(paint_of(warning), Paint::notable);
  EXPECT_EQ(paint_of(critical), Paint::bad);
  EXPECT_EQ(paint_of(unknown), Paint::none);
}

}  // namespace
}  // namespace vigie::views
