// The memory map of a process, and the categories that people think in.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "model/reading.hpp"

namespace vigie {

/// What a mapping is for. The order is that of the table.
enum class MappingKind : std::uint8_t {
  code,           ///< the program and its libraries: files mapped with their code, constants and data
  heap,           ///< [heap]
  anonymous,      ///< private memory without a file: malloc of large blocks, tensors, thread stacks
  stack,          ///< [stack]
  shared_memory,  ///< /dev/shm, memfd, System V, shared anonymous
  file,           ///< other mapped files: data sets, checkpoints, models
  device,         ///< /dev/…: GPU memory and registers
  special,        ///< [vdso], [vvar], [vsyscall]
};
inline constexpr std::size_t mapping_kinds = 8;

[[nodiscard]] std::string_view name_of(MappingKind kind);

/// Bytes of one mapping or of several together, as /proc/PID/smaps has them (Documentation/filesystems/proc.rst).
struct MappingUse {
  std::uint64_t rss = 0, pss = 0;
  std::uint64_t shared_clean = 0, shared_dirty = 0, private_clean = 0, private_dirty = 0;
  std::uint64_t swap = 0;

  [[nodiscard]] std::uint64_t shared() const { return shared_clean + shared_dirty; }
  [[nodiscard]] std::uint64_t unshared() const { return private_clean + private_dirty; }
  MappingUse& operator+=(const MappingUse& other);
};

struct Mapping {
  std::uint64_t start = 0, end = 0;  ///< addresses
  std::uint64_t offset = 0;          ///< into the file
  char permissions[4] = {'-', '-', '-', 'p'};
  std::uint32_t major = 0, minor = 0;  ///< device of the file
  std::uint64_t inode = 0;             ///< 0: no file
  bool deleted = false;
  std::string path;  ///< raw, or the kernel's name in brackets; empty for anonymous memory
  Reading<MappingUse> use;

  [[nodiscard]] std::uint64_t size() const { return end - start; }
};

/// All mappings of one kind together, of kind `file` those of one file.
struct MappedPart {
  MappingKind kind = MappingKind::anonymous;
  std::string path;  ///< of kind file
  std::uint64_t bytes = 0;
};
/// Those of a MiB and more, the largest first. Growth shows here without asking how much is resident, which is costly.
/// Reserved addresses that may not be used yet do not count.
[[nodiscard]] std::vector<MappedPart> large_parts(const std::vector<Mapping>& mappings);

/// By the names the kernel gives, and by the device of shared memory's files.
[[nodiscard]] MappingKind kind_of(const Mapping& mapping);

/// Several mappings together.
struct MappingTotal {
  std::uint64_t mappings = 0;
  std::uint64_t size = 0;
  Reading<MappingUse> use;  ///< absent when that of no mapping is known
  /// Each shared page counted once over the processes: their PSS, but of a shared-memory segment no less than the most
  /// that one process has of it, since others than these may share it too.
  Reading<std::uint64_t> once;
};

/// One total for each MappingKind, over all these processes' mappings.
using MappingTotals = std::array<MappingTotal, mapping_kinds>;
[[nodiscard]] MappingTotals totals_of(const std::vector<const std::vector<Mapping>*>& processes);
[[nodiscard]] MappingTotal sum_of(const MappingTotals& totals);

}  // namespace vigie
