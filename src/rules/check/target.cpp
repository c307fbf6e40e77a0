// Items about the run or process that was asked about; without one they are left out.
#include <fmt/format.h>

#include <algorithm>

#include "base/units.hpp"
#include "rules/check/item.hpp"
#include "rules/facts/shared.hpp"

namespace vigie::rules {
namespace {

namespace limit = check_thresholds;

enum class Over : std::uint8_t { most, sum };

/// One rate over all processes of the target; absent, with the first reason, when none has it.
Reading<double> over(const CheckCase& facts, Reading<double> ProcessRates::* rate, Over how) {
  Reading<double> result = Presence::unknown;
  for (const std::size_t index : facts.processes()) {
    if (index >= facts.frame().delta.processes.size()) continue;
    const Reading<double>& one = facts.frame().delta.processes[index].*rate;
    if (one) {
      result = how == Over::sum ? result.value_or(0) + *one : std::max(result.value_or(0), *one);
    } else if (!result) {
      result = one.presence();
    }
  }
  return result;
}

}  // namespace

std::optional<CheckItem> check_target_run_delay(const CheckCase& facts) {
  if (facts.processes().empty()) return std::nullopt;
  return judged("target.run_delay", over(facts, &ProcessRates::run_delay_percent, Over::most), "%",
                limit::run_delay_percent, "time its busiest main thread waited for a CPU",
                fmt::format("more wants to run than {:g} CPUs can do: fewer workers or threads", facts.cpus()));
}

std::optional<CheckItem> check_target_major_faults(const CheckCase& facts) {
  if (facts.processes().empty()) return std::nullopt;
  return judged("target.major_faults", over(facts, &ProcessRates::major_faults_per_second, Over::sum), "/s",
                limit::major_faults_per_second, "page faults that read from storage",
                "its files or its memory do not fit into memory");
}

std::optional<CheckItem> check_target_memory(const CheckCase& facts) {
  if (facts.processes().empty()) return std::nullopt;
  const EffectiveMemory memory = effective_memory(facts.host().memory, facts.group());
  if (!memory.total || *memory.total == 0) {
    return judged("target.memory", Presence::unknown, "%", limit::target_memory_percent, "", "");
  }
  const auto used = static_cast<double>(shared_once_bytes(*facts.frame().snapshot, facts.processes()));
  const auto total = static_cast<double>(*memory.total);
  return judged("target.memory", 100 * used / total, "%", limit::target_memory_percent,
                fmt::format("{} of {}", human_bytes(used), human_bytes(total)), "smaller batches or fewer workers");
}

namespace {

/// Processes of a frozen control group look asleep: only their run says that none may go on.
bool is_of_paused_run(const RunView& view, std::size_t process) {
  const int run = process < view.run_of.size() ? view.run_of[process] : -1;
  return run >= 0 && view.runs[static_cast<std::size_t>(run)].state == RunState::paused;
}

}  // namespace

std::optional<CheckItem> check_target_stopped(const CheckCase& facts) {
  if (facts.processes().empty()) return std::nullopt;
  const auto stopped = std::ranges::count_if(facts.processes(), [&](std::size_t index) {
    const char state = facts.frame().snapshot->processes[index].state;
    return state == 'T' || state == 't' || is_of_paused_run(facts.frame().view, index);
  });
  return judged("target.stopped", static_cast<double>(stopped), "tasks", {.warning = 1, .critical = limit::never},
                fmt::format("of {} processes", facts.processes().size()), "vigie resume");
}

}  // namespace vigie::rules
