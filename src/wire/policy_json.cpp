#include "wire/policy_json.hpp"

#include <nlohmann/json.hpp>

#include "wire/json_fields.hpp"

namespace vigie::wire {

using nlohmann::json;

json policy_to_json(const RunPolicy& policy) {
  json into{{"restart", name_of(policy.restart.when)},
            {"restart_limit", policy.restart.limit},
            {"backoff_seconds", policy.restart.backoff_seconds},
            {"resume_command", policy.resume_command},
            {"on_start", policy.hooks.on_start},
            {"on_stop", policy.hooks.on_stop},
            {"on_exit", policy.hooks.on_exit},
            {"notify", policy.hooks.notify},
            {"notify_terminals", policy.notify_terminals},
            {"after", policy.queue.after},
            {"after_success", policy.queue.after_success},
            {"max_parallel", policy.queue.max_parallel}};
  if (policy.queue.gpus.count > 0) {
    into["gpus"] = policy.queue.gpus.count;
    into["gpu_uuids"] = policy.queue.gpus.uuids;
  }
  if (policy.time_limit_seconds) into["time_limit_seconds"] = *policy.time_limit_seconds;
  if (policy.early_signal) {
    into["early_signal"] = policy.early_signal->signal;
    into["early_signal_before_seconds"] = policy.early_signal->before_seconds;
  }
  return into;
}

RunPolicy policy_from_json(const json& from) {
  RunPolicy policy;
  std::string restart;
  take(from, "restart", restart);
  policy.restart.when = restart_named(restart).value_or(RestartPolicy::When::no);
  take(from, "restart_limit", policy.restart.limit);
  take(from, "backoff_seconds", policy.restart.backoff_seconds);
  take(from, "resume_command", policy.resume_command);
  take(from, "on_start", policy.hooks.on_start);
  take(from, "on_stop", policy.hooks.on_stop);
  take(from, "on_exit", policy.hooks.on_exit);
  take(from, "notify", policy.hooks.notify);
  take(from, "notify_terminals", policy.notify_terminals);
  take(from, "after", policy.queue.after);
  take(from, "after_success", policy.queue.after_success);
  take(from, "max_parallel", policy.queue.max_parallel);
  take(from, "gpus", policy.queue.gpus.count);
  take(from, "gpu_uuids", policy.queue.gpus.uuids);
  take(from, "time_limit_seconds", policy.time_limit_seconds);
  EarlySignal early;
  take(from, "early_signal", early.signal);
  take(from, "early_signal_before_seconds", early.before_seconds);
  if (early.signal > 0) policy.early_signal = early;
  return policy;
}

}  // namespace vigie::wire
