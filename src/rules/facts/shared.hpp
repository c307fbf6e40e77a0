// Facts that the checklist and the diagnosis share: room on file systems, disks that are slow for their kind, memory of
// several processes together.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "model/host.hpp"
#include "model/host_rates.hpp"
#include "model/snapshot.hpp"
#include "rules/check/thresholds.hpp"

namespace vigie::rules {

/// Where memory that processes share is a file system; shm-full is about it, and disk-full is not.
inline constexpr std::string_view shared_memory = "/dev/shm";

/// The mount that `path` lies in: the longest one that is a whole prefix of it; nullptr when mounts were not read.
[[nodiscard]] const MountSample* mount_of(const HostSample& host, std::string_view path);

/// How full a file system is, as df(1) counts: blocks reserved for root are no room.
struct Room {
  double used_percent = 0;  ///< of bytes or of files, whichever is nearer to its end
  bool of_files = false;    ///< it is the number of files that is
};
[[nodiscard]] Room room_of(const MountUse& use);

/// Whole disks: partitions are part of them, and disks that lie on others would be counted twice.
[[nodiscard]] bool is_judged(const DiskSample& disk);

/// Average time of the requests that ended in the interval, both directions; absent without any.
[[nodiscard]] Reading<double> await_milliseconds(const DiskRates& disk);

/// What a request may take on a disk of this kind.
[[nodiscard]] check_thresholds::Bounds await_bounds(DiskKind kind);

/// Resident memory of several processes, shared pages counted once: it is mostly shared among themselves, so the
/// largest share stands for all.
[[nodiscard]] std::uint64_t shared_once_bytes(const Snapshot& snapshot, std::span<const std::size_t> processes);

}  // namespace vigie::rules
