// The files that say which control groups a process is in, where they are mounted, and what they allow.
#include "input.hpp"
#include "sources/cgroup/hierarchy.hpp"
#include "sources/cgroup/places.hpp"

FUZZ(text) {
  namespace cgroup = vigie::cgroup;
  static_cast<void>(cgroup::parse_mounts(text));
  static_cast<void>(cgroup::parse_memberships(text));
  static_cast<void>(cgroup::parse_amount(text));
  if (const auto cpus = cgroup::parse_cpu_max(text)) must(*cpus >= 0);
}
