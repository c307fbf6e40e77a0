#include "rules/facts/waiting.hpp"

#include <algorithm>
#include <iterator>

#include <fmt/format.h>

#include "rules/thresholds.hpp"

namespace vigie::rules {
namespace {

bool is_network_type(std::string_view type) {
  constexpr std::string_view prefixes[] = {"nfs",  "cifs",   "smb", "ceph",      "fuse.",  "9p",   "lustre",
                                           "gpfs", "beegfs", "afs", "glusterfs", "wekafs", "pvfs2"};
  return std::ranges::any_of(prefixes, [&](std::string_view prefix) { return type.starts_with(prefix); });
}

}  // namespace

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

}  // namespace vigie::rules
