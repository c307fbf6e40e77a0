// A run's automatic actions, as options on the command line.

#include <fmt/format.h>

#include "act/gpu_want.hpp"
#include "act/run_wish.hpp"
#include "act/runs_by_name.hpp"
#include "act/signal.hpp"
#include "base/number.hpp"
#include "base/text.hpp"
#include "base/units.hpp"

namespace vigie::act {
namespace {

/// "no", "on-failure", "on-failure:3", "always".
Result<RestartPolicy> parse_restart(std::string_view text) {
  RestartPolicy policy;
  const std::size_t colon = text.find(':');
  const auto when = restart_named(text.substr(0, colon));
  bool good = when.has_value();
  if (good) policy.when = *when;
  if (good && colon != std::string_view::npos) {
    policy.limit = whole_number<unsigned>(text.substr(colon + 1)).value_or(0);
    good = policy.when != RestartPolicy::When::no && policy.limit > 0;
  }
  if (good) return policy;
  return fail("--restart wants no, on-failure, on-failure:N or always, not " + safe_text(text), ErrorKind::usage);
}

/// "USR1@120", "USR2@2m": a signal and how long before the time limit.
Result<EarlySignal> parse_early_signal(const std::string& text) {
  const std::size_t at = text.find('@');
  if (at == std::string::npos)
    return fail("--notify-signal wants SIGNAL@BEFORE, as in USR1@2m, not " + safe_text(text), ErrorKind::usage);
  ASSIGN_OR_RETURN(int signal, parse_signal(text.substr(0, at)));
  ASSIGN_OR_RETURN(double before, parse_duration(text.substr(at + 1)));
  return EarlySignal{.signal = signal, .before_seconds = before};
}

Result<void> set_time_limit(const PolicyWish& wish, RunPolicy& policy) {
  if (!wish.time_limit.empty()) {
    ASSIGN_OR_RETURN(policy.time_limit_seconds, parse_duration(wish.time_limit));
  }
  if (wish.notify_signal.empty()) return {};
  ASSIGN_OR_RETURN(EarlySignal early, parse_early_signal(wish.notify_signal));
  if (!policy.time_limit_seconds)
    return fail("--notify-signal comes before the time limit: give --time-limit, too", ErrorKind::usage);
  if (early.before_seconds >= *policy.time_limit_seconds)
    return fail("--notify-signal would come before the run starts: its time is longer than --time-limit",
                ErrorKind::usage);
  policy.early_signal = early;
  return {};
}

Result<std::vector<std::string>> ids_of(const std::vector<std::string>& names) {
  ASSIGN_OR_RETURN(std::vector<RunRecord> runs, find_runs(names, Naming::exact, RunUse::after));
  std::vector<std::string> ids;
  for (const RunRecord& run : runs) ids.push_back(run.id);
  return ids;
}

}  // namespace

Result<RunPolicy> policy_of(const PolicyWish& wish) {
  RunPolicy policy = wish.policy;
  ASSIGN_OR_RETURN(RestartPolicy restart, parse_restart(wish.restart));
  policy.restart = restart;
  ASSIGN_OR_RETURN(policy.restart.backoff_seconds, parse_duration(wish.backoff));
  RETURN_IF_ERROR(set_time_limit(wish, policy));
  ASSIGN_OR_RETURN(std::vector<std::string> after, ids_of(wish.after));
  ASSIGN_OR_RETURN(std::vector<std::string> after_success, ids_of(wish.after_success));
  policy.queue.after = std::move(after);
  policy.queue.after_success = std::move(after_success);
  if (wish.max_parallel == 0U) return fail("--max-parallel 0 would never start it", ErrorKind::usage);
  policy.queue.max_parallel = static_cast<unsigned>(wish.max_parallel.value_or(0));
  if (!wish.gpus.empty()) {
    ASSIGN_OR_RETURN(GpuWant gpus, want_gpus(wish.gpus));
    policy.queue.gpus = std::move(gpus);
  }
  return policy;
}

}  // namespace vigie::act
