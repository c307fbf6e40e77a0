#include "sources/sys/parse.hpp"

#include <gtest/gtest.h>
#include <sys/sysmacros.h>

#include <string>

#include "base/clock.hpp"

namespace vigie::sys {
namespace {

/// /proc/stat of a server with two sockets of 64 cores and two threads each.
std::string large_stat() {
  std::string text = "cpu  25600 2560 12800 2560000 1280 0 256 0 2560 0\n";
  for (int cpu = 0; cpu < 256; ++cpu) text += "cpu" + std::to_string(cpu) + " 100 10 50 10000 5 0 1 0 10 0\n";
  text += "intr 987654321";
  for (int line = 0; line < 3000; ++line) text += " 0";
  return text +
         "\nctxt 123456789\nbtime 1700000000\nprocesses 4242\nprocs_running 17\nprocs_blocked 3\nsoftirq 9 1 2\n";
}

TEST(Stat, AServerWith256Cpus) {
  HostSample host;
  parse_stat(large_stat(), EachCpu::yes, host);
  EXPECT_EQ(host.cpus, 256U);
  ASSERT_TRUE(host.each_cpu);
  ASSERT_EQ(host.each_cpu->size(), 256U);
  EXPECT_EQ(host.each_cpu->back().number, 255U);
  EXPECT_EQ(host.each_cpu->back().ticks.guest, 10U);
  EXPECT_EQ(host.cpu->idle, 2560000U);
  EXPECT_EQ(host.kernel_counters->interrupts, 987654321U);
  EXPECT_EQ(host.kernel_counters->context_switches, 123456789U);
  EXPECT_EQ(host.kernel_counters->forks, 4242U);
  EXPECT_EQ(host.kernel_counters->runnable, 17U);
  EXPECT_EQ(host.kernel_counters->blocked, 3U);
  EXPECT_EQ(host.boot_wall_ns, 1700000000 * nanoseconds_per_second);
}

TEST(Stat, GuestTimeIsPartOfUserTime) {
  EXPECT_EQ((CpuTicks{.user = 100, .idle = 50, .guest = 40}.total()), 150U);
}

TEST(Stat, EveryPrefixIsHarmless) {
  const std::string text = large_stat().substr(0, 2000);
  for (std::size_t length = 0; length <= text.size(); ++length) {
    HostSample host;
    parse_stat(std::string_view(text).substr(0, length), EachCpu::yes, host);
  }
  HostSample host;
  parse_stat("", EachCpu::yes, host);
  EXPECT_EQ(host.cpu.presence(), Presence::unknown);
  EXPECT_EQ(host.kernel_counters.presence(), Presence::unknown);
  parse_stat("cpuX 1\ncpu99999999999999999999 1 2\nctxt x\nbtime 99999999999999999999\n", EachCpu::yes, host);
  EXPECT_TRUE(host.each_cpu->empty());
  EXPECT_EQ(host.boot_wall_ns, 0);
}

TEST(Meminfo, NamesAreWholeWords) {
  const Reading<Memory> memory = parse_meminfo(
      "MemTotal:       16384 kB\nMemFree:         4096 kB\nMemAvailable:    9000 kB\nBuffers:  200 kB\n"
      "Cached:           50 kB\nSwapCached:        7 kB\nSwapTotal:       100 kB\nSwapFree:  60 kB\nShmem: 30 kB\n"
      "ShmemHugePages:    1 kB\nSReclaimable:     11 kB\nSUnreclaim: 12 kB\nDirty: 3 kB\nWriteback: 4 kB\n"
      "WritebackTmp:     99 kB\nHugePages_Total:      8\nHugePages_Free:       5\nHugePages_Rsvd:       1\n"
      "Hugepagesize:     2048 kB\nCommitted_AS: 77 kB\n");
  ASSERT_TRUE(memory);
  EXPECT_EQ(memory->total, 16384U * 1024);
  EXPECT_EQ(*memory->available, 9000U * 1024);
  EXPECT_EQ(memory->cached, 50U * 1024);
  EXPECT_EQ(memory->swap_cached, 7U * 1024);
  EXPECT_EQ(memory->shmem, 30U * 1024);
  EXPECT_EQ(memory->slab_reclaimable, 11U * 1024);
  EXPECT_EQ(memory->writeback, 4U * 1024);
  EXPECT_EQ(memory->hugepages_total, 8U) << "pages, not bytes";
  EXPECT_EQ(memory->hugepage_size, 2048U * 1024);
  EXPECT_EQ(memory->committed, 77U * 1024);
}

TEST(Meminfo, WithoutMemAvailableItIsUnsupportedNotZero) {
  const Reading<Memory> memory = parse_meminfo("MemTotal: 100 kB\nMemFree: 40 kB\n");
  ASSERT_TRUE(memory);
  EXPECT_EQ(memory->available.presence(), Presence::unsupported);
  EXPECT_EQ(parse_meminfo("MemFree: 40 kB\n").presence(), Presence::unknown);
  EXPECT_EQ(parse_meminfo("MemTotal: kB\n").presence(), Presence::unknown);
  EXPECT_EQ(parse_meminfo("\0\xff\n\n:::").presence(), Presence::unknown);
}

TEST(Vmstat, PagesAndKibibytesBecomeBytes) {
  const Reading<Paging> paging = parse_vmstat(
      "nr_free_pages 1\npgpgin 10\npgpgout 20\npswpin 3\npswpout 4\npgfault 100\npgmajfault 5\n"
      "pgsteal_kswapd 2\npgsteal_direct 3\npgscan_kswapd 7\npgscan_direct 8\npgscan_direct_throttle 100\noom_kill 2\n");
  ASSERT_TRUE(paging);
  EXPECT_EQ(paging->paged_in_bytes, 10240U);
  EXPECT_EQ(paging->paged_out_bytes, 20480U);
  EXPECT_EQ(paging->swapped_in_bytes % 3, 0U);
  EXPECT_GE(paging->swapped_out_bytes, 4U * 4096);
  EXPECT_EQ(paging->major_faults, 5U);
  EXPECT_EQ(paging->scanned_pages, 15U);
  EXPECT_EQ(paging->reclaimed_pages, 5U);
  EXPECT_EQ(*paging->oom_kills, 2U);
  EXPECT_EQ(parse_vmstat("pgpgin 1\n")->oom_kills.presence(), Presence::unsupported);
  EXPECT_EQ(parse_vmstat("").presence(), Presence::unknown);
}

TEST(Loadavg, AveragesAndTasks) {
  HostSample host;
  parse_loadavg("1.52 0.98 0.40 2/312 9001\n", host);
  EXPECT_EQ(*host.load1, 1.52);
  EXPECT_EQ(*host.load15, 0.40);
  EXPECT_EQ(host.tasks->runnable, 2U);
  EXPECT_EQ(host.tasks->total, 312U);
  parse_loadavg("nan -1 1e999 x/y", host);
  EXPECT_FALSE(host.load1);
  EXPECT_FALSE(host.load5);
  EXPECT_FALSE(host.load15);
  EXPECT_FALSE(host.tasks);
}

TEST(PressureFile, KernelsBefore5_13HaveNoFullLineForCpu) {
  const Reading<Pressure> pressure = parse_pressure("some avg10=1.50 avg60=0.20 avg300=0.03 total=987654321\n");
  ASSERT_TRUE(pressure);
  EXPECT_EQ(pressure->some.avg10, 1.5);
  EXPECT_EQ(pressure->some.total_us, 987654321U);
  EXPECT_EQ(pressure->full.total_us, 0U);
  EXPECT_FALSE(parse_pressure("nothing\n"));
}

TEST(Diskstats, FieldsGrewWithTheKernel) {
  const std::vector<DiskSample> disks = parse_diskstats(
      " 259 0 nvme0n1 100 1 200 30 40 2 80 60 1 70 90 5 6 16 8 9 10\n"  // 5.5
      "   8 0 sda 100 1 200 30 40 2 80 60 1 70 90 5 6 16 8\n"           // 4.18
      "   8 16 sdb 100 1 200 30 40 2 80 60 1 70 90\n"                   // before
      "   8 17 sdb1 100 1 200\n"                                        // cut short
      " 252 0 dm-0 1 0 8 0 0 0 0 0 0 0 0\n");
  ASSERT_EQ(disks.size(), 4U);
  EXPECT_EQ(disks[0].kind, DiskKind::nvme);
  EXPECT_EQ(disks[0].reads.bytes, 200U * 512);
  EXPECT_EQ(disks[0].writes.milliseconds, 60U);
  EXPECT_EQ(disks[0].busy_milliseconds, 70U);
  EXPECT_EQ(disks[0].discards->bytes, 16U * 512);
  EXPECT_EQ(disks[0].flushes->milliseconds, 10U);
  EXPECT_TRUE(disks[1].discards);
  EXPECT_EQ(disks[1].flushes.presence(), Presence::unsupported);
  EXPECT_EQ(disks[2].discards.presence(), Presence::unsupported);
  EXPECT_EQ(disks[3].kind, DiskKind::dm);
}

TEST(NetDev, NamesMayTouchTheirNumbersAndHaveColons) {
  const std::vector<InterfaceSample> interfaces = parse_net_dev(
      "Inter-|   Receive                    |  Transmit\n face |bytes    packets errs drop fifo frame compressed\n"
      "    lo: 10 1 0 0 0 0 0 0 20 2 0 0 0 0 0 0\n"
      "eth0:4294967299 3 4 5 0 0 0 0 6 7 8 9 0 0 0 0\n"
      "eth0:1: 1 1 0 0 0 0 0 0 1 1 0 0 0 0 0 0\n"
      "eth1: 1 2 3\n");
  ASSERT_EQ(interfaces.size(), 3U);
  EXPECT_EQ(interfaces[1].name, "eth0");
  EXPECT_EQ(interfaces[1].received.bytes, 4294967299U);
  EXPECT_EQ(interfaces[1].received.drops, 5U);
  EXPECT_EQ(interfaces[1].sent.errors, 8U);
  EXPECT_EQ(interfaces[2].name, "eth0:1");
}

TEST(Mountinfo, OnlyWhatHasRoomAndIsOnTop) {
  const std::vector<MountSample> mounts = parse_mountinfo(
      "22 27 0:21 / /proc rw,relatime - proc proc rw\n"
      "25 24 0:23 / /dev/shm rw,relatime - tmpfs under rw\n"
      "30 25 0:27 / /dev/shm rw,relatime shared:4 master:1 - tmpfs over rw,size=24684084k\n"
      "31 27 8:1 /a /mnt/my\\040data ro,relatime - ext4 /dev/sda1 rw\n"
      "32 27 0:50 / /mnt/nfs rw - nfs4 server:/export rw\n"
      "garbage\n33 27 0:1 / - \n");
  ASSERT_EQ(mounts.size(), 3U);
  EXPECT_EQ(mounts[0].source, "over");
  EXPECT_EQ(mounts[1].path, "/mnt/my data");
  EXPECT_TRUE(mounts[1].read_only);
  EXPECT_EQ(mounts[2].type, "nfs4");
}

TEST(NodeMeminfo, OneNode) {
  const NumaNode node = parse_node_meminfo(
      "Node 1 MemTotal:       1000 kB\nNode 1 MemFree:         400 kB\nNode 1 FilePages: 30 kB\nNode 1 AnonPages: 20 "
      "kB\n");
  EXPECT_EQ(node.number, 1U);
  EXPECT_EQ(node.total_bytes, 1000U * 1024);
  EXPECT_EQ(node.free_bytes, 400U * 1024);
  EXPECT_EQ(node.anonymous_bytes, 20U * 1024);
}

TEST(ParseLocks, WhoHasThemAndWhoWaits) {
  const std::vector<FileLock> locks = parse_locks(
      "1: FLOCK  ADVISORY  WRITE 4711 fe:00:8126513 0 EOF\n"
      "1: -> FLOCK  ADVISORY  WRITE 4712 fe:00:8126513 0 EOF\n"
      "2: OFDLCK ADVISORY  READ -1 00:1b:12 128 191\n"
      "3: POSIX  ADVISORY  WRITE 99 fe:00\n");  // cut short
  ASSERT_EQ(locks.size(), 3U);
  EXPECT_EQ(locks[0].kind, "FLOCK");
  EXPECT_EQ(locks[0].pid, 4711);
  EXPECT_TRUE(locks[0].exclusive && !locks[0].waits);
  EXPECT_EQ(locks[0].device, ::makedev(0xfe, 0));
  EXPECT_EQ(locks[0].inode, 8126513U);
  EXPECT_TRUE(locks[1].waits && locks[1].number == 1);
  EXPECT_EQ(locks[1].pid, 4712);
  EXPECT_EQ(locks[2].pid, -1);
  EXPECT_FALSE(locks[2].exclusive);
}

TEST(ParseMeminfo, AvailableIsNeverMoreThanThereIs) {
  const Reading<Memory> memory = parse_meminfo("MemTotal: 100 kB\nMemFree: 90 kB\nMemAvailable: 122 kB\n");
  ASSERT_TRUE(memory);
  EXPECT_EQ(*memory->available, 90U << 10U);
}

TEST(ParseMeminfo, WhatTheCacheOfZfsGivesBackIsAvailable) {
  constexpr const char* arcstats =
      "13 1 0x01 96 4608 1 2\nname type data\nhits 4 1\nc 4 900000\nc_min 4 10240\nc_max 4 900000\nsize 4 61440\n";
  Memory memory = *parse_meminfo("MemTotal: 100 kB\nMemFree: 20 kB\nMemAvailable: 22 kB\n");
  add_arc(arcstats, memory);
  EXPECT_EQ(*memory.available, 72U << 10U);
  Memory container = *parse_meminfo("MemTotal: 50 kB\nMemFree: 20 kB\nMemAvailable: 22 kB\n");
  add_arc(arcstats, container);
  EXPECT_EQ(*container.available, 22U << 10U) << "that is the cache of its host";
  add_arc("", memory);
  add_arc("size 4", memory);
  EXPECT_EQ(*memory.available, 72U << 10U);
}

}  // namespace
}  // namespace vigie::sys
