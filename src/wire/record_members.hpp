// The names of a record's members in its JSON, listed once for writing and reading.
#pragma once

#include "model/run.hpp"
#include "wire/archive.hpp"
#include "wire/json_members.hpp"

namespace vigie {

using wire::Is;

[[nodiscard]] std::string_view kind_name(ExitRecord::Kind kind);
[[nodiscard]] std::optional<ExitRecord::Kind> kind_named(std::string_view name);

void members(auto& at, Is<ProcessId> auto& v) {
  at.always("pid", v.pid);
  at.always("start_ticks", v.start_ticks);
}

void members(auto& at, Is<ProcessSpace> auto& v) {
  at.always("host", v.host);
  at.always("machine_id", v.machine_id);
  at.always("boot_id", v.boot_id);
  at.always("pid_namespace", v.pid_namespace);
  at.always("time_namespace", v.time_namespace);
}

// --- what it was asked to do

void members(auto& at, Is<RunStart> auto& v) {
  at.seldom("nice", v.nice);
  at.seldom("io_priority", v.io_priority);
  at.seldom("cpus", v.cpus);
  at.seldom("memory_bytes", v.memory_bytes);
  at.seldom("own_group", v.own_group, true);
  at.seldom("terminal_rows", v.terminal_rows);
  at.seldom("terminal_columns", v.terminal_columns);
}

void members(auto& at, Is<Hooks> auto& v) {
  at.always("on_start", v.on_start);
  at.always("on_stop", v.on_stop);
  at.always("on_exit", v.on_exit);
  at.always("notify", v.notify);
}

void members(auto& at, Is<RunPolicy> auto& v) {
  at.word("restart", v.restart.when, name_of, restart_named);
  at.always("restart_limit", v.restart.limit);
  at.always("backoff_seconds", v.restart.backoff_seconds);
  at.always("resume_command", v.resume_command);
  members(at, v.hooks);
  at.always("notify_terminals", v.notify_terminals);
  at.always("after", v.queue.after);
  at.always("after_success", v.queue.after_success);
  at.always("max_parallel", v.queue.max_parallel);
  at.seldom("gpus", v.queue.gpus.count);
  at.seldom("gpu_uuids", v.queue.gpus.uuids);
  at.seldom("time_limit_seconds", v.time_limit_seconds);
  EarlySignal early = v.early_signal.value_or(EarlySignal{});
  at.seldom("early_signal", early.signal);
  at.seldom("early_signal_before_seconds", early.before_seconds);
  if constexpr (!std::is_const_v<std::remove_reference_t<decltype(v)>>) {
    if (early.signal > 0) v.early_signal = early;
  }
}

void members(auto& at, Is<RunSpec> auto& v) {
  at.always("command", v.command);
  at.always("cwd", v.cwd);
  at.always("environment", v.environment);
  at.always("pty", v.pty);
  at.always("stop_signal", v.stop_signal);
  at.always("grace_seconds", v.grace_seconds);
  members(at, v.start);
  at.always("log_max_bytes", v.log_max_bytes);
  at.seldom("progress_pattern", v.progress_pattern);
  at.object("policy", v.policy);
}

// --- what became of it

void members(auto& at, Is<RunGroup> auto& v) {
  at.seldom("directory", v.directory);
  at.seldom("reason", v.reason);
}

void members(auto& at, Is<StopAction> auto& v) {
  at.always("pid", v.pid);
  at.always("command", v.command);
  at.always("action", v.action);
  at.always("result", v.result);
}

void members(auto& at, Is<CheckpointFile> auto& v) {
  at.always("path", v.path);
  at.always("size_bytes", v.bytes);
  at.always("growing", v.growing);
}

void members(auto& at, Is<StopReport> auto& v) {
  at.seldom("extended_seconds", v.extended_seconds);
  at.list("actions", v.actions);
  at.list("checkpoint", v.checkpoint);
}

void members(auto& at, Is<StopRequest> auto& v) {
  at.always("signal", v.signal);
  at.always("grace_seconds", v.grace_seconds);
  at.always("wall_ns", v.wall_ns);
  at.always("reason", v.reason);
  at.seldom("wait_checkpoint", v.wait_checkpoint);
  at.seldom("by_root", v.by_root);
  at.seldom("found_doing", v.found_doing);
  members(at, v.report);
}

void members(auto& at, Is<SentSignal> auto& v) {
  at.always("signal", v.signal);
  at.always("by_root", v.by_root);
  at.always("wall_ns", v.wall_ns);
}

void members(auto& at, Is<ExitRecord> auto& v) {
  at.word("kind", v.kind, kind_name, kind_named);
  at.always("value", v.value);
  at.always("core_dumped", v.core_dumped);
  at.always("out_of_memory", v.out_of_memory);
  at.always("wall_ns", v.wall_ns);
  at.always("reason", v.reason);
  at.seldom("oom_kills", v.oom_kills);
  at.seldom("address_space_bytes", v.address_space_bytes);
  at.seldom("data_bytes", v.data_bytes);
}

void members(auto& at, Is<Progress> auto& v) {
  at.always("line", v.line);
  at.always("wall_ns", v.wall_ns);
  at.numbers("metrics", "metrics_not_finite", v.metrics);
  at.seldom("step", v.step);
  at.seldom("total", v.total);
  at.seldom("epoch", v.epoch);
  at.seldom("epochs", v.epochs);
  at.seldom("percent", v.percent);
  at.seldom("eta_of_run", v.eta_of_run);
  at.seldom("unit", v.unit);
  at.seldom("rate_per_second", v.rate_per_second);
  at.seldom("eta_seconds", v.eta_seconds);
  at.seldom("measured_rate_per_second", v.measured_rate_per_second);
  at.seldom("longest_gap_seconds", v.longest_gap_seconds);
}

/// How an attempt went.
void attempt_members(auto& at, Is<RunRecord> auto& v) {
  at.always("attempt", v.attempt);
  at.word("state", v.state, name_of, run_state_named);
  at.always("started_wall_ns", v.started_wall_ns);
  at.seldom("oom_kills_before", v.oom_kills_before);
  at.object("exit", v.exit);
  at.advice("last_progress", v.last_progress);
}

void members(auto& at, Is<RunRecord> auto& v) {
  at.always("id", v.id);
  at.always("name", v.name);
  attempt_members(at, v);
  members(at, v.place);
  at.always("created_wall_ns", v.created_wall_ns);
  at.object("holder", v.holder);
  at.object("shim", v.recorder);
  at.object("leader", v.leader);
  members(at, v.spec);
  at.always("early_signal_sent", v.early_signal_sent);
  at.always("failures_in_a_row", v.failures_in_a_row);
  at.always("not_before_wall_ns", v.not_before_wall_ns);
  at.always("waits_for", v.waits_for);
  at.seldom("gpus", v.gpus);
  at.always("adopted", v.adopted);
  at.seldom("adopted_uid", v.adopted_uid);
  at.seldom("never_again", v.never_again);
  std::optional<RunGroup> group;
  if (!v.group.directory.empty() || !v.group.reason.empty()) group = v.group;  // none was wanted: none is written
  at.object("cgroup", group);
  if constexpr (!std::is_const_v<std::remove_reference_t<decltype(v)>>) v.group = group.value_or(RunGroup{});
  at.object("stop", v.stop);
  at.object("signalled", v.signalled);
}

}  // namespace vigie
