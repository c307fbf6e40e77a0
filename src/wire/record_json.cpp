// The record of a run as JSON. Schema version 2: texts that are not UTF-8 are escaped (json_text.hpp), where version 1
// lost their bytes. Readers ignore what they do not know.
#include <algorithm>
#include <cmath>
#include <limits>

#include <nlohmann/json.hpp>

#include "model/metric_order.hpp"
#include "wire/json_fields.hpp"
#include "wire/json_text.hpp"
#include "wire/policy_json.hpp"
#include "wire/progress_json.hpp"
#include "wire/run_control_json.hpp"
#include "wire/run_directory.hpp"

namespace vigie::wire {
namespace {

using nlohmann::json;

constexpr int schema_version = 2, first_escaped_version = 2;

template <class T>
void put(json& into, const char* name, const std::optional<T>& value) {
  if (value) into[name] = *value;
}

json process_to_json(ProcessId id) {
  return {{"pid", id.pid}, {"start_ticks", id.start_ticks}};
}

ProcessId process_from_json(const json& from, const char* name) {
  ProcessId id;
  if (const auto found = from.find(name); found != from.end()) {
    take(*found, "pid", id.pid);
    take(*found, "start_ticks", id.start_ticks);
  }
  return id;
}

ProcessSpace place_from_json(const json& from) {
  ProcessSpace place;
  take(from, "host", place.host);
  take(from, "machine_id", place.machine_id);
  take(from, "boot_id", place.boot_id);
  take(from, "pid_namespace", place.pid_namespace);
  take(from, "time_namespace", place.time_namespace);
  return place;
}

std::string_view name_of(ExitRecord::Kind kind) {
  switch (kind) {
    case ExitRecord::Kind::code: return "code";
    case ExitRecord::Kind::signal: return "signal";
    case ExitRecord::Kind::unknown: break;
  }
  return "unknown";
}

json exit_to_json(const ExitRecord& exit) {
  json into{{"kind", name_of(exit.kind)},          {"value", exit.value},     {"core_dumped", exit.core_dumped},
            {"out_of_memory", exit.out_of_memory}, {"wall_ns", exit.wall_ns}, {"reason", exit.reason}};
  if (exit.oom_kills) into["oom_kills"] = *exit.oom_kills;
  if (exit.address_space_bytes != 0) into["address_space_bytes"] = exit.address_space_bytes;
  if (exit.data_bytes != 0) into["data_bytes"] = exit.data_bytes;
  return into;
}

ExitRecord exit_from_json(const json& from) {
  ExitRecord exit;
  std::string kind;
  take(from, "kind", kind);
  if (kind == "code") exit.kind = ExitRecord::Kind::code;
  if (kind == "signal") exit.kind = ExitRecord::Kind::signal;
  take(from, "value", exit.value);
  take(from, "core_dumped", exit.core_dumped);
  take(from, "out_of_memory", exit.out_of_memory);
  take(from, "wall_ns", exit.wall_ns);
  take(from, "reason", exit.reason);
  take(from, "oom_kills", exit.oom_kills);
  take(from, "address_space_bytes", exit.address_space_bytes);
  take(from, "data_bytes", exit.data_bytes);
  return exit;
}

/// As vigie names runs: they are parts of paths, of tmux targets and of control groups, and are shown everywhere.
bool is_a_word(std::string_view name) {
  constexpr std::size_t longest = 300;
  static constexpr std::string_view others = "-_.";
  return !name.empty() && name.size() <= longest && !others.contains(name.front()) &&
         std::ranges::all_of(name, [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || others.contains(c);
         });
}

RunRecord parse(json from) {
  RunRecord record;
  int version = 0;
  take(from, "vigie", version);
  if (version >= first_escaped_version) unescape_texts(from);
  take(from, "id", record.id);
  take(from, "name", record.name);
  take(from, "attempt", record.attempt);
  take(from, "command", record.spec.command);
  take(from, "cwd", record.spec.cwd);
  take(from, "environment", record.spec.environment);
  take(from, "pty", record.spec.pty);
  take(from, "stop_signal", record.spec.stop_signal);
  take(from, "grace_seconds", record.spec.grace_seconds);
  take_start(from, record.spec.start);
  take(from, "log_max_bytes", record.spec.log_max_bytes);
  take(from, "progress_pattern", record.spec.progress_pattern);
  if (const auto policy = from.find("policy"); policy != from.end()) record.spec.policy = policy_from_json(*policy);
  take(from, "early_signal_sent", record.early_signal_sent);
  take(from, "failures_in_a_row", record.failures_in_a_row);
  take(from, "not_before_wall_ns", record.not_before_wall_ns);
  take(from, "waits_for", record.waits_for);
  take(from, "gpus", record.gpus);
  take(from, "adopted", record.adopted);
  take(from, "adopted_uid", record.adopted_uid);
  take(from, "never_again", record.never_again);
  std::string state;
  take(from, "state", state);
  record.state = run_state_named(state).value_or(RunState::lost);
  record.place = place_from_json(from);
  take(from, "created_wall_ns", record.created_wall_ns);
  take(from, "started_wall_ns", record.started_wall_ns);
  record.holder = process_from_json(from, "holder");
  record.recorder = process_from_json(from, "shim");
  record.leader = process_from_json(from, "leader");
  if (const auto stop = from.find("stop"); stop != from.end()) record.stop = stop_from_json(*stop);
  if (const auto sent = from.find("signalled"); sent != from.end()) {
    record.signalled.emplace();
    take(*sent, "signal", record.signalled->signal);
    take(*sent, "by_root", record.signalled->by_root);
    take(*sent, "wall_ns", record.signalled->wall_ns);
  }
  take(from, "oom_kills_before", record.oom_kills_before);
  take_group(from, record.group);
  if (const auto exit = from.find("exit"); exit != from.end()) record.exit = exit_from_json(*exit);
  if (const auto last = from.find("last_progress"); last != from.end())
    record.last_progress = progress_from_json(*last);
  return record;
}

void take_not_finite(const json& from, Progress& progress) {
  const auto found = from.find("metrics_not_finite");
  if (found == from.end() || !found->is_object()) return;
  for (const auto& [name, text] : found->items()) {
    if (text == "nan") progress.metrics[name] = std::numeric_limits<double>::quiet_NaN();
    if (text == "inf") progress.metrics[name] = std::numeric_limits<double>::infinity();
    if (text == "-inf") progress.metrics[name] = -std::numeric_limits<double>::infinity();
  }
}

}  // namespace

/// JSON has no NaN: what is no number is kept beside the metrics, where a reader that knows numbers alone passes it
/// over.
json progress_to_json(const Progress& progress) {
  json into{{"line", progress.line}, {"wall_ns", progress.wall_ns}, {"metrics", json::object()}};
  for (const auto& [name, value] : progress.metrics) {
    if (std::isfinite(value)) {
      into["metrics"][name] = value;
    } else {
      into["metrics_not_finite"][name] = text_of_not_finite(value);
    }
  }
  put(into, "step", progress.step);
  put(into, "total", progress.total);
  put(into, "epoch", progress.epoch);
  put(into, "epochs", progress.epochs);
  put(into, "percent", progress.percent);
  if (progress.eta_of_run) into["eta_of_run"] = true;
  if (!progress.unit.empty()) into["unit"] = progress.unit;
  put(into, "rate_per_second", progress.rate_per_second);
  put(into, "eta_seconds", progress.eta_seconds);
  put(into, "measured_rate_per_second", progress.measured_rate_per_second);
  put(into, "longest_gap_seconds", progress.longest_gap_seconds);
  return into;
}

Progress progress_from_json(const json& from) {
  Progress progress;
  try {
    take(from, "line", progress.line);
    take(from, "wall_ns", progress.wall_ns);
    take(from, "metrics", progress.metrics);
    take_not_finite(from, progress);
    take(from, "step", progress.step);
    take(from, "total", progress.total);
    take(from, "epoch", progress.epoch);
    take(from, "epochs", progress.epochs);
    take(from, "percent", progress.percent);
    take(from, "eta_of_run", progress.eta_of_run);
    take(from, "unit", progress.unit);
    take(from, "rate_per_second", progress.rate_per_second);
    take(from, "eta_seconds", progress.eta_seconds);
    take(from, "measured_rate_per_second", progress.measured_rate_per_second);
    take(from, "longest_gap_seconds", progress.longest_gap_seconds);
  } catch (const json::exception&) {
    // what was read so far stands: progress is advice, never worth failing for
  }
  return progress;
}

std::string to_json(const RunRecord& record) {
  json into{{"vigie", schema_version},
            {"id", record.id},
            {"name", record.name},
            {"attempt", record.attempt},
            {"command", record.spec.command},
            {"cwd", record.spec.cwd},
            {"environment", record.spec.environment},
            {"pty", record.spec.pty},
            {"stop_signal", record.spec.stop_signal},
            {"grace_seconds", record.spec.grace_seconds},
            {"log_max_bytes", record.spec.log_max_bytes},
            {"state", vigie::name_of(record.state)},
            {"host", record.place.host},
            {"machine_id", record.place.machine_id},
            {"boot_id", record.place.boot_id},
            {"pid_namespace", record.place.pid_namespace},
            {"time_namespace", record.place.time_namespace},
            {"created_wall_ns", record.created_wall_ns},
            {"started_wall_ns", record.started_wall_ns},
            {"holder", process_to_json(record.holder)},
            {"shim", process_to_json(record.recorder)},
            {"leader", process_to_json(record.leader)},
            {"policy", policy_to_json(record.spec.policy)},
            {"early_signal_sent", record.early_signal_sent},
            {"failures_in_a_row", record.failures_in_a_row},
            {"not_before_wall_ns", record.not_before_wall_ns},
            {"waits_for", record.waits_for},
            {"adopted", record.adopted}};
  put(into, "adopted_uid", record.adopted_uid);
  if (!record.spec.progress_pattern.empty()) into["progress_pattern"] = record.spec.progress_pattern;
  if (!record.never_again.empty()) into["never_again"] = record.never_again;
  if (!record.gpus.empty()) into["gpus"] = record.gpus;
  put_start(into, record.spec.start);
  if (!record.group.directory.empty() || !record.group.reason.empty()) into["cgroup"] = group_to_json(record.group);
  if (record.stop) into["stop"] = stop_to_json(*record.stop);
  if (record.signalled) {
    into["signalled"] = {{"signal", record.signalled->signal},
                         {"by_root", record.signalled->by_root},
                         {"wall_ns", record.signalled->wall_ns}};
  }
  if (record.oom_kills_before) into["oom_kills_before"] = *record.oom_kills_before;
  if (record.exit) into["exit"] = exit_to_json(*record.exit);
  if (record.last_progress) into["last_progress"] = progress_to_json(*record.last_progress);
  return json_text(std::move(into), 1) + "\n";
}

std::string wish_to_json(unsigned attempt, const StopRequest& stop) {
  return json_text({{"vigie", schema_version}, {"attempt", attempt}, {"stop", stop_to_json(stop)}}, 1) + "\n";
}

std::optional<StopRequest> wish_from_json(std::string_view text, unsigned attempt) {
  try {
    const json from = parse_json(text);
    unsigned of = 0;
    take(from, "attempt", of);
    if (of != attempt) return std::nullopt;
    return stop_from_json(from.at("stop"));
  } catch (const json::exception&) {
    return std::nullopt;
  }
}

std::string attempt_to_json(const RunRecord& record) {
  json into{{"attempt", record.attempt},
            {"state", vigie::name_of(record.state)},
            {"started_wall_ns", record.started_wall_ns}};
  if (record.oom_kills_before) into["oom_kills_before"] = *record.oom_kills_before;
  if (record.exit) into["exit"] = exit_to_json(*record.exit);
  if (record.last_progress) into["last_progress"] = progress_to_json(*record.last_progress);
  return json_text(std::move(into)) + "\n";
}

bool add_end_from_json(std::string_view text, RunRecord& record) {
  try {
    const json from = parse_json(text);
    unsigned attempt = 0;
    std::string state;
    take(from, "attempt", attempt);
    take(from, "state", state);
    const std::optional<RunState> named = run_state_named(state);
    if (attempt != record.attempt || !named || !is_over(*named) || !from.contains("exit")) return false;
    record.exit = exit_from_json(from.at("exit"));
    record.state = *named;
    return true;
  } catch (const json::exception&) {
    return false;
  }
}

Result<RunRecord> record_from_json(std::string_view text) {
  json document = json::parse(text, nullptr, false);
  if (document.is_discarded()) return fail("not the record of a run: it is no JSON");
  try {
    RunRecord record = parse(std::move(document));
    if (!is_a_word(record.id) || (!record.name.empty() && !is_a_word(record.name)))
      return fail("not the record of a run");
    return record;
  } catch (const json::exception& error) {
    return fail(std::string("not the record of a run: ") + error.what());
  }
}

}  // namespace vigie::wire
