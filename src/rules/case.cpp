#include <algorithm>

#include <fmt/format.h>

#include "model/cgroup.hpp"
#include "model/mount.hpp"
#include "rules/case.hpp"
#include "rules/facts/shared.hpp"
#include "rules/thresholds.hpp"

namespace vigie::rules {

std::vector<std::size_t> Case::processes() const {
  std::vector<std::size_t> all;
  for (const Member& member : run_.members) all.push_back(member.process);
  return all;
}

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

double Case::age(const Member& member) const {
  return static_cast<double>(frame_.snapshot->before.boot_ns - start_boot_ns(process(member).id)) /
         nanoseconds_per_second;
}

double Case::age() const {
  double oldest = 0;
  for (const Member& member : run_.members) oldest = std::max(oldest, age(member));
  return oldest;
}

const ProcessDetail* Case::detail(const Member& member) const {
  return frame_.snapshot->find_detail(process(member).id);
}

const MountSample* Case::mount_of(const Member& member, std::string_view path) const {
  const ProcessDetail* const found = detail(member);
  if (found != nullptr && found->mounts) return vigie::mount_of(*found->mounts, path);
  if (found != nullptr && found->mounts.presence() == Presence::denied) return nullptr;  // it may be in a container
  return rules::mount_of(host(), path);
}

bool Case::is_in_other_mounts(const Member& member) const {
  const ProcessDetail* const found = detail(member);
  return found != nullptr && found->mounts.has_value();
}

bool Case::is_root() const {
  const ProcessSample* const observer = frame_.snapshot->find_pid(frame_.snapshot->observer);
  return observer == nullptr || !observer->uid || *observer->uid == 0;
}

bool Case::may_act_on(const ProcessSample& process) const {
  if (is_root() || !process.uid) return true;
  return process.uid == frame_.snapshot->find_pid(frame_.snapshot->observer)->uid;
}

std::string Case::owner_of(const ProcessSample& process) const {
  if (!process.uid) return "another user";
  const auto user = std::ranges::find(frame_.snapshot->users, *process.uid, &UserName::uid);
  const bool named = user != frame_.snapshot->users.end() && !user->name.empty();
  return named ? user->name : fmt::format("user {}", *process.uid);
}

const CgroupSample* Case::group() const {
  for (const Member& member : run_.members) {
    const ProcessDetail* const found = detail(member);
    if (found != nullptr && found->cgroup) return &*found->cgroup;
  }
  return nullptr;
}

const CgroupRates* Case::group_rates() const {
  const std::vector<ProcessDetail>& details = frame_.snapshot->details;
  for (const Member& member : run_.members) {
    const ProcessDetail* const found = detail(member);
    if (found == nullptr || !found->cgroup) continue;
    const auto index = static_cast<std::size_t>(found - details.data());
    return index < frame_.delta.cgroups.size() ? &frame_.delta.cgroups[index] : nullptr;
  }
  return nullptr;
}

double Case::cpus() const {
  Reading<unsigned> affinity = host().cpus_allowed;
  for (const Member& member : run_.members) {
    if (!process(member).cpus_allowed) continue;
    affinity = process(member).cpus_allowed;
    break;
  }
  const CgroupSample* const own = group();
  return effective_cpus(host().cpus, affinity, own != nullptr ? Reading<CgroupSample>(*own) : Presence::not_read);
}

double Case::cpu_percent() const {
  double used = 0;
  for (const Member& member : run_.members) used += rates(member).cpu_percent.value_or(0);
  return used;
}

Reading<double> Case::idle_percent() const {
  const Reading<double>& idle = frame_.delta.host.cpu_idle_percent;
  if (!idle || cpus() >= host().cpus) return idle;
  return std::min(*idle, std::max(0.0, 100 * cpus() - cpu_percent()));
}

std::vector<Point> Case::over_time(const Value& value) const {
  std::vector<Point> points;
  for (const Frame& frame : window_) {
    const auto same = std::ranges::find(frame.view.runs, run_.id, &Run::id);
    if (!is_host() && (same == frame.view.runs.end() || same->attempt != run_.attempt)) continue;
    const std::optional<double> found = value(frame, is_host() ? run_ : *same);
    if (found) points.push_back({seconds_between(frame_.snapshot->before, frame.snapshot->before), *found});
  }
  return points;
}

std::string Case::name_of(const Member& member) const {
  const std::string role = describe(member);
  return fmt::format("{} (pid {})", role.empty() ? process(member).comm : role, process(member).id.pid);
}

std::string Case::counted(std::size_t count, std::string_view noun) {
  return fmt::format("{} {}{}", count, noun, count == 1 ? "" : noun.ends_with('s') ? "es" : "s");
}

Finding Case::finding(Severity severity, double confidence) const {
  Finding finding;
  finding.severity = severity;
  finding.confidence = confidence;
  finding.subject = run_.name;
  finding.since_wall_ns =
      frame_.snapshot->before.wall_ns - static_cast<std::int64_t>(window() * nanoseconds_per_second);
  return finding;
}

Suspicion Case::suspicion(std::string text, double wants_seconds) const {
  return {.rule = {}, .subject = run_.name, .text = std::move(text), .wants_seconds = wants_seconds};
}

Evidence Case::evidence(std::string metric, double value, double threshold, std::string text) const {
  return {.metric = std::move(metric),
          .value = value,
          .threshold = threshold,
          .window_seconds = window(),
          .text = std::move(text)};
}

}  // namespace vigie::rules
