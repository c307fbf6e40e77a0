#include "sources/cgroup/cgroup_source.hpp"

#include <algorithm>

#include "base/file.hpp"
#include "sources/cgroup/hierarchy.hpp"
#include "sources/proc/fields.hpp"
#include "sources/sys/parse.hpp"

namespace vigie::cgroup {
namespace {

using Memberships = std::vector<Membership>;

bool has(const auto& controllers, std::string_view name) {
  return std::ranges::find(controllers, name) != controllers.end();
}

/// Finds each controller's hierarchy: a controller is in version 1 where it is mounted so, else in version 2.
class Finder {
 public:
  Finder(const Root& root, const std::vector<Mount>& mounts, const Memberships& memberships)
      : root_(root), mounts_(mounts), memberships_(memberships) {}

  [[nodiscard]] Hierarchy find(std::string_view controller) const {
    for (const Membership& membership : memberships_) {
      if (!membership.unified && has(membership.controllers, controller)) {
        return at(membership, [&](const Mount& mount) { return !mount.unified && has(mount.controllers, controller); });
      }
    }
    Hierarchy hierarchy = unified();
    // The innermost group lists only what its parent passed on; the topmost one that can be seen has all there is.
    if (hierarchy.levels().empty()) return hierarchy;
    const Reading<std::string> list = hierarchy.text(hierarchy.levels().size() - 1, "cgroup.controllers");
    if (!list) return {root_, list.presence()};
    const std::string padded = " " + list->substr(0, list->find('\n')) + " ";
    if (padded.find(" " + std::string(controller) + " ") == std::string::npos) return {root_, Presence::unsupported};
    return hierarchy;
  }

  [[nodiscard]] Hierarchy unified() const {
    for (const Membership& membership : memberships_) {
      if (membership.unified) return at(membership, [](const Mount& mount) { return mount.unified; });
    }
    return {root_, Presence::unsupported};
  }

 private:
  template <class Matches>
  [[nodiscard]] Hierarchy at(const Membership& membership, Matches matches) const {
    bool mounted = false;
    for (const Mount& mount : mounts_) {
      if (!matches(mount)) continue;
      mounted = true;
      std::vector<Level> found = levels(mount, membership.path);
      if (!found.empty()) return {root_, std::move(found), mount.unified};
    }
    return {root_, mounted ? Presence::unknown : Presence::unsupported};
  }

  const Root& root_;
  const std::vector<Mount>& mounts_;
  const Memberships& memberships_;
};

Reading<double> quota_at(const Hierarchy& cpu, std::size_t level) {
  if (cpu.unified()) {
    const Reading<std::string> text = cpu.text(level, "cpu.max");
    return text ? parse_cpu_max(*text) : text.presence();
  }
  const Reading<std::uint64_t> quota = cpu.number(level, "cpu.cfs_quota_us");
  if (!quota) return quota.presence();
  if (*quota == unlimited) return std::numeric_limits<double>::infinity();
  const Reading<std::uint64_t> period = cpu.number(level, "cpu.cfs_period_us");
  if (!period || *period == 0) return period ? Presence::unknown : period.presence();
  return static_cast<double>(*quota) / static_cast<double>(*period);
}

/// Of the innermost group that has the file: with version 2 a group without the controller uses its parent's CPUs.
Reading<unsigned> cpuset(const Hierarchy& hierarchy) {
  Reading<std::string> text;
  for (std::size_t level = 0; level < std::max<std::size_t>(hierarchy.levels().size(), 1); ++level) {
    text = hierarchy.text(level, hierarchy.unified() ? "cpuset.cpus.effective" : "cpuset.effective_cpus");
    if (text || text.presence() == Presence::denied) break;
  }
  if (!text) return text.presence();
  return proc::parse_cpu_list(std::string_view(*text).substr(0, text->find('\n')));
}

CgroupCpu read_cpu(const Finder& finder) {
  const Hierarchy hierarchy = finder.find("cpu");
  CgroupCpu cpu;
  const auto quota = hierarchy.tightest<double>(std::numeric_limits<double>::infinity(),
                                                [&](std::size_t level) { return quota_at(hierarchy, level); });
  cpu.quota_cpus = quota.value;
  cpu.quota_group = quota.group;
  cpu.cpuset_cpus = cpuset(finder.find("cpuset"));
  cpu.weight = hierarchy.number(0, hierarchy.unified() ? "cpu.weight" : "cpu.shares");
  cpu.periods = hierarchy.keyed(quota.level, "cpu.stat", "nr_periods");
  cpu.throttled_periods = hierarchy.keyed(quota.level, "cpu.stat", "nr_throttled");
  if (hierarchy.unified()) {
    cpu.throttled_us = hierarchy.keyed(quota.level, "cpu.stat", "throttled_usec");
    cpu.usage_us = hierarchy.keyed(0, "cpu.stat", "usage_usec");
    return cpu;
  }
  cpu.throttled_us = hierarchy.keyed(quota.level, "cpu.stat", "throttled_time");
  if (cpu.throttled_us) *cpu.throttled_us /= 1000;
  const Hierarchy accounting = finder.find("cpuacct");
  // Version 2 counts the time of every group, with the cpu controller or without.
  const Hierarchy unified = finder.unified();
  cpu.usage_us = accounting.number(0, "cpuacct.usage");
  if (cpu.usage_us) {
    *cpu.usage_us /= 1000;
  } else {
    cpu.usage_us = unified.keyed(0, "cpu.stat", "usage_usec");
  }
  return cpu;
}

Reading<std::uint64_t> difference(const Reading<std::uint64_t>& both, const Reading<std::uint64_t>& one) {
  if (!both) return both.presence();
  if (!one) return one.presence();
  if (*both == unlimited) return unlimited;
  return *both > *one ? *both - *one : 0;
}

CgroupMemory read_memory_v1(Hierarchy hierarchy) {
  // Without use_hierarchy a group is charged to itself alone (cgroup-v1/memory.rst, gone in 5.11).
  for (std::size_t level = 1; level < hierarchy.levels().size(); ++level) {
    if (hierarchy.number(level, "memory.use_hierarchy") != Reading<std::uint64_t>(0)) continue;
    hierarchy.cut(level);
  }
  CgroupMemory memory;
  std::size_t level = 0;
  memory.bytes = hierarchy.amount("memory.limit_in_bytes", "memory.usage_in_bytes", level);
  memory.inactive_file = hierarchy.keyed(level, "memory.stat", "total_inactive_file");
  memory.events_max = hierarchy.number(level, "memory.failcnt");
  memory.high = memory.high_used = memory.events_high = memory.events_oom = Presence::unsupported;
  memory.oom_kills = hierarchy.keyed(0, "memory.oom_control", "oom_kill");
  std::size_t swap = 0;
  memory.swap = hierarchy.amount("memory.memsw.limit_in_bytes", "memory.memsw.usage_in_bytes", swap);
  const bool offered = hierarchy.number(0, "memory.memsw.limit_in_bytes").has_value();
  memory.swap.limit = offered ? difference(memory.swap.limit, hierarchy.number(swap, "memory.limit_in_bytes"))
                              : Reading<std::uint64_t>(Presence::unsupported);
  memory.swap.used = difference(memory.swap.used, memory.bytes.used);
  memory.swap.limit_used = difference(memory.swap.limit_used, hierarchy.number(swap, "memory.usage_in_bytes"));
  return memory;
}

CgroupMemory read_memory(const Finder& finder) {
  Hierarchy hierarchy = finder.find("memory");
  if (!hierarchy.unified()) return read_memory_v1(std::move(hierarchy));
  CgroupMemory memory;
  std::size_t level = 0;
  std::size_t swap = 0;
  memory.bytes = hierarchy.amount("memory.max", "memory.current", level);
  memory.swap = hierarchy.amount("memory.swap.max", "memory.swap.current", swap);
  const auto high =
      hierarchy.tightest<std::uint64_t>(unlimited, [&](std::size_t at) { return hierarchy.number(at, "memory.high"); });
  memory.high = high.value;
  memory.high_group = high.group;
  memory.high_used = hierarchy.number(high.level, "memory.current");
  memory.inactive_file = hierarchy.keyed(level, "memory.stat", "inactive_file");
  memory.events_high = hierarchy.keyed(high.level, "memory.events", "high");
  memory.events_max = hierarchy.keyed(level, "memory.events", "max");
  memory.events_oom = hierarchy.keyed(level, "memory.events", "oom");
  memory.oom_kills = hierarchy.keyed(0, "memory.events", "oom_kill");
  return memory;
}

Reading<std::vector<CgroupIoLimit>> read_io(const Finder& finder) {
  Hierarchy hierarchy = finder.find("io");
  if (!hierarchy.unified()) hierarchy = finder.find("blkio");
  if (hierarchy.levels().empty()) return hierarchy.text(0, "").presence();
  std::vector<CgroupIoLimit> limits;
  for (std::size_t level = 0; level < hierarchy.levels().size(); ++level) {
    const auto each = [&](const char* file, auto merge) {
      if (const Reading<std::string> text = hierarchy.text(level, file)) merge(*text);
    };
    if (hierarchy.unified()) {
      each("io.max", [&](const std::string& text) { merge_io_max(text, limits); });
      continue;
    }
    using Part = std::uint64_t CgroupIoLimit::*;
    constexpr std::pair<const char*, Part> files[] = {
        {"blkio.throttle.read_bps_device", &CgroupIoLimit::read_bytes_per_second},
        {"blkio.throttle.write_bps_device", &CgroupIoLimit::write_bytes_per_second},
        {"blkio.throttle.read_iops_device", &CgroupIoLimit::reads_per_second},
        {"blkio.throttle.write_iops_device", &CgroupIoLimit::writes_per_second}};
    for (const auto& [file, part] : files) {
      each(file, [&, limit = part](const std::string& text) { merge_io_throttle(text, limit, limits); });
    }
  }
  return limits;
}

Reading<Pressure> read_pressure(const Hierarchy& hierarchy, std::string_view file) {
  const Reading<std::string> text = hierarchy.text(0, file);
  return text ? sys::parse_pressure(*text) : text.presence();
}

CgroupLayout layout_of(const std::vector<Mount>& mounts) {
  const bool v2 = std::ranges::any_of(mounts, &Mount::unified);
  const bool v1 = std::ranges::any_of(mounts, [](const Mount& mount) {
    return !mount.unified &&
           std::ranges::any_of(mount.controllers, [](const std::string& name) { return !name.starts_with("name="); });
  });
  if (v1) return v2 ? CgroupLayout::hybrid : CgroupLayout::v1;
  return v2 ? CgroupLayout::v2 : CgroupLayout::none;
}

CgroupSample read_sample(const Root& root, const std::vector<Mount>& mounts, std::string_view memberships) {
  const Memberships parsed = parse_memberships(memberships);
  const Finder finder(root, mounts, parsed);
  CgroupSample sample;
  sample.layout = layout_of(mounts);
  for (const Membership& one : parsed) {
    const bool most_telling = sample.layout == CgroupLayout::v2 ? one.unified : has(one.controllers, "memory");
    if (most_telling || sample.path.empty()) sample.path = one.path;
  }
  sample.cpu = read_cpu(finder);
  sample.memory = read_memory(finder);
  sample.io = read_io(finder);
  std::size_t level = 0;
  sample.pids = finder.find("pids").amount("pids.max", "pids.current", level);
  const Hierarchy unified = finder.unified();
  sample.cpu_pressure = read_pressure(unified, "cpu.pressure");
  sample.io_pressure = read_pressure(unified, "io.pressure");
  sample.memory_pressure = read_pressure(unified, "memory.pressure");
  return sample;
}

}  // namespace

const std::vector<Mount>& Reader::mounts() {
  if (mounts_) return *mounts_;
  std::string buffer;
  // A saved host has no self; its first process saw the same mounts.
  const bool got =
      read_file(root_.proc(), "self/mountinfo", buffer) == 0 || read_file(root_.proc(), "1/mountinfo", buffer) == 0;
  return mounts_.emplace(got ? parse_mounts(buffer) : std::vector<Mount>());
}

CgroupSample Reader::sample(std::string_view memberships) {
  if (const auto seen = seen_.find(memberships); seen != seen_.end()) return seen->second;
  return seen_.emplace(memberships, read_sample(root_, mounts(), memberships)).first->second;
}

}  // namespace vigie::cgroup
