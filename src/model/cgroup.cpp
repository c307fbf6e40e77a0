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
  if (host) available = std::min(available, host->available);
  memory.available = available;
  return memory;
}

}  // namespace vigie
