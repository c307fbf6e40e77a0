// What the machine has to spare, and how much of it a load may take. The rules are pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "model/reading.hpp"

namespace vigie::load {

/// What this process may still use: of the host, or of its control group where that is less.
struct Room {
  Reading<std::uint64_t> memory_total, memory_available;  ///< bytes
  double cpus = 0;                                        ///< CPUs' worth of time; 0: not known
  Reading<std::uint64_t> tasks;                           ///< threads and processes more that can be started
};

[[nodiscard]] Room look_at_room();

/// The room of a file system.
struct DiskRoom {
  std::uint64_t total_bytes = 0, available_bytes = 0;
};

/// Memory that must stay available whatever happens: a twentieth of all, 512 MiB at most.
[[nodiscard]] std::uint64_t least_memory_left(std::uint64_t total_bytes);
/// The same of a file system: a fiftieth, 1 GiB at most.
[[nodiscard]] std::uint64_t least_disk_left(std::uint64_t total_bytes);

/// Whether so little memory is left that a load must give back what it has. Unknown is not little: the load is bounded.
[[nodiscard]] bool memory_is_short(const Room& room);

/// How much a load takes of something: `wanted`, or by default `usual`, a quarter of what is available at most. Refused
/// when it is more than three quarters of that, or leaves less than `least_left`. `what` names it for the refusal:
/// "memory", "/dev/shm".
Result<std::uint64_t> bounded_bytes(std::optional<std::uint64_t> wanted, std::uint64_t usual, std::uint64_t available,
                                    std::uint64_t least_left, std::string_view what);

/// That for memory. Refused when it is not known how much there is.
Result<std::uint64_t> bounded_memory(std::optional<std::uint64_t> wanted, std::uint64_t usual, const Room& room);

/// How many threads or processes a load starts: three quarters of what may still be started at most.
Result<unsigned> bounded_tasks(std::optional<unsigned> wanted, unsigned usual, const Room& room);

/// How many CPUs it may keep busy: no more than this process may use.
Result<unsigned> bounded_cpus(std::optional<unsigned> wanted, const Room& room);

}  // namespace vigie::load
