// One process in depth: read of the few processes that were asked about, never of all.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <vector>

#include "model/call.hpp"
#include "model/cgroup.hpp"
#include "model/host_parts.hpp"
#include "model/limit.hpp"
#include "model/mapping.hpp"
#include "model/open_file.hpp"
#include "model/reading.hpp"
#include "model/task.hpp"

namespace vigie {

/// A file in /dev/shm.
struct SharedSegment {
  std::string path;
  std::uint64_t bytes = 0;
  std::uint32_t uid = 0;  ///< its owner
};

/// The /dev/shm that a process sees: in a container that container's.
struct SharedMemory {
  MountUse use;
  bool same_as_ours = false;            ///< vigie sees the same: the pids in names are those that it knows
  std::vector<SharedSegment> segments;  ///< the largest first, at most 64
};

/// What a process was doing at one moment.
struct Doing {
  pid_t foreground_group = -1;       ///< of its controlling terminal (tpgid of proc(5)); -1 without one
  std::uint64_t children_ticks = 0;  ///< CPU time of the children that it has waited for (cutime and cstime)
  std::vector<CallKey> threads;      ///< the main thread first; at most 16
};

/// Everything below is absent (not_read) unless it was asked for, and absent with its reason where it was refused.
struct ProcessDetail {
  ProcessId id;
  Reading<std::string> environ;  ///< /proc/PID/environ: NAME=VALUE, each ended by NUL, as the process was started with
  Reading<std::vector<OpenFile>> files;        ///< descriptors ascending, then cwd, root, exe, mapped files
  Reading<std::vector<Mapping>> mappings;      ///< ascending by address
  Reading<std::vector<MappedPart>> layout;     ///< the larger parts of its address space
  Reading<SharedMemory> shared_memory;         ///< unsupported when it has none
  Reading<std::vector<ResourceLimit>> limits;  ///< in the kernel's order
  Reading<CgroupSample> cgroup;                ///< the limits that apply to it
  Reading<CallCounts> calls;  ///< what its threads were seen doing, cumulative; from looks, not from one read
  Reading<Doing> doing;
  /// The file systems of its mount namespace that matter to it, by the paths that it sees; unsupported when it has
  /// vigie's own.
  Reading<std::vector<MountSample>> mounts;
};

}  // namespace vigie
