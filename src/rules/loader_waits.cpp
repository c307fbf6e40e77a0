// Rules about loader workers that wait themselves: for a disk, or for the network.
#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "base/units.hpp"
#include "rules/consumers.hpp"
#include "rules/facts.hpp"
#include "rules/gpu_facts.hpp"
#include "rules/thresholds.hpp"

namespace vigie {
namespace {

struct Waiting {
  std::size_t trainer = 0;  ///< index into the run's members
  std::size_t workers = 0;
  double trainer_asleep = 0;  ///< waiting for data: sleeps that the program asked for do not count
  double disk = 0, asleep = 0, running = 0, network = 0;  ///< of the looks at the workers, on average
  bool serial = false;                                    ///< the trainer reads itself
};

std::optional<Waiting> waiting(const Case& run, std::size_t index) {
  const Member& trainer = run.run().members[index];
  const StateShares* const shares = run.shares(trainer);
  if (shares == nullptr) return std::nullopt;
  Waiting seen{.trainer = index};
  seen.trainer_asleep = std::max(0.0, shares->asleep - shares->in_timer);
  for (const std::size_t worker : run.workers_of(index)) {
    const StateShares* const looks = run.shares(run.run().members[worker]);
    if (looks == nullptr) continue;
    ++seen.workers;
    seen.disk += looks->disk;
    seen.asleep += std::max(0.0, looks->asleep - looks->in_timer);
    seen.running += looks->running;
    seen.network += looks->in_network;
  }
  if (seen.workers == 0) {
    seen.serial = true;
    seen.trainer_asleep = seen.disk = shares->disk;
    seen.network = shares->in_network;
    seen.running = shares->running;
    return seen;
  }
  const auto count = static_cast<double>(seen.workers);
  seen.disk /= count;
  seen.asleep /= count;
  seen.running /= count;
  seen.network /= count;
  return seen;
}

std::vector<std::size_t> readers(const Case& run, const Waiting& seen) {
  return seen.serial ? std::vector{seen.trainer} : run.workers_of(seen.trainer);
}

bool is_network_type(std::string_view type) {
  constexpr std::string_view prefixes[] = {"nfs",  "cifs",   "smb", "ceph",      "fuse.",  "9p",   "lustre",
                                           "gpfs", "beegfs", "afs", "glusterfs", "wekafs", "pvfs2"};
  return std::ranges::any_of(prefixes, [&](std::string_view prefix) { return type.starts_with(prefix); });
}

/// The mount of a file that a reader has open, where it is one of the network; nullptr without one.
const MountSample* network_mount(const Case& run, const Waiting& seen) {
  for (const std::size_t index : readers(run, seen)) {
    const ProcessDetail* const detail = run.detail(run.run().members[index]);
    if (detail == nullptr || !detail->files) continue;
    for (const OpenFile& file : *detail->files) {
      const bool data = (file.hold == Hold::descriptor && file.type == FileType::regular) ||
                        file.hold == Hold::mapped || file.hold == Hold::cwd;
      const MountSample* const mount = data ? mount_of(run.host(), file.path) : nullptr;
      if (mount != nullptr && is_network_type(mount->type)) return mount;
    }
  }
  return nullptr;
}

/// Bytes a second that TCP connections of the readers bring.
double received(const Case& run, const Waiting& seen) {
  const NetSample& net = run.frame().snapshot->net;
  double bytes = 0;
  for (const std::size_t index : readers(run, seen)) {
    const pid_t pid = run.process(run.run().members[index]).id.pid;
    for (std::size_t i = 0; i < net.sockets.size() && i < run.frame().delta.net.sockets.size(); ++i) {
      const SocketHolder holder{.inode = net.sockets[i].inode, .pid = pid};
      if (net.sockets[i].protocol != Protocol::tcp || !std::ranges::binary_search(net.holders, holder)) continue;
      bytes += run.frame().delta.net.sockets[i].received_bytes.value_or(0);
    }
  }
  return bytes;
}

void add_trainer(const Case& run, const Waiting& seen, Finding& finding) {
  finding.share_percent = 100 * seen.trainer_asleep;
  if (seen.serial) return;
  finding.evidence.push_back(
      run.evidence("trainer_asleep_percent", seen.trainer_asleep * 100, thresholds::trainer_asleep * 100,
                   fmt::format("trainer asleep in {:.0f} % of the looks, waiting for its {}", seen.trainer_asleep * 100,
                               Case::counted(seen.workers, "loader worker"))));
}

std::string who(const Waiting& seen) {
  return seen.serial ? "the trainer itself" : Case::counted(seen.workers, "loader worker");
}

bool waits_for_disk(const Waiting& seen) {
  return seen.trainer_asleep >= thresholds::trainer_asleep && seen.disk >= thresholds::workers_in_disk &&
         seen.disk >= seen.running;
}

/// Where the reading goes, of the busiest whole disk, for people who want to look.
void add_disks(const Case& run, const Waiting& seen, Finding& finding) {
  double bytes = 0;
  double chars = 0;
  for (const std::size_t index : readers(run, seen)) {
    bytes += run.rates(run.run().members[index]).read_bytes_per_second.value_or(0);
    chars += run.rates(run.run().members[index]).read_chars_per_second.value_or(0);
  }
  if (bytes > 0) {
    finding.evidence.push_back(
        run.evidence("read_bytes_per_second", bytes, 0,
                     fmt::format("{}/s read from storage, of {}/s read in all: the page cache does not have it",
                                 human_bytes(bytes), human_bytes(chars))));
  }
  const Reading<double>& pressure = run.frame().delta.host.io_pressure.some_percent;
  if (pressure) {
    finding.evidence.push_back(
        run.evidence("io_some_pressure_percent", *pressure, check_thresholds::io_pressure_percent.warning,
                     fmt::format("some task waited for storage {:.0f} % of the time", *pressure)));
  }
}

}  // namespace

std::optional<Finding> loader_disk(const Case& run) {
  if (keeps_a_gpu_busy(run)) return std::nullopt;
  for (const std::size_t index : run.trainers()) {
    const std::optional<Waiting> seen = waiting(run, index);
    if (!seen || !waits_for_disk(*seen)) continue;
    if (seen->network >= seen->disk / 2 || network_mount(run, *seen) != nullptr) continue;
    Finding finding = run.finding("loader-disk", Severity::warning, std::min(0.97, 0.55 + seen->disk / 2));
    finding.summary = fmt::format("waits for data {:.0f} % of the time; {} for the disk", seen->trainer_asleep * 100,
                                  seen->serial ? "its own reads wait" : "its loader workers wait");
    add_trainer(run, *seen, finding);
    finding.evidence.push_back(run.evidence(
        "workers_in_disk_percent", seen->disk * 100, thresholds::workers_in_disk * 100,
        fmt::format("{} in uninterruptible sleep (D) in {:.0f} % of the looks", who(*seen), seen->disk * 100)));
    add_disks(run, *seen, finding);
    finding.causes.emplace_back("the storage gives the data more slowly than the training uses it");
    finding.actions.emplace_back(
        "put the data on a local or faster disk, or into memory; fewer, larger files (shards); more prefetching");
    return finding;
  }
  return std::nullopt;
}

std::optional<Finding> loader_network(const Case& run) {
  if (keeps_a_gpu_busy(run)) return std::nullopt;
  for (const std::size_t index : run.trainers()) {
    const std::optional<Waiting> seen = waiting(run, index);
    if (!seen || seen->trainer_asleep < thresholds::trainer_asleep) continue;
    const MountSample* const mount = network_mount(run, *seen);
    const bool by_files = waits_for_disk(*seen) && (seen->network >= seen->disk / 2 || mount != nullptr);
    const double bytes = received(run, *seen);
    const bool by_sockets =
        !seen->serial && seen->asleep >= thresholds::workers_asleep && bytes >= thresholds::network_bytes_per_second;
    if (!by_files && !by_sockets) continue;
    Finding finding = run.finding("loader-network", Severity::warning, by_files ? 0.9 : 0.75);
    finding.summary = fmt::format("waits for data {:.0f} % of the time; {} for the network", seen->trainer_asleep * 100,
                                  seen->serial ? "its own reads wait" : "its loader workers wait");
    add_trainer(run, *seen, finding);
    if (by_files) {
      finding.evidence.push_back(
          run.evidence("workers_in_disk_percent", seen->disk * 100, thresholds::workers_in_disk * 100,
                       fmt::format("{} waiting for files in {:.0f} % of the looks", who(*seen), seen->disk * 100)));
    } else {
      finding.evidence.push_back(
          run.evidence("received_bytes_per_second", bytes, thresholds::network_bytes_per_second,
                       fmt::format("{} asleep in {:.0f} % of the looks, with connections that bring {}/s", who(*seen),
                                   seen->asleep * 100, human_bytes(bytes))));
    }
    finding.causes.push_back(
        mount != nullptr ? fmt::format("the data is on {} ({}, from {})", mount->path, mount->type, mount->source)
                         : std::string("the data comes over the network, one wait after the other"));
    finding.actions.emplace_back(
        "copy the data to a local disk first; more workers or connections, so that waits overlap; a larger "
        "prefetch_factor");
    return finding;
  }
  return std::nullopt;
}

std::optional<Finding> disk_saturated(const Case& run) {
  double waits = 0;
  const Member* waiter = nullptr;
  for (const Member& member : run.run().members) {
    const StateShares* const shares = run.shares(member);
    if (shares == nullptr || shares->disk <= waits) continue;
    waits = shares->disk;
    waiter = &member;
  }
  const Reading<double>& pressure = run.frame().delta.host.io_pressure.some_percent;
  if (run.is_host() ? pressure.value_or(0) < check_thresholds::io_pressure_percent.warning
                    : waiter == nullptr || waits < thresholds::waits_for_disk) {
    return std::nullopt;
  }
  if (run.is_host()) waits = *pressure / 100;
  std::string disk_text;
  std::string cause;
  double busy = 0;
  // A limit of its own group on a device.
  const CgroupSample* const group = run.group();
  double reads = 0;
  double writes = 0;
  for (const Member& member : run.run().members) {
    reads += run.rates(member).read_bytes_per_second.value_or(0);
    writes += run.rates(member).write_bytes_per_second.value_or(0);
  }
  if (group != nullptr && group->io) {
    for (const CgroupIoLimit& limit : *group->io) {
      const bool reading = limit.read_bytes_per_second != unlimited &&
                           reads >= thresholds::io_limit_part * static_cast<double>(limit.read_bytes_per_second);
      const bool writing = limit.write_bytes_per_second != unlimited &&
                           writes >= thresholds::io_limit_part * static_cast<double>(limit.write_bytes_per_second);
      if (!reading && !writing) continue;
      const auto allowed = static_cast<double>(reading ? limit.read_bytes_per_second : limit.write_bytes_per_second);
      busy = 100 * (reading ? reads : writes) / allowed;
      disk_text =
          fmt::format("its control group may {} {}/s on device {}:{}, and it does {}/s", reading ? "read" : "write",
                      human_bytes(allowed), limit.major, limit.minor, human_bytes(reading ? reads : writes));
      cause = "a limit of its control group on this device";
    }
  }
  const auto& disks = run.host().disks;
  const std::vector<DiskRates>& rates = run.frame().delta.host.disks;
  for (std::size_t i = 0; disk_text.empty() && disks && i < std::min(disks->size(), rates.size()); ++i) {
    const DiskSample& disk = (*disks)[i];
    const Reading<double> await = await_milliseconds(rates[i]);
    if (disk.partition || !await || rates[i].busy_percent.value_or(0) < thresholds::disk_busy_percent) continue;
    if (*await < await_bounds(disk.kind).warning) continue;
    busy = *rates[i].busy_percent;
    disk_text = fmt::format("{} ({}) busy {:.0f} % of the time, a request takes {:.1f} ms ({:g} is slow for its kind)",
                            disk.name, vigie::name_of(disk.kind), busy, *await, await_bounds(disk.kind).warning);
    std::string names;
    for (const Consumer& one : largest_consumers(run.frame(), disk_of(run.frame()), 3)) {
      if (!names.empty()) names += ", ";
      names += fmt::format("{}{} {}/s", one.run ? "run " : "", one.name, human_bytes(one.amount));
    }
    cause = names.empty() ? "who does it is not to be seen: as root it is" : "who does it: " + names;
  }
  if (disk_text.empty()) return std::nullopt;
  Finding finding = run.finding("disk-saturated", Severity::warning, std::min(0.95, 0.6 + waits / 3));
  finding.share_percent = 100 * waits;
  finding.summary = fmt::format("{} for a disk that is saturated {:.0f} % of the time",
                                run.is_host() ? "tasks wait" : "waits", waits * 100);
  finding.evidence.push_back(
      run.evidence("disk_wait_percent", waits * 100, thresholds::waits_for_disk * 100,
                   waiter == nullptr ? fmt::format("some task waited for storage {:.0f} % of the time", waits * 100)
                                     : fmt::format("{} in uninterruptible sleep (D) in {:.0f} % of the looks",
                                                   run.name_of(*waiter), waits * 100)));
  finding.evidence.push_back(run.evidence("disk_busy_percent", busy, thresholds::disk_busy_percent, disk_text));
  finding.causes.push_back(cause);
  finding.actions.emplace_back(
      "less at once from the others (vigie ionice idle TARGET), another disk, larger requests");
  return finding;
}

}  // namespace vigie
