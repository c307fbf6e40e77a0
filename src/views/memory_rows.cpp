#include "views/memory_rows.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "base/units.hpp"
#include "model/cgroup.hpp"
#include "rules/facts/consumers.hpp"

namespace vigie::views {
namespace {

Cell bytes(std::uint64_t amount) {
  return static_cast<std::int64_t>(amount);
}

std::string human_of(std::uint64_t amount) {
  return human_bytes(static_cast<double>(amount));
}

std::string swap_remark(const Memory& memory, const HostRates& rates) {
  if (memory.swap_total == 0) return "none: what does not fit is killed";
  if (!rates.swapped_in_bytes_per_second || !rates.swapped_out_bytes_per_second) return {};
  return fmt::format("{}/s in, {}/s out", human_bytes(*rates.swapped_in_bytes_per_second),
                     human_bytes(*rates.swapped_out_bytes_per_second));
}

void add_main_rows(std::vector<MemoryRow>& rows, const Memory& memory, const HostRates& rates) {
  rows.push_back({.name = "memory",
                  .total = bytes(memory.total),
                  .used = bytes(used_bytes(memory)),
                  .free = bytes(memory.free),
                  .available = cell_of(memory.available),
                  .remark = ""});
  rows.push_back({.name = "swap",
                  .total = bytes(memory.swap_total),
                  .used = bytes(swap_used_bytes(memory)),
                  .free = bytes(memory.swap_free),
                  .in = cell_of(rates.swapped_in_bytes_per_second),
                  .out = cell_of(rates.swapped_out_bytes_per_second),
                  .remark = swap_remark(memory, rates)});
}

void add_parts(std::vector<MemoryRow>& rows, const Memory& memory) {
  const auto part = [&](std::string name, std::uint64_t amount, std::string remark) {
    // Every kernel has some of it: at 0 the file does not tell.
    const Cell used =
        amount == 0 && (name == "programs" || name == "kernel") ? Cell(Presence::unsupported) : bytes(amount);
    rows.push_back({.name = std::move(name), .used = used, .remark = std::move(remark)});
  };
  part("programs", memory.anonymous, "heaps and stacks");
  part("cache", memory.buffers + memory.cached + memory.slab_reclaimable, "files, buffers and reclaimable slab");
  // Shared memory is counted as cache, but only swap could take it.
  const std::uint64_t cached = memory.buffers + memory.cached;
  part("reclaimable", (cached > memory.shmem ? cached - memory.shmem : 0) + memory.slab_reclaimable,
       "cache without shared: given back");
  part("dirty", memory.dirty + memory.writeback, "waits to be written to disk");
  part("shared", memory.shmem, "in cache, but cannot be given back");
  part("kernel", memory.slab_unreclaimable + memory.kernel_stack + memory.page_tables, "slab, stacks and page tables");
  if (memory.commit_limit > 0) {
    rows.push_back({.name = "committed",
                    .total = bytes(memory.commit_limit),
                    .used = bytes(memory.committed),
                    .remark = "promised; total: limit if no overcommit"});
  }
  if (memory.hugepages_total > 0) {
    rows.push_back(
        {.name = "hugepages",
         .total = bytes(memory.hugepages_total * memory.hugepage_size),
         .used = bytes((memory.hugepages_total - std::min(memory.hugepages_free, memory.hugepages_total)) *
                       memory.hugepage_size),
         .free = bytes(memory.hugepages_free * memory.hugepage_size),
         .remark = fmt::format("{} reserved pages of {}", memory.hugepages_reserved, human_of(memory.hugepage_size))});
  }
}

void add_dev_shm(std::vector<MemoryRow>& rows, const HostSample& host) {
  if (!host.mounts) return;
  const auto mount = std::ranges::find(*host.mounts, "/dev/shm", &MountSample::path);
  if (mount == host.mounts->end()) return;
  MemoryRow row{.name = "/dev/shm", .remark = "part of shared: data of loader workers"};
  if (mount->use) {
    row.total = bytes(mount->use->total_bytes);
    row.used = bytes(mount->use->total_bytes - mount->use->free_bytes);
    row.free = bytes(mount->use->free_bytes);
    row.available = bytes(mount->use->available_bytes);
  } else {
    row.total = row.used = row.free = row.available = mount->use.presence();
  }
  rows.push_back(std::move(row));
}

/// In a container, or a job of a batch system, its limit counts and not the host's memory.
void add_group(std::vector<MemoryRow>& rows, const Frame& frame) {
  const Snapshot& snapshot = *frame.snapshot;
  if (snapshot.details.empty() || !snapshot.details.front().cgroup) return;
  const Reading<CgroupSample>& group = snapshot.details.front().cgroup;
  const EffectiveMemory memory = effective_memory(snapshot.host.memory, group);
  if (!memory.limited) return;
  rows.push_back({.name = "this group",
                  .total = cell_of(memory.total),
                  .used = cell_of(group->memory.bytes.limit_used),
                  .available = cell_of(memory.available),
                  .remark = "limit of control group " + group->memory.bytes.limit_group});
}

void add_nodes(std::vector<MemoryRow>& rows, const HostSample& host) {
  if (!host.numa || host.numa->size() < 2) return;
  for (const NumaNode& node : *host.numa) {
    rows.push_back({.name = fmt::format("node {}", node.number),
                    .total = bytes(node.total_bytes),
                    .used = bytes(node.total_bytes - std::min(node.free_bytes, node.total_bytes)),
                    .free = bytes(node.free_bytes),
                    .remark = fmt::format("{}; {} cache", node.cpus.empty() ? "no CPUs" : "CPUs " + node.cpus,
                                          human_of(node.file_bytes))});
  }
}

void add_consumers(std::vector<MemoryRow>& rows, const Frame& frame, std::size_t count) {
  for (const rules::Consumer& consumer : rules::largest_consumers(frame, rules::memory_of(frame), count)) {
    rows.push_back({.name = consumer.name,
                    .used = bytes(static_cast<std::uint64_t>(consumer.amount)),
                    .remark = consumer.run ? fmt::format("run, resident; process {} and others", consumer.pid)
                                           : fmt::format("process {}; resident", consumer.pid)});
  }
}

}  // namespace

std::vector<MemoryRow> memory_rows(const Frame& frame, std::size_t consumers) {
  const HostSample& host = frame.snapshot->host;
  std::vector<MemoryRow> rows;
  if (!host.memory) return rows;
  add_main_rows(rows, *host.memory, frame.delta.host);
  add_group(rows, frame);
  add_parts(rows, *host.memory);
  add_dev_shm(rows, host);
  add_nodes(rows, host);
  add_consumers(rows, frame, consumers);
  return rows;
}

std::vector<Column<MemoryRow>> memory_columns(bool people) {
  using Row = MemoryRow;
  std::vector<Column<Row>> all = {
      {&metric("memory"), [](const Row& row) -> Cell { return std::string_view(row.name); }},
      {&metric("total_bytes"), [](const Row& row) { return row.total; }},
      {&metric("used_bytes"), [](const Row& row) { return row.used; }},
      {&metric("free_bytes"), [](const Row& row) { return row.free; }},
      {&metric("available_bytes"), [](const Row& row) { return row.available; }},
  };
  if (!people) {
    all.push_back({&metric("in_bytes_per_second"), [](const Row& row) { return row.in; }});
    all.push_back({&metric("out_bytes_per_second"), [](const Row& row) { return row.out; }});
  }
  all.push_back({&metric("remark"), [](const Row& row) -> Cell { return std::string_view(row.remark); }});
  return all;
}

}  // namespace vigie::views
