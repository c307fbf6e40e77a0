// What a run does by itself, as it is asked for on the command line.

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
  Result<int> signal = parse_signal(text.substr(0, at));
  if (!signal) return pass(std::move(signal));
  Result<double> before = parse_duration(text.substr(at + 1));
  if (!before) return pass(std::move(before));
  return EarlySignal{.signal = *signal, .before_seconds = *before};
}

Result<void> set_time_limit(const PolicyWish& wish, RunPolicy& policy) {
  if (!wish.time_limit.empty()) {
    Result<double> limit = parse_duration(wish.time_limit);
    if (!limit) return pass(std::move(limit));
    policy.time_limit_seconds = *limit;
  }
  if (wish.notify_signal.empty()) return {};
  Result<EarlySignal> early = parse_early_signal(wish.notify_signal);
  if (!early) return pass(std::move(early));
  if (!policy.time_limit_seconds)
    return fail("--notify-signal comes before the time limit: give --time-limit, too", ErrorKind::usage);
  if (early->before_seconds >= *policy.time_limit_seconds)
    return fail("--notify-signal would come before the run starts: its time is longer than --time-limit",
                ErrorKind::usage);
  policy.early_signal = *early;
  return {};
}

Result<std::vector<std::string>> ids_of(const std::vector<std::string>& names) {
  Result<std::vector<RunRecord>> runs = find_runs(names, Naming::exact, RunUse::after);
  if (!runs) return pass(std::move(runs));
  std::vector<std::string> ids;
  for (const RunRecord& run : *runs) ids.push_back(run.id);
  return ids;
}

}  // namespace

Result<RunPolicy> policy_of(const PolicyWish& wish) {
  RunPolicy policy = wish.policy;
  Result<RestartPolicy> restart = parse_restart(wish.restart);
  if (!restart) return pass(std::move(restart));
  policy.restart = *restart;
  Result<double> backoff = parse_duration(wish.backoff);
  if (!backoff) return pass(std::move(backoff));
  policy.restart.backoff_seconds = *backoff;
  if (Result<void> set = set_time_limit(wish, policy); !set) return pass(std::move(set));
  Result<std::vector<std::string>> after = ids_of(wish.after);
  if (!after) return pass(std::move(after));
  Result<std::vector<std::string>> after_success = ids_of(wish.after_success);
  if (!after_success) return pass(std::move(after_success));
  policy.queue.after = std::move(*after);
  policy.queue.after_success = std::move(*after_success);
  if (wish.max_parallel == 0U) return fail("--max-parallel 0 would never start it", ErrorKind::usage);
  policy.queue.max_parallel = static_cast<unsigned>(wish.max_parallel.value_or(0));
  if (!wish.gpus.empty()) {
    Result<GpuWant> gpus = want_gpus(wish.gpus);
    if (!gpus) return pass(std::move(gpus));
    policy.queue.gpus = std::move(*gpus);
  }
  return policy;
}

}  // namespace vigie::act
