#include <unistd.h>

#include <algorithm>
#include <array>

#include "sources/sys/lines.hpp"
#include "sources/sys/parse.hpp"

namespace vigie::sys {
namespace {

struct MemoryLine {
  std::string_view name;
  std::uint64_t Memory::* field;
};

constexpr std::array memory_lines = {
    MemoryLine{"MemTotal:", &Memory::total},
    MemoryLine{"MemFree:", &Memory::free},
    MemoryLine{"Buffers:", &Memory::buffers},
    MemoryLine{"Cached:", &Memory::cached},
    MemoryLine{"SwapCached:", &Memory::swap_cached},
    MemoryLine{"SwapTotal:", &Memory::swap_total},
    MemoryLine{"SwapFree:", &Memory::swap_free},
    MemoryLine{"Dirty:", &Memory::dirty},
    MemoryLine{"Writeback:", &Memory::writeback},
    MemoryLine{"AnonPages:", &Memory::anonymous},
    MemoryLine{"Mapped:", &Memory::mapped},
    MemoryLine{"Shmem:", &Memory::shmem},
    MemoryLine{"SReclaimable:", &Memory::slab_reclaimable},
    MemoryLine{"SUnreclaim:", &Memory::slab_unreclaimable},
    MemoryLine{"KernelStack:", &Memory::kernel_stack},
    MemoryLine{"PageTables:", &Memory::page_tables},
    MemoryLine{"CommitLimit:", &Memory::commit_limit},
    MemoryLine{"Committed_AS:", &Memory::committed},
    MemoryLine{"HugePages_Total:", &Memory::hugepages_total},
    MemoryLine{"HugePages_Free:", &Memory::hugepages_free},
    MemoryLine{"HugePages_Rsvd:", &Memory::hugepages_reserved},
    MemoryLine{"Hugepagesize:", &Memory::hugepage_size},
};

/// "123 kB" in bytes, a plain number as it is.
std::uint64_t amount(Words& words) {
  const std::uint64_t number = words.number();
  return words.next() == "kB" ? number * 1024 : number;
}

}  // namespace

Reading<Memory> parse_meminfo(std::string_view text) {
  Memory memory;
  bool known = false;
  std::string_view line;
  while (take_line(text, line)) {
    Words words(line);
    const std::string_view name = words.next();
    if (name == "MemAvailable:") {
      memory.available = amount(words);
      if (!words.good()) memory.available = Presence::unknown;
      continue;
    }
    for (const MemoryLine& one : memory_lines) {
      if (one.name != name) continue;
      memory.*one.field = amount(words);
      known = known || (one.field == &Memory::total && words.good());
      break;
    }
  }
  if (!known) return Presence::unknown;
  // A container whose total is its limit may be told what the host has available.
  if (memory.available && *memory.available > memory.total) memory.available = std::min(memory.free, memory.total);
  return memory;
}

void add_arc(std::string_view arcstats, Memory& memory) {
  std::uint64_t size = 0, least = 0;
  std::string_view line;
  while (take_line(arcstats, line)) {
    Words words(line);
    const std::string_view name = words.next();
    if (name != "size" && name != "c_min") continue;
    words.next();  // the type
    const std::uint64_t value = words.number();
    if (words.good()) (name == "size" ? size : least) = value;
  }
  const std::uint64_t taken = memory.total - std::min(memory.free, memory.total);
  // More than is in use here is another's: a container sees the cache of its host.
  if (!memory.available || size <= least || size > taken) return;
  memory.available = std::min(*memory.available + (size - least), memory.total);
}

Reading<Paging> parse_vmstat(std::string_view text) {
  static const auto page_size = static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
  Paging paging;
  bool known = false;
  std::string_view line;
  while (take_line(text, line)) {
    if (!line.starts_with('p') && !line.starts_with('o')) continue;
    Words words(line);
    const std::string_view name = words.next();
    const std::uint64_t value = words.number();
    if (!words.good()) continue;
    if (name == "pgpgin") {
      paging.paged_in_bytes = value * 1024;
      known = true;
    } else if (name == "pgpgout") {
      paging.paged_out_bytes = value * 1024;
    } else if (name == "pswpin") {
      paging.swapped_in_bytes = value * page_size;
    } else if (name == "pswpout") {
      paging.swapped_out_bytes = value * page_size;
    } else if (name == "pgfault") {
      paging.faults = value;
    } else if (name == "pgmajfault") {
      paging.major_faults = value;
    } else if (name == "pgscan_kswapd" || name == "pgscan_direct") {
      paging.scanned_pages += value;
    } else if (name == "pgsteal_kswapd" || name == "pgsteal_direct") {
      paging.reclaimed_pages += value;
    } else if (name == "oom_kill") {
      paging.oom_kills = value;
    }
  }
  if (!known) return Presence::unknown;
  return paging;
}

NumaNode parse_node_meminfo(std::string_view text) {
  NumaNode node;
  std::string_view line;
  while (take_line(text, line)) {
    Words words(line);
    if (words.next() != "Node") continue;
    node.number = static_cast<unsigned>(words.number());
    const std::string_view name = words.next();
    if (name == "MemTotal:") node.total_bytes = amount(words);
    if (name == "MemFree:") node.free_bytes = amount(words);
    if (name == "FilePages:") node.file_bytes = amount(words);
    if (name == "AnonPages:") node.anonymous_bytes = amount(words);
  }
  return node;
}

}  // namespace vigie::sys
