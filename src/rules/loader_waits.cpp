// Rules about loader workers that wait themselves: for a disk, or for the network.
#include <algorithm>
#include <iterator>

#include <fmt/format.h>

#include "base/units.hpp"
#include "rules/facts/consumers.hpp"
#include "rules/facts/feeding.hpp"
#include "rules/facts/gpu_facts.hpp"
#include "rules/facts/shared.hpp"
#include "rules/thresholds.hpp"

namespace vigie::rules {
namespace {

struct Waiting {
  std::size_t trainer = 0;  ///< index into the run's members
  std::size_t workers = 0;
  double trainer_asleep = 0;  ///< waiting for data: sleeps that the program asked for do not count
  double disk = 0, asleep = 0, running = 0, network = 0;  ///< of the looks at the workers, on average
  bool serial = false;                                    ///< the trainer reads itself
  std::vector<std::size_t> readers = {};                  ///< indices of those that read the data
};

std::optional<Waiting> waiting(const Case& run, const Feeding& feeding) {
  const Member& trainer = run.run().members[feeding.trainer];
  const StateShares* const shares = run.shares(trainer);
  if (shares == nullptr) return std::nullopt;
  Waiting seen{.trainer = feeding.trainer};
  seen.trainer_asleep = std::max(0.0, shares->asleep - shares->in_timer);
  for (const std::size_t worker : feeding.workers) {
    std::ranges::copy(with_all_below(run, worker), std::back_inserter(seen.readers));
    const std::optional<WorkerLooks> looks = looks_of(run, worker);
    if (!looks) continue;
    ++seen.workers;
    seen.disk += looks->disk;
    seen.asleep += looks->asleep;
    seen.running += looks->running;
    seen.network += looks->network;
  }
  if (seen.workers == 0) {
    seen.serial = true;
    seen.readers = {feeding.trainer};
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

bool is_network_type(std::string_view type) {
  constexpr std::string_view prefixes[] = {"nfs",  "cifs",   "smb", "ceph",      "fuse.",  "9p",   "lustre",
                                           "gpfs", "beegfs", "afs", "glusterfs", "wekafs", "pvfs2"};
  return std::ranges::any_of(prefixes, [&](std::string_view prefix) { return type.starts_with(prefix); });
}

/// The mount of a file that a reader has open, where it is one of the network; nullptr without one.
const MountSample* network_mount(const Case& run, const Waiting& seen) {
  for (const std::size_t index : seen.readers) {
    const ProcessDetail* const detail = run.detail(run.run().members[index]);
    if (detail == nullptr || !detail->files) continue;
    for (const OpenFile& file : *detail->files) {
      const bool data = (file.hold == Hold::descriptor && file.type == FileType::regular) ||
                        file.hold == Hold::mapped || file.hold == Hold::cwd;
      const MountSample* const mount = data ? run.mount_of(run.run().members[index], file.path) : nullptr;
      if (mount != nullptr && is_network_type(mount->type)) return mount;
    }
  }
  return nullptr;
}

/// Bytes a second that TCP connections of the readers bring.
double received(const Case& run, const Waiting& seen) {
  const NetSample& net = run.frame().snapshot->net;
  double bytes = 0;
  for (const std::size_t index : seen.readers) {
    const pid_t pid = run.process(run.run().members[index]).id.pid;
    for (std::size_t i = 0; i < net.sockets.size() && i < run.frame().delta.net.sockets.size(); ++i) {
      const SocketHolder holder{.inode = net.sockets[i].inode, .pid = pid};
      if (net.sockets[i].protocol != Protocol::tcp || !std::ranges::binary_search(net.holders, holder)) continue;
      const Reading<double>& rate = run.frame().delta.net.sockets[i].received_bytes;
      // One that was opened within the window has brought what it has brought in it.
      const bool is_new = rate.presence() == Presence::first_sight && net.sockets[i].tcp && run.window() > 0;
      bytes += is_new ? static_cast<double>(net.sockets[i].tcp->received_bytes) / run.window() : rate.value_or(0);
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
  for (const std::size_t index : seen.readers) {
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
  for (const Feeding& feeding : feedings(run)) {
    const std::optional<Waiting> seen = waiting(run, feeding);
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
  for (const Feeding& feeding : feedings(run)) {
    const std::optional<Waiting> seen = waiting(run, feeding);
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

}  // namespace vigie::rules
