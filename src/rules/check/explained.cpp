#include "rules/check/explained.hpp"

#include <algorithm>
#include <string>
#include <string_view>

#include <fmt/format.h>

#include "base/units.hpp"
#include "rules/facts/consumers.hpp"
#include "rules/host_subject.hpp"
#include "rules/table.hpp"

namespace vigie::rules {
namespace {

/// The cause of an item: the rule that is about it, and the resource whose users cause it.
enum class Who : std::uint8_t { nobody, cpu, memory, disk };
struct Meaning {
  std::string_view item;  ///< its id, or the beginning of it
  std::string_view rule;
  Who who = Who::nobody;
};
constexpr Meaning meanings[] = {
    {"cpu.iowait", "disk-saturated", Who::disk},
    {"cpu.", "cpu-contention", Who::cpu},
    {"load", "cpu-contention", Who::cpu},
    {"memory.", "oom-risk", Who::memory},
    {"swap.", "swap-thrash", Who::memory},
    {"disk.", "disk-saturated", Who::disk},
    {"io.pressure", "disk-saturated", Who::disk},
    {"tasks.disk", "disk-saturated", Who::disk},
    {"space.shm", "shm-full", Who::nobody},
    {"space.", "disk-full", Who::disk},
    {"gpu.temperature", "gpu-throttled", Who::nobody},
    {"gpu.", "gpu-error", Who::nobody},
    {"tasks.zombies", "zombies", Who::nobody},
    {"cgroup.throttled", "cpu-throttled", Who::cpu},
};
/// Heat, lost packets, tasks that a group may not have: no rule of a run is about them.
constexpr Meaning of_the_host{"", "host-critical", Who::nobody};
static_assert(std::ranges::all_of(meanings, is_rule, &Meaning::rule) && is_rule(of_the_host.rule));

const Meaning& meaning_of(std::string_view item) {
  const auto found = std::ranges::find_if(meanings, [&](const Meaning& one) { return item.starts_with(one.item); });
  return found == std::end(meanings) ? of_the_host : *found;
}

std::string amount_text(Who who, double amount) {
  if (who == Who::cpu) return fmt::format("{:.0f} % of a CPU", amount);
  return human_bytes(amount) + (who == Who::disk ? "/s" : "");
}

/// "run resnet 180 % of a CPU, ffmpeg (pid 4711) of alice 95 % of a CPU"
std::string users(const Case& host, Who who) {
  const Frame& frame = host.frame();
  const AmountOf amount = who == Who::cpu ? cpu_of(frame) : who == Who::disk ? disk_of(frame) : memory_of(frame);
  std::string text;
  for (const Consumer& one : largest_consumers(frame, amount, 3)) {
    if (one.pid == frame.snapshot->observer) continue;
    const ProcessSample* const process = frame.snapshot->find_pid(one.pid);
    const std::string owner =
        process != nullptr && !host.may_act_on(*process) ? " of " + host.owner_of(*process) : std::string();
    if (!text.empty()) text += ", ";
    text += fmt::format("{}{} {}", one.run ? "run " + one.name : fmt::format("{} (pid {})", one.name, one.pid), owner,
                        amount_text(who, one.amount));
  }
  return text;
}

Finding named(const Case& host, const CheckItem& item) {
  const Meaning& meaning = meaning_of(item.id);
  Finding finding = host.finding(Severity::critical, 0.8);
  finding.rule = meaning.rule;
  finding.summary =
      fmt::format("{} is {:.4g} {}, wanted is {}", item.id, item.value.value_or(0), item.unit, item.target);
  finding.evidence.push_back(host.evidence(std::string(item.id), item.value.value_or(0), 0,
                                           item.advice.empty() ? "vigie check calls it critical" : item.advice));
  const std::string who = meaning.who == Who::nobody ? std::string() : users(host, meaning.who);
  if (!who.empty()) {
    finding.causes.push_back((meaning.who == Who::disk ? "most is read and written by: " : "most of it is used by: ") +
                             who);
  } else if (meaning.who == Who::disk && !host.is_root()) {
    finding.causes.emplace_back("an ordinary user does not see what other users' processes read and write");
  }
  finding.actions.emplace_back("all that was checked: vigie check");
  return finding;
}

}  // namespace

bool explains(const Finding& finding, const CheckItem& item) {
  const std::string_view rule = meaning_of(item.id).rule;
  // A run that has more threads than CPUs is why the host has none left.
  const bool cpu = rule == "cpu-contention" && (finding.rule == rule || finding.rule == "cpu-oversubscribed");
  if (cpu) return true;
  const bool same = finding.rule == rule || (rule == "oom-risk" && finding.rule == "swap-thrash");
  if (finding.subject != host_subject || !same) return false;
  if (rule != "disk-full" && rule != of_the_host.rule) return true;
  // There may be several of these: it must be about this one.
  return std::ranges::any_of(finding.evidence, [&](const Evidence& one) { return one.metric == item.id; });
}

std::vector<Finding> unexplained_criticals(const Frame& frame, std::span<const CheckItem> items,
                                           std::span<const Finding> findings) {
  const Run nobody = host_run();
  const Case host({&frame, 1}, nobody);
  std::vector<Finding> added;
  for (const CheckItem& item : items) {
    if (item.status != CheckStatus::critical) continue;
    const auto explained = [&](const Finding& finding) { return explains(finding, item); };
    if (std::ranges::any_of(findings, explained)) continue;
    const auto before = std::ranges::find_if(added, explained);
    if (before == added.end()) {
      added.push_back(named(host, item));
    } else if (before->evidence.front().metric != item.id) {
      before->evidence.push_back(host.evidence(
          std::string(item.id), item.value.value_or(0), 0,
          fmt::format("{} is {:.4g} {}, wanted is {}", item.id, item.value.value_or(0), item.unit, item.target)));
    }
  }
  return added;
}

}  // namespace vigie::rules
