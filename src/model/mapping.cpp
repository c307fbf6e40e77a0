#include "model/mapping.hpp"

#include <algorithm>
#include <functional>
#include <map>
#include <utility>

namespace vigie {
namespace {

/// libc.so.6, libcuda.so.535.54.03, _C.cpython-311-x86_64-linux-gnu.so
bool is_library(std::string_view path) {
  const std::string_view name = path.substr(path.rfind('/') + 1);
  return name.ends_with(".so") || name.find(".so.") != std::string_view::npos;
}

bool is_shared_memory(const Mapping& mapping) {
  const std::string_view path = mapping.path;
  return path.starts_with("/dev/shm/") || path.starts_with("/memfd:") || path.starts_with("/SYSV") ||
         path.starts_with("[anon_shmem") || path == "/dev/zero" ||
         (mapping.permissions[3] == 's' && path.starts_with("/run/shm/"));
}

/// A device and an inode: what makes two mappings the same segment.
using Segment = std::pair<std::uint64_t, std::uint64_t>;

Segment segment_of(const Mapping& mapping) {
  return {std::uint64_t{mapping.major} << 32U | mapping.minor, mapping.inode};
}

}  // namespace

std::string_view name_of(MappingKind kind) {
  switch (kind) {
    case MappingKind::code: return "code";
    case MappingKind::heap: return "heap";
    case MappingKind::anonymous: return "anonymous";
    case MappingKind::stack: return "stack";
    case MappingKind::shared_memory: return "shared memory";
    case MappingKind::file: return "files";
    case MappingKind::device: return "devices";
    case MappingKind::special: return "special";
  }
  return "special";
}

MappingUse& MappingUse::operator+=(const MappingUse& other) {
  rss += other.rss;
  pss += other.pss;
  shared_clean += other.shared_clean;
  shared_dirty += other.shared_dirty;
  private_clean += other.private_clean;
  private_dirty += other.private_dirty;
  swap += other.swap;
  return *this;
}

MappingKind kind_of(const Mapping& mapping) {
  const std::string_view path = mapping.path;
  if (path.empty() || path.starts_with("[anon:")) return MappingKind::anonymous;
  if (path == "[heap]") return MappingKind::heap;
  if (path.starts_with("[stack")) return MappingKind::stack;
  if (is_shared_memory(mapping)) return MappingKind::shared_memory;
  if (path.starts_with("/dev/")) return MappingKind::device;
  if (path.front() == '[') return MappingKind::special;
  if (mapping.permissions[2] == 'x' || is_library(path)) return MappingKind::code;
  return MappingKind::file;
}

MappingTotals totals_of(const std::vector<const std::vector<Mapping>*>& processes) {
  struct Share {
    std::uint64_t most = 0, pss = 0;
  };
  MappingTotals totals;
  std::map<Segment, Share> segments;
  for (const std::vector<Mapping>* mappings : processes) {
    std::map<Segment, std::uint64_t> here;
    for (const Mapping& mapping : *mappings) {
      const MappingKind kind = kind_of(mapping);
      MappingTotal& total = totals[static_cast<std::size_t>(kind)];
      total.mappings += 1;
      total.size += mapping.size();
      if (!mapping.use) {
        if (!total.use) total.use = mapping.use.presence();
        continue;
      }
      if (!total.use) total.use = MappingUse{};
      *total.use += *mapping.use;
      if (kind != MappingKind::shared_memory) {
        total.once = total.once.value_or(0) + mapping.use->pss;
        continue;
      }
      here[segment_of(mapping)] += mapping.use->rss;
      segments[segment_of(mapping)].pss += mapping.use->pss;
    }
    // Two windows onto one segment in one process may overlap; its own pages are then counted by both. The kernel does
    // not say, and data loaders map a segment once.
    for (const auto& [segment, rss] : here) segments[segment].most = std::max(segments[segment].most, rss);
  }
  MappingTotal& shared = totals[static_cast<std::size_t>(MappingKind::shared_memory)];
  for (const auto& [segment, share] : segments) {
    shared.once = shared.once.value_or(0) + std::max(share.most, share.pss);
  }
  return totals;
}

MappingTotal sum_of(const MappingTotals& totals) {
  MappingTotal sum;
  for (const MappingTotal& one : totals) {
    sum.mappings += one.mappings;
    sum.size += one.size;
    if (one.use) {
      if (!sum.use) sum.use = MappingUse{};
      *sum.use += *one.use;
    }
    if (one.once) sum.once = sum.once.value_or(0) + *one.once;
  }
  return sum;
}

std::vector<MappedPart> large_parts(const std::vector<Mapping>& mappings) {
  constexpr std::uint64_t least_bytes = 1 << 20;
  std::map<std::pair<MappingKind, std::string_view>, std::uint64_t> sums;
  for (const Mapping& mapping : mappings) {
    if (mapping.permissions[0] == '-' && mapping.permissions[1] == '-') continue;
    const MappingKind kind = kind_of(mapping);
    sums[{kind, kind == MappingKind::file ? std::string_view(mapping.path) : std::string_view()}] += mapping.size();
  }
  std::vector<MappedPart> parts;
  for (const auto& [what, bytes] : sums) {
    if (bytes >= least_bytes) parts.push_back({what.first, std::string(what.second), bytes});
  }
  std::ranges::stable_sort(parts, std::ranges::greater(), &MappedPart::bytes);
  return parts;
}

}  // namespace vigie
