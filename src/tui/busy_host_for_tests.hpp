// A host under load, made by hand: eight GPUs, a training with eight ranks and their workers, disks, file systems and
// interfaces, and five minutes of history.
#pragma once

#include <cmath>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "tui/moment.hpp"
#include "tui/window.hpp"
#include "views/scene_for_tests.hpp"

namespace vigie::tui {

inline constexpr std::uint64_t one_gib = std::uint64_t{1} << 30;

/// A training that is `count` ranks with two workers each.
inline void add_ranks(views::Scene& scene, int count) {
  Run& run = scene.add_run("llama-sft");
  run.id = "abc123";
  run.command = "torchrun --nproc-per-node 8 train.py --config sft.yaml";
  run.cwd = "/home/ada/sft";
  run.started_wall_ns = (views::Scene::now_seconds - 4000) * views::Scene::second;
  Progress progress;
  progress.step = 1200;
  progress.total = 5000;
  progress.epoch = 1;
  progress.epochs = 3;
  progress.rate_per_second = 2.5;
  progress.metrics = {{"loss", 0.4123}, {"lr", 3e-4}};
  progress.wall_ns = views::Scene::now_seconds * views::Scene::second;
  progress.line = "1200/5000 loss 0.4123";
  run.progress = std::move(progress);
  const auto add = [&](pid_t pid, vigie::Role role, int number, int trainer, StateShares shares) {
    ProcessSample& process = scene.process(pid, 1, "python3");
    process.cmdline = std::string("python3\0train.py\0", 17);
    process.rss_bytes = 2 * one_gib;
    process.uid = uid_t{0};
    shares.looks = 40;
    scene.delta.processes.back().states = shares;
    scene.delta.processes.back().cpu_percent = 100 * shares.running;
    scene.delta.processes.back().read_bytes_per_second = 1e6 * (number + 1);
    scene.delta.processes.back().write_bytes_per_second = 0.0;
    scene.join(role, number, trainer);
  };
  add(100, vigie::Role::launcher, -1, -1, {.asleep = 1});
  for (int rank = 0; rank < count; ++rank) {
    const auto place = static_cast<int>(scene.view.runs.back().members.size());
    const bool slow = rank == 5;
    add(200 + 10 * rank, vigie::Role::rank, rank, -1, slow ? StateShares{.disk = 0.9} : StateShares{.running = 0.95});
    for (int worker = 0; worker < 2; ++worker)
      add(201 + 10 * rank + worker, vigie::Role::loader_worker, worker, place, {.running = 0.2, .asleep = 0.8});
  }
}

inline GpuSample one_gpu(unsigned index) {
  GpuSample gpu;
  gpu.index = index;
  gpu.name = "NVIDIA H200";
  gpu.uuid = "GPU-" + std::to_string(index);
  gpu.pci = "0000:1" + std::to_string(index) + ":00.0";
  gpu.memory_total_bytes = 141 * one_gib;
  gpu.memory_used_bytes = (90 + index) * one_gib;
  gpu.busy_percent = 90.0 + index;
  gpu.sm_active_percent = 70.0 + index;
  gpu.power_watts = 500.0 + 10 * index;
  gpu.power_limit_watts = gpu.power_default_watts = 700.0;
  gpu.sm_clock_hertz = 1755e6;
  gpu.sm_clock_max_hertz = 1980e6;
  gpu.throttle = std::uint8_t{0};
  gpu.temperature_celsius = 60.0 + index;
  gpu.slowdown_celsius = 90.0;
  gpu.ecc_uncorrected = std::uint64_t{0};
  gpu.clients = std::vector{
      GpuClient{.pid = static_cast<pid_t>(200 + 10 * index), .memory_bytes = 89 * one_gib, .busy_percent = 90.0}};
  return gpu;
}

/// One is hot, one lost memory, one is asleep, one may not be used here, one is late.
inline void add_gpus(views::Scene& scene, unsigned count) {
  std::vector<GpuSample> gpus;
  for (unsigned index = 0; index < count; ++index) gpus.push_back(one_gpu(index));
  gpus[1].throttle = static_cast<std::uint8_t>(Throttle::power_cap);
  gpus[2].throttle = static_cast<std::uint8_t>(Throttle::thermal);
  gpus[2].temperature_celsius = 88.0;
  gpus[3].xid = 48U;
  gpus[3].xids = std::vector{48U};
  gpus[3].ecc_uncorrected = std::uint64_t{3};
  const auto without = [&](unsigned index, GpuState state, Presence reason) {
    gpus[index] = without_values(gpus[index], reason);
    gpus[index].state = state;
  };
  if (count > 6) without(4, GpuState::asleep, Presence::not_read);
  if (count > 6) without(5, GpuState::denied, Presence::denied);
  if (count > 6) gpus[6] = as_stale(gpus[6], 12);
  if (count > 7) gpus[7].sm_active_percent = gpus[7].power_limit_watts = Presence::unsupported;
  scene.snapshot.gpus = std::move(gpus);
  scene.delta.gpu.gpus.resize(count);
}

inline DiskRates disk_rates(double read_bytes, double written_bytes, double busy) {
  DiskRates rates;
  rates.reads.per_second = read_bytes / 65536;
  rates.reads.bytes_per_second = read_bytes;
  rates.reads.await_seconds = 0.0031;
  rates.writes.per_second = written_bytes / 65536;
  rates.writes.bytes_per_second = written_bytes;
  rates.writes.await_seconds = 0.0123;
  rates.queue_length = busy / 20;
  rates.busy_percent = busy;
  return rates;
}

inline DiskSample one_disk(std::string name, DiskKind kind) {
  DiskSample disk;
  disk.name = std::move(name);
  disk.kind = kind;
  disk.reads.done = 1;
  return disk;
}

inline MountSample one_mount(std::string path, std::string type, Reading<MountUse> use) {
  MountSample mount;
  mount.path = std::move(path);
  mount.type = std::move(type);
  mount.use = std::move(use);
  return mount;
}

inline PacketRates packet_rates(double bytes, double drops) {
  PacketRates rates;
  rates.bytes_per_second = bytes;
  rates.errors_per_second = 0.0;
  rates.drops_per_second = drops;
  return rates;
}

inline void add_file_systems(views::Scene& scene) {
  const MountUse roomy{.total_bytes = 1000 * one_gib,
                       .free_bytes = 600 * one_gib,
                       .available_bytes = 600 * one_gib,
                       .files = 1000000,
                       .files_free = 900000};
  MountUse full = roomy, of_files = roomy;
  full.free_bytes = full.available_bytes = 12 * one_gib;
  of_files.files_free = 20000;
  scene.snapshot.host.mounts =
      std::vector{one_mount("/", "ext4", roomy), one_mount("/data", "xfs", full),
                  one_mount("/scratch", "ext4", of_files), one_mount("/nfs", "nfs4", Presence::unknown)};
}

inline void add_devices(views::Scene& scene) {
  HostSample& host = scene.snapshot.host;
  host.disks = std::vector{one_disk("nvme0n1", DiskKind::nvme), one_disk("sda", DiskKind::hdd)};
  scene.delta.host.disks = {disk_rates(310e6, 2e6, 34), disk_rates(80e6, 41e6, 97)};
  InterfaceSample ether, loop;
  ether.name = "eth0";
  ether.physical = true;
  ether.state = std::string("up");
  ether.link_bytes_per_second = std::uint64_t{1'250'000'000};
  loop.name = "lo";
  loop.link_bytes_per_second = Presence::unsupported;
  host.interfaces = std::vector{ether, loop};
  scene.delta.host.interfaces = {{.received = packet_rates(900e6, 14), .sent = packet_rates(12e6, 0)},
                                 {.received = packet_rates(1e3, 0), .sent = packet_rates(1e3, 0)}};
  add_file_systems(scene);
}

/// The host as a whole, of which all screens are drawn.
inline views::Scene busy_scene() {
  views::Scene scene;
  scene.snapshot.host.name = "node7";
  scene.snapshot.host.cpus = 64;
  scene.snapshot.host.cpus_allowed = 64U;
  scene.snapshot.host.memory = Memory{.total = 512 * one_gib, .free = 100 * one_gib, .available = 300 * one_gib};
  scene.delta.host.cpu_busy_percent = 64 * 55.0;
  scene.snapshot.recorded = true;
  scene.snapshot.users = {{.uid = 0, .name = "ada"}};
  scene.snapshot.sources.push_back({.name = "samples", .reason = {}});
  scene.delta.elapsed_seconds = 2;
  scene.process(1, 0, "init").uid = uid_t{0};
  scene.delta.processes[0].read_bytes_per_second = Presence::denied;
  scene.delta.processes[0].write_bytes_per_second = Presence::denied;
  add_ranks(scene, 8);
  add_gpus(scene, 8);
  add_devices(scene);
  SupervisedSample kept;
  kept.record.id = "abc123";
  kept.log_tail =
      std::string("epoch 1\nwarning: \x1b[31mlr is high\x1b[0m\n") + "step 1199 loss 0.4131\rstep 1200 loss 0.4123";
  scene.snapshot.supervised.push_back(std::move(kept));
  return scene;
}

inline Finding one_finding(std::string_view rule, Severity severity, std::string subject, std::string summary) {
  Finding finding;
  finding.rule = rule;
  finding.severity = severity;
  finding.confidence = severity == Severity::critical ? 1 : 0.9;
  finding.primary = true;
  finding.subject = std::move(subject);
  finding.summary = std::move(summary);
  return finding;
}

inline std::vector<Finding> findings_of_busy_host() {
  Finding straggler = one_finding("rank-straggler", Severity::warning, "llama-sft",
                                  "7 of 8 ranks wait for rank 5, which waits for the disk");
  straggler.evidence.push_back({.metric = "rank_disk_percent",
                                .value = 90,
                                .threshold = 50,
                                .window_seconds = 10,
                                .text = "rank 5 in disk sleep in 90 % of 40 looks, the others in 2 % at most"});
  straggler.causes = {"rank 5 reads from another disk than the others"};
  straggler.actions = {"let rank 5 read from nvme0n1, too: vigie files 250 shows what it reads"};
  Finding error =
      one_finding("gpu-error", Severity::critical, "host", "GPU 3 lost memory that could not be corrected (Xid 48)");
  error.evidence.push_back({.metric = "ecc_uncorrected", .value = 3, .text = "3 errors since the driver was loaded"});
  error.actions = {"reset it when no process is on it: nvidia-smi --gpu-reset -i 3"};
  return {straggler, error};
}

inline Frame busy_frame() {
  Frame frame = busy_scene().frame();
  frame.findings = findings_of_busy_host();
  return frame;
}

/// A frame, and the moments before it: values go up and down, and once the run waits for its disk and is stopped.
class PastTime {
 public:
  explicit PastTime(Frame frame, int count = 150) : frame_(std::make_shared<const Frame>(std::move(frame))) {
    const Moment now = moment_of(*frame_);
    for (int at = 0; at < count; ++at) moments_.push_back(at + 1 == count ? now : changed(now, at, count));
  }

  [[nodiscard]] Window window() const { return {.frame = frame_, .moments = moments_}; }

 private:
  static void scale(Reading<double>& value, double by) {
    if (value) *value *= by;
  }

  static Moment changed(Moment moment, int at, int count) {
    const double wave = 0.55 + 0.45 * std::sin(at / 9.0);
    moment.wall_ns -= (count - 1 - at) * 2 * nanoseconds_per_second;
    for (auto* const value : {&moment.host.cpu_percent, &moment.host.read_bytes, &moment.host.written_bytes,
                              &moment.host.received_bytes, &moment.host.sent_bytes})
      scale(*value, wave);
    for (GpuMoment& gpu : moment.gpus) scale(gpu.busy_percent, at % 17 == 0 ? 0.1 : wave);
    for (RunMoment& run : moment.runs) {
      scale(run.rate_per_second, wave);
      scale(run.gpu_percent, wave);
      if (at >= 90 && at < 100) run.running = 0.1, run.disk = 0.9;
      if (at >= 100 && at < 104) run.running = 0.0, run.disk = 0.0, run.stopped = 1.0;
      if (at >= 120 && at < 126) run.running = 0.2, run.disk = 0.0, run.asleep = 0.8, run.gpu_percent = 3.0;
    }
    return moment;
  }

  std::shared_ptr<const Frame> frame_;
  std::vector<Moment> moments_;
};

}  // namespace vigie::tui
