#include "rules/check/check.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "model/mount.hpp"
#include "rules/facts/shared.hpp"

#include "rules/check/item.hpp"

namespace vigie::rules {
namespace {

/// The order is that of the checklist people know: CPU, memory, disk, tasks, then control groups and the target.
constexpr CheckRule items[] = {
    check_cpu_busy,         check_cpu_system,          check_cpu_iowait,      check_load,
    check_cpu_pressure,     check_memory_available,    check_memory_pressure, check_swap_used,
    check_swap_traffic,     check_oom_kills,           check_disk_busy,       check_disk_await,
    check_io_pressure,      check_space_cwd,           check_space_state,     check_space_tmp,
    check_space_shm,        check_temperature,         check_network,         check_zombies,
    check_disk_sleepers,    check_cgroup_throttled,    check_cgroup_pids,     check_cgroup_oom,
    check_target_run_delay, check_target_major_faults, check_target_memory,   check_target_stopped,
};

std::string why_absent(Presence presence) {
  switch (presence) {
    case Presence::denied: return "may not be read: as root it can be seen";
    case Presence::unsupported: return "this host does not offer it";
    case Presence::first_sight: return "needs two looks: --interval above 0, and a process that is older";
    case Presence::went_backwards: return "the counter was reset meanwhile: look again";
    default: return "could not be read: look again, or see sources in --json";
  }
}

/// Absent for a reason that looking the same way again would not change.
bool is_no_verdict(const CheckItem& item) {
  return item.status == CheckStatus::unknown &&
         (item.value.presence() == Presence::unsupported || item.value.presence() == Presence::first_sight);
}

}  // namespace

CheckCase::CheckCase(const Frame& frame, const CheckSubject& subject) : frame_(frame), subject_(subject) {
  const Snapshot& snapshot = *frame.snapshot;
  Reading<unsigned> affinity = snapshot.host.cpus_allowed;
  if (!subject.processes.empty()) affinity = snapshot.processes[subject.processes.front()].cpus_allowed;
  const ProcessSample* const observer = snapshot.find_pid(snapshot.observer);
  const ProcessDetail* const own =
      subject.processes.empty() && observer != nullptr ? snapshot.find_detail(observer->id) : nullptr;
  for (std::size_t index = 0; index < snapshot.details.size(); ++index) {
    if (own != nullptr && own != &snapshot.details[index]) continue;
    group_ = snapshot.details[index].cgroup;
    if (!group_) continue;
    if (index < frame.delta.cgroups.size()) group_rates_ = &frame.delta.cgroups[index];
    break;
  }
  cpus_ = effective_cpus(snapshot.host.cpus, affinity, group_);
}

const MountSample* CheckCase::mount_of(std::string_view path) const {
  const std::vector<std::size_t>& of = subject_.processes;
  const Snapshot& snapshot = *frame_.snapshot;
  const ProcessDetail* const detail = of.empty() ? nullptr : snapshot.find_detail(snapshot.processes[of.front()].id);
  if (detail != nullptr && detail->mounts) return vigie::mount_of(*detail->mounts, path);
  return rules::mount_of(host(), path);
}

CheckStatus status_of(double value, const check_thresholds::Bounds& bounds) {
  if (bounds.low_is_bad) {
    if (value < bounds.critical) return CheckStatus::critical;
    return value < bounds.warning ? CheckStatus::warning : CheckStatus::ok;
  }
  if (value >= bounds.critical) return CheckStatus::critical;
  return value >= bounds.warning ? CheckStatus::warning : CheckStatus::ok;
}

CheckItem judged(std::string_view id, Reading<double> value, std::string_view unit,
                 const check_thresholds::Bounds& bounds, std::string fact, const std::string& advice) {
  CheckItem item;
  item.id = id;
  item.value = value;
  item.unit = unit;
  item.target = fmt::format("{} {:g}", bounds.low_is_bad ? ">=" : "<", bounds.warning);
  if (!value) {
    item.advice = why_absent(value.presence());
    return item;
  }
  item.status = status_of(*value, bounds);
  item.advice = std::move(fact);
  if (item.status != CheckStatus::ok && !advice.empty()) {
    if (!item.advice.empty()) item.advice += "; ";
    item.advice += advice;
  }
  return item;
}

std::vector<CheckItem> check(const Frame& frame, const CheckSubject& subject) {
  const CheckCase facts(frame, subject);
  std::vector<CheckItem> found;
  for (const CheckRule rule : items) {
    if (std::optional<CheckItem> item = rule(facts)) found.push_back(std::move(*item));
  }
  std::ranges::move(check_gpus(facts), std::back_inserter(found));
  if (std::optional<CheckItem> item = check_gpu_driver(facts)) found.push_back(std::move(*item));
  return found;
}

CheckStatus overall(std::span<const CheckItem> items_found) {
  bool judged_any = false;
  CheckStatus worst = CheckStatus::ok;
  const auto rank = [](CheckStatus status) {
    constexpr int ranks[] = {0, 2, 3, 1};  // unknown is worse than ok only
    return ranks[static_cast<int>(status)];
  };
  for (const CheckItem& item : items_found) {
    if (is_no_verdict(item)) continue;
    judged_any = true;
    if (rank(item.status) > rank(worst)) worst = item.status;
  }
  return judged_any ? worst : CheckStatus::unknown;
}

}  // namespace vigie::rules
