// Rules about disks and file systems: at their edges, and which of several is named.
#include <gtest/gtest.h>

#include "rules/scene_for_tests.hpp"

namespace vigie::rules {
namespace {

constexpr std::uint64_t gibibyte = std::uint64_t{1} << 30;

StateShares in_disk(double disk) {
  StateShares result = shares(0, 1 - disk, 0);
  result.disk = disk;
  return result;
}

/// A process that waits for a slow NVMe disk, and one of somebody else that keeps it busy.
struct Waiting4Disk : Scene {
  Waiting4Disk() : Scene({Role::other}) {
    rates(0).states = in_disk(0.9);
    now.host.disks = std::vector{DiskSample{.name = "nvme0n1", .kind = DiskKind::nvme}};
    frame.delta.host.disks = {busy(99, 0.030)};
    const std::size_t other = add_other("rsync", 5);
    rates(other).read_bytes_per_second = 5e8;
    rates(other).write_bytes_per_second = 0.0;
  }
  static DiskRates busy(double percent, double await_seconds) {
    DiskRates rates;
    rates.busy_percent = percent;
    rates.reads.per_second = 100.0;
    rates.reads.await_seconds = await_seconds;
    return rates;
  }
  void add_disk(std::string name, DiskKind kind, const DiskRates& rates) {
    (*now.host.disks).push_back(DiskSample{.name = std::move(name), .kind = kind});
    frame.delta.host.disks.push_back(rates);
  }
  /// A thread of the first process that was in this call on this file.
  void set_thread(std::string call, std::string file, ThreadState state = ThreadState::disk) {
    Doing doing;
    doing.threads = {{.comm = "a", .state = state, .call = std::move(call), .file = std::move(file)}};
    detail(0).doing = doing;
  }
  std::string said(std::size_t evidence, std::string_view subject = "train") {
    for (const Finding& finding : verdict()) {
      if (finding.rule == "disk-saturated" && finding.subject == subject) return finding.evidence.at(evidence).text;
    }
    return "";
  }
};

TEST(DiskEdges, OfSeveralSlowDisksTheBusiest) {
  Waiting4Disk scene;
  scene.add_disk("sda", DiskKind::hdd, Waiting4Disk::busy(99, 0.030));
  EXPECT_NE(scene.said(1).find("nvme0n1"), std::string::npos) << "the first of equals";
  scene.frame.delta.host.disks[1].busy_percent = 100;
  EXPECT_NE(scene.said(1).find("sda (hdd) busy 100 %"), std::string::npos) << scene.said(1);
  scene.frame.delta.host.disks[1].reads.await_seconds = 0.024;
  EXPECT_NE(scene.said(1).find("nvme0n1"), std::string::npos) << "24 ms are fast for a rotating one";
  scene.frame.delta.host.disks[1].reads.await_seconds = 0.025;
  EXPECT_NE(scene.said(1).find("sda"), std::string::npos);
  scene.frame.delta.host.disks[1].reads = {};
  (*scene.now.host.disks)[1].in_flight = 1;
  EXPECT_NE(scene.said(1).find("none of its 1 requests came back"), std::string::npos) << scene.said(1);
  (*scene.now.host.disks)[0].partition = true;
  scene.frame.delta.host.disks.resize(1);
  EXPECT_EQ(scene.rules(), "") << "a disk that was just plugged in has no rates";
  scene.now.host.disks = Presence::denied;
  EXPECT_EQ(scene.rules(), "");
}

TEST(DiskEdges, TheDiskOfTheFileNeedsToBeBusyHalfOfTheTimeOnly) {
  Waiting4Disk scene;
  scene.frame.delta.host.disks[0].busy_percent = 50;
  EXPECT_EQ(scene.rules(), "");
  scene.set_thread("read", "/data/a");
  MountSample mount;
  mount.path = "/data";
  mount.source = "/dev/nvme0n1p2";
  scene.now.host.mounts = std::vector{mount};
  ASSERT_EQ(scene.rules(), "disk-saturated");
  EXPECT_NE(scene.said(0).find("in read of /data/a"), std::string::npos) << scene.said(0);
  scene.frame.delta.host.disks[0].busy_percent = 49.9;
  EXPECT_EQ(scene.rules(), "");
  scene.frame.delta.host.disks[0].busy_percent = 50;
  (*scene.now.host.mounts)[0].source = "/dev/sdb1";
  EXPECT_EQ(scene.rules(), "") << "it lies on another";
  (*scene.now.host.mounts)[0].source = "nvme0n1";
  EXPECT_EQ(scene.rules(), "disk-saturated");
  scene.set_thread("", "/data/a");
  EXPECT_EQ(scene.rules(), "") << "a thread in user code reads no file";
  scene.set_thread("read", "/data/a", ThreadState::waiting);
  EXPECT_EQ(scene.rules(), "");
}

TEST(DiskEdges, TheLongestNameIsTheDisk) {
  Waiting4Disk scene;
  scene.add_disk("nvme0n11", DiskKind::nvme, Waiting4Disk::busy(60, 0.030));
  scene.frame.delta.host.disks[0].busy_percent = 60;
  scene.set_thread("read", "/data/a");
  MountSample mount;
  mount.path = "/data";
  mount.source = "/dev/nvme0n11p1";
  scene.now.host.mounts = std::vector{mount};
  EXPECT_NE(scene.said(1).find("nvme0n11 "), std::string::npos) << scene.said(1);
  (*scene.now.host.disks)[1].partition = true;
  EXPECT_NE(scene.said(1).find("nvme0n1 "), std::string::npos) << scene.said(1);
}

TEST(DiskEdges, TheOneThatWaitsLongestAndTheNewestCallAreNamed) {
  Waiting4Disk scene;
  const std::size_t more = scene.add(Role::other);
  scene.rates(more).states = in_disk(0.9);
  EXPECT_NE(scene.said(0).find("(pid 10)"), std::string::npos) << "the first of equals";
  scene.rates(more).states = in_disk(0.95);
  EXPECT_NE(scene.said(0).find("(pid 12) in uninterruptible sleep (D) in 95 % of the looks"), std::string::npos);
  scene.rates(more).states = in_disk(0.5);
  scene.set_thread("fsync", "/data/a");
  scene.history(2, [](Snapshot& then, double) { (*then.details[0].doing).threads[0].file = "/data/old"; });
  EXPECT_NE(scene.said(0).find("in fsync of /data/a"), std::string::npos) << scene.said(0);
  scene.history(2, [](Snapshot& then, double second) {
    if (second == -2) then.details.clear();
  });
  EXPECT_NE(scene.said(0).find("in fsync of /data/a"), std::string::npos);
}

TEST(DiskEdges, PartOfTheLooksInWhichAThreadCommits) {
  const auto share = [](int frames, int committing) {
    Waiting4Disk scene;
    scene.rates(0).states = shares(0.9, 0.1, 0.9);
    scene.set_thread("fsync", "/data/a", committing > 0 ? ThreadState::disk : ThreadState::running);
    scene.history(frames - 1, [=](Snapshot& then, double second) {
      (*then.details[0].doing).threads[0].state = -second < committing ? ThreadState::disk : ThreadState::running;
    });
    const std::vector<Finding> found = scene.verdict();
    return found.empty() ? 0.0 : found[0].evidence.at(0).value;
  };
  EXPECT_DOUBLE_EQ(share(10, 4), 40);
  EXPECT_DOUBLE_EQ(share(10, 3), 0);
  EXPECT_DOUBLE_EQ(share(4, 3), 75);
}

TEST(DiskEdges, LimitsOfItsGroupEitherWay) {
  const auto limited = [](CgroupIoLimit limit, double reads, double writes) {
    Scene scene({Role::other, Role::other});
    scene.rates(0).states = in_disk(0.9);
    scene.rates(0).read_bytes_per_second = reads / 2;
    scene.rates(1).read_bytes_per_second = reads / 2;
    scene.rates(0).write_bytes_per_second = writes / 4;
    scene.rates(1).write_bytes_per_second = writes * 3 / 4;
    scene.detail(0).cgroup = CgroupSample{};
    (*scene.detail(0).cgroup).io = std::vector{CgroupIoLimit{.major = 8}, limit};
    const std::vector<Finding> found = scene.verdict();
    return found.empty() ? "" : found[0].evidence.at(1).text;
  };
  const CgroupIoLimit reads{.major = 7, .minor = 1, .read_bytes_per_second = 1'000'000};
  EXPECT_EQ(limited(reads, 700e3, 9e9), "its control group may read 977K/s on device 7:1, and it does 684K/s");
  EXPECT_EQ(limited(reads, 699e3, 9e9), "");
  const CgroupIoLimit writes{.major = 7, .minor = 1, .write_bytes_per_second = 1'000'000};
  EXPECT_EQ(limited(writes, 9e9, 700e3), "its control group may write 977K/s on device 7:1, and it does 684K/s");
  EXPECT_EQ(limited(writes, 9e9, 699e3), "");
}

TEST(DiskEdges, WhoDoesItAndHow) {
  Waiting4Disk scene;
  const auto cause = [&] { return scene.verdict().at(0).causes.at(0); };
  const auto other = [&](double reads, double writes) {
    scene.rates(1).read_bytes_per_second = reads;
    scene.rates(1).write_bytes_per_second = writes;
    return cause();
  };
  EXPECT_NE(other(1024, 0).find("rsync (pid 11) reads 1.0K/s"), std::string::npos) << cause();
  EXPECT_NE(other(0, 1024).find("rsync (pid 11) writes 1.0K/s"), std::string::npos) << cause();
  EXPECT_NE(other(1024, 2048).find("rsync (pid 11) reads 1.0K/s and writes 2.0K/s"), std::string::npos) << cause();
  scene.rates(0).read_bytes_per_second = scene.rates(0).write_bytes_per_second = 512.0;
  EXPECT_NE(other(2048, 0).find("rsync (pid 11) reads 2.0K/s, run train (1.0K/s)"), std::string::npos) << cause();
  for (const double bytes : {100.0, 200.0}) {
    const std::size_t more = scene.add_other("dd", 0);
    scene.rates(more).read_bytes_per_second = bytes;
    scene.rates(more).write_bytes_per_second = 0.0;
  }
  EXPECT_NE(cause().find("dd (pid 13) reads 200/s"), std::string::npos) << cause();
  EXPECT_EQ(cause().find("pid 12"), std::string::npos) << "three are enough: " << cause();
  scene.rates(0).read_bytes_per_second = scene.rates(1).read_bytes_per_second = Presence::denied;
  for (const std::size_t i : {2U, 3U}) scene.rates(i).read_bytes_per_second = Presence::denied;
  EXPECT_NE(cause().find("no living process"), std::string::npos) << cause();
}

TEST(DiskEdges, TheHostWaitsByItsPressure) {
  const auto host = [](double pressure, double iowait, double busy) {
    Waiting4Disk scene;
    scene.rates(0).states = shares(1, 0, 1);
    scene.frame.delta.host.io_pressure.some_percent = pressure;
    scene.frame.delta.host.iowait_percent = iowait;
    scene.frame.delta.host.disks[0] = Waiting4Disk::busy(busy, busy > 89 ? 0.030 : 0.001);
    std::string text;
    for (const Finding& finding : scene.verdict()) {
      if (finding.subject == "host") text = std::string(name_of(finding.severity)) + ": " + finding.summary;
    }
    return text;
  };
  EXPECT_EQ(host(20, 0, 99), "warning: tasks wait 20 % of the time for nvme0n1, which is saturated");
  EXPECT_EQ(host(19.9, 0, 99), "");
  EXPECT_EQ(host(60, 0, 99), "critical: tasks wait 60 % of the time for nvme0n1, which is saturated");
  EXPECT_EQ(host(59.9, 0, 99), "warning: tasks wait 60 % of the time for nvme0n1, which is saturated");
  EXPECT_EQ(host(0, 200, 99), "critical: tasks wait 0 % of the time for nvme0n1, which is saturated");
  EXPECT_EQ(host(0, 199, 99), "");
  EXPECT_EQ(host(60, 0, 50), "critical: tasks wait 60 % of the time for nvme0n1, which is saturated")
      << "where all waits, a disk that is busy is the one, however fast";
  EXPECT_EQ(host(60, 0, 49), "");
  EXPECT_EQ(host(59, 0, 50), "");
}

/// Mounts that have so many bytes left, of 100 GiB.
MountSample mount(std::string path, std::uint64_t left) {
  MountSample sample;
  sample.path = std::move(path);
  sample.type = "ext4";
  sample.use = MountUse{.total_bytes = 100 * gibibyte, .free_bytes = left, .available_bytes = left};
  return sample;
}

/// A run that works in /data, on which less is left in each second.
Scene filling(double gibibytes_left, double per_second, int seconds = 6) {
  Scene scene({Role::trainer});
  scene.rates(0).states = shares(1, 0, 0);
  const auto left = [=](double second) {
    return static_cast<std::uint64_t>((gibibytes_left - per_second * second) * static_cast<double>(gibibyte));
  };
  scene.now.host.mounts = std::vector{mount("/", 90 * gibibyte), mount("/data", left(0))};
  scene.run().cwd = "/data/work";
  scene.history(seconds, [=](Snapshot& then, double second) { (*then.host.mounts)[1] = mount("/data", left(second)); });
  return scene;
}

TEST(DiskFullEdges, TheEdgesOfOneThatFillsUp) {
  EXPECT_EQ(filling(5.99, 0.01).rules(), "disk-full") << "in ten minutes";
  EXPECT_EQ(filling(6.01, 0.01).rules(), "");
  EXPECT_EQ(filling(5, 0.01, 3).rules(), "disk-full") << "four points";
  EXPECT_EQ(filling(5, 0.1, 2).rules(), "");
  EXPECT_EQ(filling(5, -0.01).rules(), "") << "more is left in each second";
}

TEST(DiskFullEdges, ALineIsNeeded) {
  const auto with = [](std::initializer_list<double> left) {
    Scene scene = filling(5, 0);
    const std::vector<double> values = left;
    (*scene.now.host.mounts)[1] = mount("/data", static_cast<std::uint64_t>(values.back() * gibibyte));
    scene.history(static_cast<int>(values.size()) - 1, [=](Snapshot& then, double second) {
      const double value = values[values.size() - 1 - static_cast<std::size_t>(-second)];
      (*then.host.mounts)[1] = mount("/data", static_cast<std::uint64_t>(value * gibibyte));
    });
    return scene.rules();
  };
  EXPECT_EQ(with({5.4, 5.3, 5.2, 5.1, 5.0}), "disk-full");
  EXPECT_EQ(with({5.4, 5.3, 5.3, 5.1, 5.0}), "disk-full") << "three of four steps";
  EXPECT_EQ(with({5.4, 5.3, 5.3, 5.1, 5.1}), "") << "two of four";
  EXPECT_EQ(with({5.01, 5.008, 5.006, 5.004, 5.002}), "") << "too little to tell";
}

TEST(DiskFullEdges, TheFirstPlaceThatIsFullIsNamedAndWhatItIsFor) {
  const auto evidence = [](Scene& scene) {
    const std::vector<Finding> found = scene.verdict();
    return found.empty() ? "" : found[0].evidence.at(0).text;
  };
  Scene scene({Role::trainer});
  scene.rates(0).states = shares(1, 0, 0);
  scene.now.host.mounts = std::vector{mount("/", 90 * gibibyte), mount("/data", gibibyte), mount("/log", gibibyte)};
  scene.run().cwd = "/home/me";
  scene.run().directory = "/log/run";
  EXPECT_EQ(evidence(scene), "1.0G left on /log (its log)");
  OpenFile file;
  file.type = FileType::regular;
  file.writable = true;
  file.path = "/data/a";
  scene.detail(0).files = std::vector{file};
  EXPECT_EQ(evidence(scene), "1.0G left on /data (it writes /data/a)");
  (*scene.detail(0).files)[0].hold = Hold::mapped;
  EXPECT_EQ(evidence(scene), "1.0G left on /log (its log)") << "a mapping is not written to";
  (*scene.detail(0).files)[0] = file;
  (*scene.detail(0).files)[0].type = FileType::pipe;
  EXPECT_EQ(evidence(scene), "1.0G left on /log (its log)");
  (*scene.now.host.mounts)[2].use = Presence::unknown;
  EXPECT_EQ(evidence(scene), "");
  scene.run().directory = "/dev/shm/log";
  (*scene.now.host.mounts)[2] = mount("/dev/shm", gibibyte);
  EXPECT_EQ(scene.rules(), "") << "shared memory is a rule of its own";
}

TEST(DiskFullEdges, TheTmpAndTheWorkOfAContainer) {
  Scene scene({Role::trainer, Role::loader_worker});
  for (const std::size_t i : {0U, 1U}) scene.rates(i).states = shares(1, 0, 0);
  scene.now.host.mounts = std::vector{mount("/", 90 * gibibyte)};
  scene.process(1).cwd = std::string("/work");
  scene.detail(1).mounts =
      std::vector{mount("/", 80 * gibibyte), mount("/tmp", gibibyte), mount("/work", 70 * gibibyte)};
  const auto evidence = [&] {
    const std::vector<Finding> found = scene.verdict();
    return found.empty() ? "" : found[0].evidence.at(0).text;
  };
  EXPECT_EQ(evidence(), "1.0G left on /tmp (the /tmp of loader worker 1 (pid 11))");
  (*scene.detail(1).mounts)[2] = mount("/work", gibibyte);
  EXPECT_EQ(evidence(), "1.0G left on /work (the working directory of loader worker 1 (pid 11))");
  (*scene.detail(1).mounts)[1] = (*scene.detail(1).mounts)[2] = mount("/work", 5 * gibibyte);
  const auto fills = [](Snapshot& then, double second) {
    (*then.details[0].mounts)[1] = (*then.details[0].mounts)[2] =
        mount("/work", static_cast<std::uint64_t>((5 - 0.05 * second) * static_cast<double>(gibibyte)));
  };
  scene.history(6, fills);
  EXPECT_EQ(evidence(), "5.0G left on /work (the working directory of loader worker 1 (pid 11))");
  scene.history(6, [&](Snapshot& then, double second) {
    fills(then, second);
    if (second < -2) then.details[0].mounts = Presence::not_read;
  });
  EXPECT_EQ(evidence(), "") << "it was looked at three times only";
  scene.history(6, [&](Snapshot& then, double second) {
    fills(then, second);
    if (second < -2) then.details.clear();
  });
  EXPECT_EQ(evidence(), "");
}

TEST(DiskFullEdges, WhatFillsIt) {
  Scene scene = filling(1, 0, 0);
  const auto cause = [&] { return scene.verdict().at(0).causes.at(0); };
  EXPECT_EQ(cause(), "what it holds: du -xh /data | sort -h | tail");
  scene.rates(0).write_bytes_per_second = 1024.0;
  for (const double bytes : {2048.0, 512.0}) scene.rates(scene.add_other("dd", 0)).write_bytes_per_second = bytes;
  EXPECT_EQ(cause(), "most is written on this host by: dd 2.0K/s, run train 1.0K/s");
}

}  // namespace
}  // namespace vigie::rules
