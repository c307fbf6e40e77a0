#include "model/cgroup.hpp"

#include <algorithm>

namespace vigie {

double effective_cpus(unsigned online, const Reading<unsigned>& affinity, const Reading<CgroupSample>& cgroup) {
  double cpus = std::numeric_limits<double>::infinity();
  if (online > 0) cpus = online;
  if (affinity) cpus = std::min(cpus, static_cast<double>(*affinity));
  if (cgroup && cgroup->cpu.cpuset_cpus) cpus = std::min(cpus, static_cast<double>(*cgroup->cpu.cpuset_cpus));
  if (cgroup && cgroup->cpu.quota_cpus) cpus = std::min(cpus, *cgroup->cpu.quota_cpus);
  return cpus == std::numeric_limits<double>::infinity() ? 0 : cpus;
}

EffectiveMemory effective_memory(const Reading<Memory>& host, const Reading<CgroupSample>& cgroup) {
  EffectiveMemory memory;
  memory.total = memory.available = host.presence();
  if (host) {
    memory.total = host->total;
    memory.available = host->available;
  }
  if (!cgroup || !cgroup->memory.bytes.limit || *cgroup->memory.bytes.limit == unlimited) return memory;
  const CgroupMemory& group = cgroup->memory;
  const std::uint64_t limit = *group.bytes.limit;
  if (host && limit >= host->total) return memory;
  memory.limited = true;
  memory.total = limit;
  memory.available = group.bytes.limit_used.presence();
  if (!group.bytes.limit_used) return memory;
  const std::uint64_t reclaimable = std::min(group.inactive_file.value_or(0), *group.bytes.limit_used);
  const std::uint64_t held = *group.bytes.limit_used - reclaimable;
  std::uint64_t available = held < limit ? limit - held : 0;
  // The limit is no promise: the host may have less left than the group may take.
  if (host && host->available) available = std::min(available, *host->available);
  memory.available = available;
  return memory;
}

std::vector<CgroupLimit> limits_of(const CgroupSample& group) {
  const auto number = [](const Reading<std::uint64_t>& amount) -> Reading<double> {
    if (!amount) return amount.presence();
    return *amount == unlimited ? std::numeric_limits<double>::infinity() : static_cast<double>(*amount);
  };
  const Reading<unsigned>& cpuset = group.cpu.cpuset_cpus;
  const CgroupMemory& memory = group.memory;
  std::vector<CgroupLimit> rows = {
      {"cgroup CPU quota", "CPUs", group.cpu.quota_cpus, Presence::not_read, group.cpu.quota_group},
      {"cgroup cpuset", "CPUs", cpuset ? Reading<double>(*cpuset) : cpuset.presence(), Presence::not_read, group.path},
      {"cgroup memory", "bytes", number(memory.bytes.limit), number(memory.bytes.limit_used), memory.bytes.limit_group},
      {"cgroup memory.high", "bytes", number(memory.high), number(memory.high_used), memory.high_group},
      {"cgroup swap", "bytes", number(memory.swap.limit), number(memory.swap.limit_used), memory.swap.limit_group},
      {"cgroup tasks", "tasks", number(group.pids.limit), number(group.pids.limit_used), group.pids.limit_group}};
  std::erase_if(rows, [](const CgroupLimit& row) { return row.limit.presence() == Presence::unsupported; });
  return rows;
}

}  // namespace vigie
