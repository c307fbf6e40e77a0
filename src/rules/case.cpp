#include <algorithm>

#include "model/cgroup.hpp"
#include "rules/rule.hpp"
#include "rules/thresholds.hpp"

namespace vigie {

std::vector<std::size_t> Case::trainers() const {
  std::vector<std::size_t> found;
  for (std::size_t i = 0; i < run_.members.size(); ++i) {
    if (run_.members[i].role == Role::trainer || run_.members[i].role == Role::rank) found.push_back(i);
  }
  return found;
}

std::vector<std::size_t> Case::workers_of(std::size_t trainer) const {
  std::vector<std::size_t> found;
  for (std::size_t i = 0; i < run_.members.size(); ++i) {
    const Member& member = run_.members[i];
    if (member.role == Role::loader_worker && member.trainer == static_cast<int>(trainer)) found.push_back(i);
  }
  return found;
}

const StateShares* Case::shares(const Member& member) const {
  const Reading<StateShares>& states = rates(member).states;
  return states && states->looks >= thresholds::least_looks ? &*states : nullptr;
}

double Case::cpus() const {
  const Snapshot& snapshot = *frame_.snapshot;
  Reading<unsigned> affinity = snapshot.host.cpus_allowed;
  for (const Member& member : run_.members) {
    if (!process(member).cpus_allowed) continue;
    affinity = process(member).cpus_allowed;
    break;
  }
  for (const Member& member : run_.members) {
    const ProcessDetail* const detail = snapshot.find_detail(process(member).id);
    if (detail != nullptr && detail->cgroup) return effective_cpus(snapshot.host.cpus, affinity, detail->cgroup);
  }
  return effective_cpus(snapshot.host.cpus, affinity, Presence::not_read);
}

Reading<double> Case::idle_percent() const {
  const Reading<double>& idle = frame_.delta.host.cpu_idle_percent;
  if (!idle || cpus() >= frame_.snapshot->host.cpus) return idle;
  double used = 0;
  for (const Member& member : run_.members) used += rates(member).cpu_percent.value_or(0);
  return std::min(*idle, std::max(0.0, 100 * cpus() - used));
}

Finding Case::finding(std::string_view rule, Severity severity, double confidence) const {
  Finding finding;
  finding.rule = rule;
  finding.severity = severity;
  finding.confidence = confidence;
  finding.subject = run_.name;
  finding.since_wall_ns =
      frame_.snapshot->before.wall_ns - static_cast<std::int64_t>(window() * nanoseconds_per_second);
  return finding;
}

Evidence Case::evidence(std::string metric, double value, double threshold, std::string text) const {
  return {.metric = std::move(metric),
          .value = value,
          .threshold = threshold,
          .window_seconds = window(),
          .text = std::move(text)};
}

}  // namespace vigie
