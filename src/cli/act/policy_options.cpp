#include "cli/act/policy_options.hpp"

#include <fmt/format.h>

#include "act/runs_by_name.hpp"
#include "act/signal.hpp"
#include "base/number.hpp"
#include "base/text.hpp"
#include "base/units.hpp"
#include "cli/act/gpu_option.hpp"
#include "cli/command.hpp"

namespace vigie::cli {
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
  Result<int> signal = act::parse_signal(text.substr(0, at));
  if (!signal) return pass(std::move(signal));
  Result<double> before = parse_duration(text.substr(at + 1));
  if (!before) return pass(std::move(before));
  return EarlySignal{.signal = *signal, .before_seconds = *before};
}

Result<void> set_time_limit(const PolicyOptions& options, RunPolicy& policy) {
  if (!options.time_limit.empty()) {
    Result<double> limit = parse_duration(options.time_limit);
    if (!limit) return pass(std::move(limit));
    policy.time_limit_seconds = *limit;
  }
  if (options.notify_signal.empty()) return {};
  Result<EarlySignal> early = parse_early_signal(options.notify_signal);
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
  Result<std::vector<RunRecord>> runs = act::find_runs(names, act::Naming::exact, act::RunUse::after);
  if (!runs) return pass(std::move(runs));
  std::vector<std::string> ids;
  for (const RunRecord& run : *runs) ids.push_back(run.id);
  return ids;
}

}  // namespace

void add_policy_options(Command& command, PolicyOptions& options) {
  RunPolicy& policy = options.policy;
  command.option("--restart", options.restart, "no, on-failure[:N] or always: start again when it ended")
      .show_default();
  command.option("--backoff", options.backoff, "pause before the first restart; doubles with each failure in a row")
      .show_default();
  command.option("--resume-cmd", policy.resume_command, "command line for /bin/sh from the second attempt on");
  command.option("--time-limit", options.time_limit, "stop each attempt after this time");
  command.option("--notify-signal", options.notify_signal, "SIGNAL@BEFORE: signal this long before the time limit");
  command.option("--on-start", policy.hooks.on_start, "command for /bin/sh when it has started");
  command.option("--on-stop", policy.hooks.on_stop, "the same when it is asked to stop");
  command.option("--on-exit", policy.hooks.on_exit, "the same when an attempt ended; VIGIE_EXIT_REASON says how");
  command.option("--notify", policy.hooks.notify, "the same when all is over, with one sentence on its standard input");
  command.flag("--notify-terminals", policy.notify_terminals, "that sentence on your other terminals");
  command.option("--after", options.after, "start when this run is over").repeatable().value_name("RUN");
  command.option("--after-success", options.after_success, "start when this run has succeeded, else not at all")
      .repeatable()
      .value_name("RUN");
  command.option("--max-parallel", options.max_parallel, "start only while fewer of your runs are alive");
  command
      .option("--gpus", options.gpus,
              "start when so many GPUs are free, or these (0,3; UUIDs), and let it see no others")
      .value_name("N|IDS");
}

Result<RunPolicy> policy_of(const PolicyOptions& options) {
  RunPolicy policy = options.policy;
  Result<RestartPolicy> restart = parse_restart(options.restart);
  if (!restart) return pass(std::move(restart));
  policy.restart = *restart;
  Result<double> backoff = parse_duration(options.backoff);
  if (!backoff) return pass(std::move(backoff));
  policy.restart.backoff_seconds = *backoff;
  if (Result<void> set = set_time_limit(options, policy); !set) return pass(std::move(set));
  Result<std::vector<std::string>> after = ids_of(options.after);
  if (!after) return pass(std::move(after));
  Result<std::vector<std::string>> after_success = ids_of(options.after_success);
  if (!after_success) return pass(std::move(after_success));
  policy.queue.after = std::move(*after);
  policy.queue.after_success = std::move(*after_success);
  if (options.max_parallel == 0U) return fail("--max-parallel 0 would never start it", ErrorKind::usage);
  policy.queue.max_parallel = static_cast<unsigned>(options.max_parallel.value_or(0));
  if (!options.gpus.empty()) {
    Result<GpuWant> gpus = want_gpus(options.gpus);
    if (!gpus) return pass(std::move(gpus));
    policy.queue.gpus = std::move(*gpus);
  }
  return policy;
}

}  // namespace vigie::cli
