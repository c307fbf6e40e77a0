// One process in depth: open files, memory map, limits, environment, threads. Read only of the processes asked about.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/bit_set.hpp"
#include "base/root.hpp"
#include "model/detail.hpp"

namespace vigie::proc {

/// What to read in depth; a set of bits.
enum class Detail : std::uint32_t {
  environ = 1U << 0,
  files = 1U << 8,
  mappings = 1U << 9,  ///< with how much of each is resident: slow on huge processes
  limits = 1U << 10,
  cgroup = 1U << 1,
  calls = 1U << 16,          ///< looked at again and again by the feed with a CallSampler
  trace = 1U << 17,          ///< every system call, recorded by the feed while the processes are traced
  layout = 1U << 12,         ///< the sizes of its larger parts alone
  shared_memory = 1U << 13,  ///< the /dev/shm that it sees
  doing = 1U << 14,          ///< the calls that its threads are in
  mounts = 1U << 15,         ///< the file systems of its mount namespace, where that is not vigie's
  libraries = 1U << 11,      ///< with files: the sizes of mapped libraries, hundreds in a training
};

using Details = BitSet<Detail>;
[[nodiscard]] constexpr Details operator|(Detail a, Detail b) {
  return Details(a) | b;
}

/// Appends the details of `ids`, in their order: the parts named by `what` of these very processes. Every part of one
/// that has vanished, or whose pid is another process's by now, is unknown. From `deadline_ns` on (CLOCK_MONOTONIC)
/// sizes are read but no longer how much is resident. Returns those whose memory could not be read because they are
/// stuck with the lock on it: every part of them is unknown, too.
std::vector<pid_t> read_details(const Root& root, Details what, std::span<const ProcessId> ids,
                                std::int64_t deadline_ns, std::vector<ProcessDetail>& details);

}  // namespace vigie::proc
