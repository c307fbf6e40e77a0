// Each column of `vigie stat` and `vigie gpu` shows its own member: rows of which no two members are alike, read whole.
#include <gtest/gtest.h>

#include "views/gpu_columns.hpp"
#include "views/scene_for_tests.hpp"
#include "views/stat_columns.hpp"
#include "views/stat_gpu.hpp"
#include "views/whole_row_for_tests.hpp"

namespace vigie::views {
namespace {

std::string group(std::string_view name, const Frame& frame, bool people = false) {
  for (const StatGroup& one : stat_groups()) {
    if (one.name == name) return whole(people ? for_people(one.people) : one.programs, {.frame = &frame, .index = 0});
  }
  return "no such group";
}

CpuShares shares(double first) {
  return {.user = first,
          .nice = first + 1,
          .system = first + 2,
          .irq = first + 3,
          .softirq = first + 4,
          .iowait = first + 5,
          .steal = first + 6,
          .guest = first + 7,
          .idle = first + 8};
}

TEST(WholeStatRow, OfAllCpusTogetherAndOfEach) {
  Scene scene;
  scene.delta.host.cpu = shares(1);
  scene.delta.host.each_cpu = {shares(11), shares(21)};
  scene.snapshot.host.each_cpu = std::vector<CpuSample>{{.number = 0}, {.number = 5}};
  const Frame frame = scene.frame();
  EXPECT_EQ(group("cpu", frame),
            "cpu_user_percent=1.0 cpu_nice_percent=2.0 cpu_system_percent=3.0 cpu_irq_percent=4.0 "
            "cpu_softirq_percent=5.0 cpu_iowait_percent=6.0 cpu_steal_percent=7.0 cpu_guest_percent=8.0 "
            "cpu_idle_percent=9.0");
  EXPECT_EQ(group("cpu", frame, true),
            "cpu_us_percent=11 cpu_sy_percent=12 cpu_idle_percent=9 cpu_iowait_percent=6 cpu_steal_percent=7")
      << "as vmstat: with nice and guests, and with interrupts";
  const std::vector<StatColumn>& columns = stat_columns_of(StatRows::cpus, true);
  const std::vector<StatRow> rows = stat_rows(frame, StatRows::cpus, true);
  ASSERT_EQ(rows.size(), 3U);
  EXPECT_EQ(shown(columns, rows, "cpu"), (std::vector<std::string>{"all", "0", "5"}));
  EXPECT_EQ(shown(columns, rows, "cpu_user_percent"), (std::vector<std::string>{"1.0", "11.0", "21.0"}));
  EXPECT_EQ(whole(columns, rows[2]),
            "cpu=5 cpu_user_percent=21.0 cpu_nice_percent=22.0 cpu_system_percent=23.0 cpu_irq_percent=24.0 "
            "cpu_softirq_percent=25.0 cpu_iowait_percent=26.0 cpu_steal_percent=27.0 cpu_guest_percent=28.0 "
            "cpu_idle_percent=29.0");
  scene.delta.host.cpu.guest = Presence::first_sight;
  const Frame first = scene.frame();
  EXPECT_TRUE(group("cpu", first, true).starts_with("cpu_us_percent=- cpu_sy_percent=12 "))
      << "a sum of what is not known is not known";
}

TEST(WholeStatRow, OfMemoryAndWhatWaits) {
  Scene scene;
  Memory memory;
  memory.total = 1000;
  memory.free = 100;
  memory.available = std::uint64_t{600};
  memory.buffers = 10;
  memory.cached = 300;
  memory.slab_reclaimable = 20;
  memory.swap_total = 500;
  memory.swap_free = 200;
  scene.snapshot.host.memory = memory;
  HostRates& rates = scene.delta.host;
  rates.swapped_in_bytes_per_second = 1.0;
  rates.swapped_out_bytes_per_second = 2.0;
  rates.major_faults_per_second = 3.0;
  rates.cpu_pressure.some_percent = 4.0;
  rates.io_pressure = {.some_percent = 5.0, .full_percent = 6.0};
  rates.memory_pressure = {.some_percent = 7.0, .full_percent = 8.0};
  rates.forks_per_second = 9.0;
  rates.interrupts_per_second = 10.0;
  rates.context_switches_per_second = 11.0;
  scene.snapshot.host.kernel_counters = KernelCounters{.runnable = 13, .blocked = 14};
  const Frame frame = scene.frame();
  EXPECT_EQ(group("mem", frame),
            "memory_used_bytes=400 memory_free_bytes=100 memory_available_bytes=600 cache_bytes=330 "
            "swap_used_bytes=300 swap_in_bytes_per_second=1 swap_out_bytes_per_second=2 "
            "host_major_faults_per_second=3.0");
  EXPECT_EQ(group("psi", frame),
            "cpu_some_pressure_percent=4.0 io_some_pressure_percent=5.0 io_full_pressure_percent=6.0 "
            "memory_some_pressure_percent=7.0 memory_full_pressure_percent=8.0");
  EXPECT_EQ(group("proc", frame, true),
            "runnable_threads=12 blocked_threads=14 forks_per_second=9 interrupts_per_second=10 "
            "context_switches_per_second=11")
      << "vigie itself was running when the kernel counted";
  scene.snapshot.host.memory = Presence::denied;
  scene.snapshot.host.kernel_counters = Presence::denied;
  const Frame denied = scene.frame();
  EXPECT_TRUE(group("mem", denied).starts_with("memory_used_bytes=- ")) << group("mem", denied);
  EXPECT_TRUE(group("proc", denied).starts_with("runnable_threads=- blocked_threads=- "));
}

RequestRates requests(double first) {
  return {.per_second = first,
          .merged_per_second = first + 1,
          .bytes_per_second = first + 2,
          .await_seconds = (first + 3) / 1000,
          .size_bytes = first + 4};
}

TEST(WholeStatRow, OfADiskAndOfAllOfThem) {
  Scene scene;
  DiskSample disk{.name = "sda", .kind = DiskKind::hdd};
  disk.reads.done = 1;
  DiskSample part = disk, loop = disk;
  part.name = "sda1";
  part.partition = true;
  loop.name = "loop0";
  loop.kind = DiskKind::loop;
  scene.snapshot.host.disks = std::vector<DiskSample>{disk, part, loop, disk};
  const DiskRates rates{.reads = requests(10),
                        .writes = requests(20),
                        .discards = requests(30),
                        .flushes = requests(40),
                        .queue_length = 1.25,
                        .busy_percent = 60.0};
  scene.delta.host.disks = {rates, rates, rates, rates};
  scene.delta.host.disks[3].busy_percent = 70.0;
  const Frame frame = scene.frame();
  const std::vector<StatRow> rows = stat_rows(frame, StatRows::disks, true);
  EXPECT_EQ(shown(stat_columns_of(StatRows::disks, true), rows, "disk"),
            (std::vector<std::string>{"sda", "loop0", "sda"}))
      << "its partitions are the disk's";
  EXPECT_EQ(whole(for_people(stat_columns_of(StatRows::disks, true)), rows[0]),
            "disk=sda reads_per_second=10 disk_read_bytes_per_second=12 read_await_seconds=13.00ms read_size_bytes=14 "
            "writes_per_second=20 disk_write_bytes_per_second=22 write_await_seconds=23.00ms write_size_bytes=24 "
            "queue_length=1.25 disk_busy_percent=60.0");
  const StatRow partition{.frame = &frame, .index = 1};
  EXPECT_EQ(as_json(stat_columns_of(StatRows::disks, false), partition, "partition"), "true");
  EXPECT_EQ(shown(stat_columns_of(StatRows::disks, false), partition, "disk_kind"), "hdd");
  EXPECT_EQ(shown(stat_columns_of(StatRows::disks, false), partition, "reads_merged_per_second"), "11.0");
  EXPECT_EQ(shown(stat_columns_of(StatRows::disks, false), partition, "writes_merged_per_second"), "21.0");
  EXPECT_EQ(shown(stat_columns_of(StatRows::disks, false), partition, "discards_per_second"), "30.0");
  EXPECT_EQ(shown(stat_columns_of(StatRows::disks, false), partition, "discard_bytes_per_second"), "32");
  EXPECT_EQ(shown(stat_columns_of(StatRows::disks, false), partition, "flushes_per_second"), "40.0");
  EXPECT_EQ(group("disk", frame, true),
            "disks_read_bytes_per_second=24 disks_write_bytes_per_second=44 busiest_disk_percent=70")
      << "no byte is counted twice";
}

TEST(WholeStatRow, OfAnInterfaceAndOfAllOfThem) {
  Scene scene;
  InterfaceSample device{.name = "eth0"}, bridge{.name = "br0"}, loopback{.name = "lo"};
  device.physical = true;
  scene.snapshot.host.interfaces = std::vector<InterfaceSample>{bridge, device, loopback};
  const InterfaceRates rates{.received = {1.0, 2.0, 3.0, 4.0}, .sent = {5.0, 6.0, 7.0, 8.0}};
  scene.delta.host.interfaces = {rates, rates, rates};
  const Frame frame = scene.frame();
  EXPECT_EQ(whole(for_people(stat_columns_of(StatRows::interfaces, true)), {.frame = &frame, .index = 0}),
            "interface=br0 received_bytes_per_second=1 sent_bytes_per_second=5 received_packets_per_second=2 "
            "sent_packets_per_second=6 receive_errors_per_second=3 send_errors_per_second=7 "
            "receive_drops_per_second=4 send_drops_per_second=8");
  EXPECT_EQ(group("net", frame), "net_received_bytes_per_second=1 net_sent_bytes_per_second=5");
  scene.snapshot.host.interfaces = std::vector<InterfaceSample>{bridge, loopback, bridge};
  const Frame container = scene.frame();
  EXPECT_EQ(group("net", container), "net_received_bytes_per_second=2 net_sent_bytes_per_second=10")
      << "where no interface has a device, as in a container, all but lo";
  scene.snapshot.host.interfaces = Presence::denied;
  scene.snapshot.host.disks = Presence::denied;
  const Frame denied = scene.frame();
  EXPECT_TRUE(group("net", denied).starts_with("net_received_bytes_per_second=-"));
  EXPECT_TRUE(group("disk", denied).ends_with("busiest_disk_percent=-"));
  EXPECT_TRUE(stat_rows(denied, StatRows::interfaces, true).empty());
}

TEST(WholeStatRow, OfTheLargestConsumers) {
  Scene scene;
  scene.add_run("resnet");
  ProcessSample& process = scene.process(10, 1, "python3");
  process.rss_bytes = 2048;
  scene.delta.processes.back().cpu_percent = 150.0;
  const Frame alone = scene.frame();
  const StatRow row{.frame = &alone, .index = 0};
  EXPECT_EQ(whole(stat_top_columns(), row), "top_cpu=python3 150% top_disk=- top_memory=python3 2.0K");
  EXPECT_EQ(as_json(stat_top_columns(), row, "top_cpu"), R"({"comm": "python3", "pid": 10, "cpu_percent": 150})");
  EXPECT_EQ(as_json(stat_top_columns(), row, "top_disk"), "null");
  scene.join(Role::trainer);
  const Frame run = scene.frame();
  EXPECT_EQ(as_json(stat_top_columns(), {.frame = &run, .index = 0}, "top_memory"),
            R"({"run": "resnet", "pid": 10, "rss_bytes": 2048})");
}

TEST(WholeStatRow, ALongNameOfAConsumerLeavesTheOtherColumnsTheirPlace) {
  Scene scene;
  scene.process(10, 1, "a-name-of-15-ch\x1b").rss_bytes = 2048;
  scene.delta.processes.back().cpu_percent = 1200.0;
  const Frame frame = scene.frame();
  const StatRow row{.frame = &frame, .index = 0};
  EXPECT_EQ(whole(stat_top_columns(), row),
            "top_cpu=a-name-of-15-ch\\x1b 1200% top_disk=- top_memory=a-name-of-15-ch\\x1b 2.0K");
  EXPECT_EQ(whole(for_people(stat_top_columns()), row),
            "top_cpu=a-name-of… 1200% top_disk=- top_memory=a-name-of-… 2.0K");
}

TEST(WholeStatRow, BeginsWithTheTime) {
  const Scene scene;
  const Frame frame = scene.frame();
  const StatRow row{.frame = &frame, .index = 0};
  ::setenv("TZ", "UTC", 1);
  ::tzset();
  EXPECT_EQ(whole(with_time({}, true), row), "time=02:46:40");
  ::unsetenv("TZ");
  ::tzset();
  EXPECT_EQ(whole(with_time({}, false), row), "time=1970-01-01T02:46:40.000Z");
}

GpuSample card() {
  GpuSample gpu;
  gpu.index = 3;
  gpu.uuid = "GPU-a";
  gpu.name = "NVIDIA H200";
  gpu.pci = "0000:18:00.0";
  gpu.driver = "550.1";
  unsigned number = 1;
  each_reading(gpu, [&]<class T>(Reading<T>& reading) {
    if constexpr (std::is_arithmetic_v<T> && sizeof(T) >= sizeof number) reading = static_cast<T>(number++);
  });
  gpu.sm_clock_hertz = 31e6;
  gpu.sm_clock_max_hertz = 32e6;
  gpu.memory_clock_hertz = 33e6;
  gpu.memory_clock_max_hertz = 34e6;
  gpu.throttle = std::uint8_t{1};
  gpu.remap_pending = true;
  gpu.remap_failed = false;
  gpu.mig = true;
  gpu.xids = std::vector<unsigned>{13, 79};
  gpu.recovery = GpuRecovery::reset;
  gpu.instances = {{.number = 2, .uuid = "MIG-b", .name = "1g.18gb"}};
  return gpu;
}

TEST(WholeGpuRow, OfACard) {
  Scene scene;
  scene.snapshot.gpus = std::vector<GpuSample>{card()};
  scene.delta.gpu.gpus.push_back({.busy_by_clients_percent = 61.0,
                                  .power_watts = 62.0,
                                  .pcie_sent_bytes_per_second = 63.0,
                                  .pcie_received_bytes_per_second = 64.0,
                                  .nvlink_sent_bytes_per_second = 65.0,
                                  .nvlink_received_bytes_per_second = 66.0,
                                  .throttle_power_percent = 67.0,
                                  .throttle_thermal_percent = 68.0});
  const Frame frame = scene.frame();
  const GpuRow row = gpu_rows(frame).at(0);
  EXPECT_EQ(whole(gpu_columns(), row),
            "gpu=3 gpu_name=NVIDIA H200 gpu_vendor=nvidia gpu_uuid=GPU-a pci_address=0000:18:00.0 "
            "gpu_driver=550.1 gpu_state=working gpu_percent=13.0 gpu_memory_percent=14.0 sm_active_percent=15.0 "
            "sm_occupancy_percent=16.0 tensor_active_percent=17.0 dram_active_percent=18.0 "
            "gpu_memory_used_bytes=2 gpu_memory_total_bytes=1 gpu_memory_reserved_bytes=3 gpu_memory_shared=no "
            "temperature_celsius=27 memory_temperature_celsius=28 slowdown_celsius=29 fan_percent=30.0 "
            "power_watts=23 mean_power_watts=62 power_limit_watts=24 power_default_watts=25 energy_joules=26 "
            "sm_clock_hertz=31M sm_clock_max_hertz=32M memory_clock_hertz=33M memory_clock_max_hertz=34M "
            "throttle=power cap throttle_power_percent=67.0 throttle_thermal_percent=68.0 "
            "pcie_sent_bytes_per_second=63 pcie_received_bytes_per_second=64 pcie_generation=35 "
            "pcie_generation_max=37 pcie_width=36 pcie_width_max=38 nvlink_sent_bytes_per_second=65 "
            "nvlink_received_bytes_per_second=66 ecc_corrected=10 ecc_uncorrected=11 remapped_rows=12 "
            "remap_pending=yes remap_failed=no xid=39 xids=13, 79 recovery_action=reset mig=yes "
            "mig_instances=2:1g.18gb gpu_processes=- gpu_users=-");
  EXPECT_EQ(whole(stat_gpu_columns(false), {.frame = &frame, .index = 0}),
            "gpu=3 mean_power_watts=62 temperature_celsius=27 memory_temperature_celsius=28 gpu_percent=13.0 "
            "gpu_memory_percent=14.0 sm_active_percent=15.0 tensor_active_percent=17.0 dram_active_percent=18.0 "
            "gpu_memory_used_bytes=2 memory_clock_hertz=33M sm_clock_hertz=31M throttle_power_percent=67.0 "
            "throttle_thermal_percent=68.0 pcie_received_bytes_per_second=64 pcie_sent_bytes_per_second=63 "
            "nvlink_received_bytes_per_second=66 nvlink_sent_bytes_per_second=65 power_watts=23 "
            "sm_occupancy_percent=16.0 throttle=power cap");
  EXPECT_EQ(as_json(gpu_columns(), row, "xids"), "[13, 79]");
  EXPECT_EQ(as_json(gpu_columns(), row, "mig"), "true");
}

TEST(WholeGpuRow, OfAProcessOnACard) {
  Scene scene;
  scene.snapshot.users = {{.uid = 1000, .name = "ada"}};
  scene.add_run("resnet");
  scene.process(10, 1, "python3").uid = uid_t{1000};
  scene.join(Role::trainer);
  GpuSample gpu = card();
  GpuClient small{.pid = 11, .work = GpuWork::graphics, .memory_bytes = std::uint64_t{1}};
  GpuClient large{.pid = 10, .instance = 2, .memory_bytes = std::uint64_t{2}};
  large.busy_percent = 3.0;
  large.memory_busy_percent = 4.0;
  gpu.clients = std::vector<GpuClient>{small, large, large};
  scene.snapshot.gpus = std::vector<GpuSample>{gpu};
  const Frame frame = scene.frame();
  const std::vector<GpuClientRow> rows = gpu_client_rows(frame);
  ASSERT_EQ(rows.size(), 3U);
  EXPECT_EQ(whole(gpu_client_columns(), rows[0]),
            "gpu=3 gpu_vendor=nvidia gpu_uuid=GPU-a pid=10 run=resnet role=trainer user=ada gpu_memory_bytes=2 "
            "gpu_busy_percent=3.0 gpu_memory_busy_percent=4.0 gpu_work=compute gpu_instance=2 command=[python3]");
  EXPECT_EQ(whole(gpu_client_columns(), rows[2]),
            "gpu=3 gpu_vendor=nvidia gpu_uuid=GPU-a pid=11 run=- role=- user=- gpu_memory_bytes=1 "
            "gpu_busy_percent=- gpu_memory_busy_percent=- gpu_work=graphics gpu_instance=- command=-")
      << "of a process that cannot be seen";
  EXPECT_EQ(shown(gpu_columns(), gpu_rows(frame).at(0), "gpu_users"), "process 11, resnet") << "each once";
}

TEST(WholeGpuRow, AnInstanceIsAnObjectAndACardIsPaintedWhereItSuffers) {
  Scene scene;
  GpuSample gpu = card();
  gpu.instances[0].memory_used_bytes = std::uint64_t{7};
  gpu.clients = std::vector<GpuClient>{{.pid = 10}, {.pid = 11}};
  gpu.mig = Presence::unsupported;
  const auto row = [&](Frame& frame) {
    scene.snapshot.gpus = std::vector<GpuSample>{gpu};
    frame = scene.frame();
    return gpu_rows(frame).at(0);
  };
  const auto paint = [&](const char* name) {
    Frame frame;
    return find_column(gpu_columns(), name)->paint(row(frame));
  };
  Frame frame;
  const GpuRow one = row(frame);
  EXPECT_EQ(as_json(gpu_columns(), one, "mig_instances"),
            R"([{"gpu_instance": 2, "gpu_uuid": "MIG-b", "gpu_name": "1g.18gb", "gpu_memory_used_bytes": 7, )"
            R"("gpu_memory_total_bytes": null, "sm_active_percent": null}])");
  EXPECT_EQ(as_json(gpu_columns(), one, "mig"), "null");
  EXPECT_EQ(shown(gpu_columns(), one, "gpu_processes"), "2");
  EXPECT_EQ(shown(for_people(gpu_columns()), one, "gpu_name"), "H200");
  EXPECT_EQ(paint("throttle"), Paint::notable);
  gpu.throttle = std::uint8_t{0};
  EXPECT_EQ(paint("throttle"), Paint::none);
  gpu.slowdown_celsius = 90.0;
  gpu.temperature_celsius = 84.0;
  EXPECT_EQ(paint("temperature_celsius"), Paint::none);
  gpu.temperature_celsius = 85.0;
  EXPECT_EQ(paint("temperature_celsius"), Paint::bad) << "five degrees before it slows down";
  gpu.slowdown_celsius = Presence::unsupported;
  EXPECT_EQ(paint("temperature_celsius"), Paint::none) << "what is hot for this card is not known";
}

TEST(WholeGpuRow, ColumnsOfProcessesThatNoRowKnowsAreLeftOutForPeople) {
  Scene scene;
  GpuSample gpu = card();
  gpu.clients = std::vector<GpuClient>{{.pid = 10}};
  scene.snapshot.gpus = std::vector<GpuSample>{gpu};
  Frame frame = scene.frame();
  EXPECT_EQ(names_of(gpu_client_columns_for_people(gpu_client_rows(frame))),
            (std::vector<std::string_view>{"gpu", "pid", "user", "gpu_memory_bytes", "gpu_busy_percent", "gpu_work",
                                           "command"}));
  GpuSample other = gpu;
  other.vendor = GpuVendor::amd;
  (*other.clients)[0].instance = 0;
  scene.snapshot.gpus = std::vector<GpuSample>{gpu, other};
  frame = scene.frame();
  EXPECT_EQ(names_of(gpu_client_columns_for_people(gpu_client_rows(frame))),
            (std::vector<std::string_view>{"gpu", "gpu_vendor", "gpu_instance", "pid", "user", "gpu_memory_bytes",
                                           "gpu_busy_percent", "gpu_work", "command"}));
}

}  // namespace
}  // namespace vigie::views
