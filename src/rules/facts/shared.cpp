#include "rules/facts/shared.hpp"

#include <algorithm>

#include "model/mount.hpp"

namespace vigie::rules {

const MountSample* mount_of(const HostSample& host, std::string_view path) {
  return host.mounts ? mount_of(*host.mounts, path) : nullptr;
}

Room room_of(const MountUse& use) {
  const auto part = [](std::uint64_t left, std::uint64_t all) {
    return all == 0 ? 0.0 : 100.0 * static_cast<double>(all - std::min(left, all)) / static_cast<double>(all);
  };
  const double files = part(use.files_free, use.files);
  const std::uint64_t used = use.total_bytes - std::min(use.free_bytes, use.total_bytes);
  const double bytes = part(use.available_bytes, used + use.available_bytes);
  return {.used_percent = std::max(bytes, files), .of_files = files > bytes};
}

bool is_judged(const DiskSample& disk) {
  return !disk.partition && is_physical(disk.kind);
}

Reading<double> await_milliseconds(const DiskRates& disk) {
  double requests = 0;
  double seconds = 0;
  for (const RequestRates* direction : {&disk.reads, &disk.writes}) {
    if (!direction->per_second || !direction->await_seconds) continue;
    requests += *direction->per_second;
    seconds += *direction->per_second * *direction->await_seconds;
  }
  if (requests <= 0) return Presence::unknown;
  return 1000 * seconds / requests;
}

check_thresholds::Bounds await_bounds(DiskKind kind) {
  switch (kind) {
    case DiskKind::nvme: return check_thresholds::await_nvme_milliseconds;
    case DiskKind::ssd: return check_thresholds::await_ssd_milliseconds;
    case DiskKind::network: return check_thresholds::await_network_milliseconds;
    default: return check_thresholds::await_hdd_milliseconds;
  }
}

std::uint64_t shared_once_bytes(const Snapshot& snapshot, std::span<const std::size_t> processes) {
  std::uint64_t own = 0;
  std::uint64_t shared = 0;
  for (const std::size_t index : processes) {
    const ProcessSample& process = snapshot.processes[index];
    const std::uint64_t part = std::min(process.shared_bytes.value_or(0), process.rss_bytes);
    own += process.rss_bytes - part;
    shared = std::max(shared, part);
  }
  return own + shared;
}

}  // namespace vigie::rules
