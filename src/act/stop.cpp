#include "act/stop.hpp"

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <future>
#include <set>

#include <fmt/format.h>

#include "act/run_life.hpp"
#include "act/stop_ways.hpp"
#include "act/written_files.hpp"
#include "base/clock.hpp"
#include "base/text.hpp"
#include "base/units.hpp"
#include "control/process.hpp"
#include "control/signal_course.hpp"
#include "wire/run_directory.hpp"

namespace vigie::act {
namespace {

double grace_of(const StopWish& wish, const RunRecord* record) {
  constexpr double usual_seconds = 30;
  if (wish.kill) return 0;
  return wish.grace_seconds.value_or(record != nullptr ? record->spec.grace_seconds : usual_seconds);
}

int signal_of(const StopWish& wish, const RunRecord* record) {
  if (wish.kill) return SIGKILL;
  return record != nullptr ? record->spec.stop_signal : SIGTERM;
}

/// Resources that a target may leave, remembered while it is alive.
struct Traces {
  Traces(const StopOrder& order, const std::vector<ProcessId>& tree, const Result<Frame>& open)
      : written(order.frame, order.target, tree, open),
        shared(order.frame, tree, open),
        gpu(open, tree, order.record != nullptr && !order.record->gpus.empty()) {}

  WrittenFiles written;
  SharedLeftovers shared;
  GpuLeftovers gpu;
};

Traces traces_of(const StopOrder& order) {
  const std::vector<ProcessId> tree = tree_of(order.frame, order.target);
  return {order, tree, frame_in_depth(tree, proc::Detail::files)};
}

/// Only vigie's own files tell how a run's main process ended.
void tell_leaders_end(const StopOrder& order, Stopped& stopped) {
  const RunRecord& record = *order.record;
  const Result<RunRecord> ended = wire::read_record(record.directory);
  auto row = std::ranges::find_if(
      stopped.rows, [&](const ActionRow& one) { return one.id.pid == record.leader.pid && one.action != "kill"; });
  if (row == stopped.rows.end()) {
    const std::string command = command_of(order.frame, record.leader);
    row = stopped.rows.insert(stopped.rows.begin(),
                              {record.leader, command, signal_action(order.request.signal), "still there"});
  }
  if (ended && ended->exit) row->result = "ended, " + describe(*ended->exit);
}

void add_left(const Frame& frame, const Target& target, Stopped& stopped) {
  if (target.processes.empty()) return;
  for (const ProcessId& id : lister_of(frame, target)().processes) {
    std::string reason = control::why_it_survives(id);
    if (!reason.empty()) stopped.left.push_back({id, command_of(frame, id), std::move(reason)});
  }
}

/// Of all processes that were seen.
void add_gpu_memory(GpuLeftovers& gpu, Stopped& stopped) {
  for (const ActionRow& row : stopped.rows) gpu.add(row.id.pid);
  std::set<pid_t> alive;
  for (const Survivor& one : stopped.left) alive.insert(one.id.pid);
  stopped.gpu_memory = gpu.now(alive);
}

/// Marks a file that was being written when its writer was killed: within the last two seconds, by its own time.
void add_written(const WrittenFiles& written, Stopped& stopped) {
  const bool killed = std::ranges::find(stopped.rows, "kill", &ActionRow::action) != stopped.rows.end();
  const std::optional<std::vector<WrittenFile>> files = written.since_start();
  stopped.files_unknown = !files;
  for (const WrittenFile& file : files.value_or(std::vector<WrittenFile>{})) {
    const auto known = std::ranges::find(stopped.files, file.path, &SavedFile::path);
    if (known != stopped.files.end()) {
      known->writer = file.writer;
      continue;
    }
    const bool lately = now().wall_ns - file.modified_wall_ns < 2 * nanoseconds_per_second;
    stopped.files.push_back({{.path = file.path, .bytes = file.bytes, .growing = killed && lately}, file.writer});
  }
}

/// A run with no process left may have a recorder that no longer answers, because it writes down how the run ended.
std::optional<RunRecord> ended_meanwhile(const RunRecord* record) {
  constexpr double patience_seconds = 5;
  if (record == nullptr) return std::nullopt;
  if (const Result<Fd> recorder = control::open_process(record->recorder))
    (void)control::wait_for_end(*recorder, patience_seconds);
  Result<RunRecord> newer = wire::read_record(record->directory);
  return newer && is_over(newer->state) ? std::optional(std::move(*newer)) : std::nullopt;
}

std::unexpected<Error> over_already(const RunRecord& record) {
  return fail(fmt::format("run {} is over already ({})", record.name, describe_end(record)));
}

RunState state_of(const StopOrder& order) {
  return order.target.run ? order.frame.view.runs[*order.target.run].state : RunState::running;
}

/// A run that is over with nothing left of it, and one that another machine keeps.
Result<void> refuse_unreachable(const StopOrder& order) {
  if (order.record == nullptr) return {};
  if (is_over(state_of(order)) && order.target.processes.empty()) {
    RunRecord ended = *order.record;
    ended.state = state_of(order);
    return over_already(ended);
  }
  if (!same_machine(order.record->place, this_process_space()))
    return nothing_to_act_on(order.frame, order.target, "stop");
  return {};
}

/// By its recorder, or if that fails, from here.
Result<void> carry_out(const StopOrder& order, WrittenFiles& written, StopProgress& progress, Stopped& stopped) {
  if (order.record != nullptr && !is_over(state_of(order)) &&
      stop_supervised(order, written, progress, stopped).has_value()) {
    if (!order.record->exit) tell_leaders_end(order, stopped);
    return {};
  }
  if (state_of(order) == RunState::elsewhere) return nothing_to_act_on(order.frame, order.target, "stop");
  if (!order.target.processes.empty()) return stop_observed(order, written, progress, stopped);
  if (const std::optional<RunRecord> ended = ended_meanwhile(order.record)) return over_already(*ended);
  return fail("cannot stop " + order.target.label + ": nothing of it is alive and its keeper does not answer");
}

}  // namespace

Result<StopRequest> stop_request(const StopWish& wish, const RunRecord* record) {
  StopRequest request{
      .signal = signal_of(wish, record), .grace_seconds = grace_of(wish, record), .wall_ns = now().wall_ns};
  if (wish.wait_checkpoint.empty()) return request;
  std::error_code error;
  request.wait_checkpoint = std::filesystem::canonical(wish.wait_checkpoint, error).string();
  if (error || !std::filesystem::is_directory(request.wait_checkpoint, error)) {
    return fail(fmt::format("cannot wait for a checkpoint in {}: it is no directory that can be read",
                            safe_text(wish.wait_checkpoint)),
                ErrorKind::usage);
  }
  return request;
}

Result<Stopped> stop(const Frame& frame, const Target& target, const StopWish& wish, StopProgress& progress) {
  const RunRecord* const record = record_of(frame, target);
  ASSIGN_OR_RETURN(StopRequest request, stop_request(wish, record));
  const StopOrder order{frame, target, record, std::move(request), wish.no_kill};
  RETURN_IF_ERROR(refuse_unreachable(order));
  Traces traces = traces_of(order);
  Stopped stopped{.label = target.label, .no_kill = wish.no_kill};
  RETURN_IF_ERROR(carry_out(order, traces.written, progress, stopped));
  add_left(frame, target, stopped);
  add_written(traces.written, stopped);
  stopped.shared = traces.shared.now();
  add_gpu_memory(traces.gpu, stopped);
  return stopped;
}

std::vector<Result<Stopped>> stop_all(const Frame& frame, const std::vector<Target>& targets, const StopWish& wish,
                                      StopProgress& progress) {
  std::vector<std::future<Result<Stopped>>> under_way;
  for (const Target& target : targets) {
    const auto policy = targets.size() > 1 ? std::launch::async : std::launch::deferred;
    under_way.push_back(std::async(policy, [&] { return stop(frame, target, wish, progress); }));
  }
  std::vector<Result<Stopped>> stopped;
  for (std::future<Result<Stopped>>& one : under_way) stopped.push_back(one.get());
  return stopped;
}

namespace {

/// Processes that get the signal, too, when the main process does not pass it on.
void plan_listeners(const Frame& frame, const std::vector<ProcessId>& tree, int signal, Acted& plan) {
  const ProcessId leader = plan.rows.front().id;
  for (const control::Listener& other : control::listeners_of(tree, signal)) {
    if (other.id != leader && other.takes == control::Takes::handles)
      plan.rows.push_back({other.id, command_of(frame, other.id), signal_action(signal),
                           "would be done if the process above it does not pass it on"});
  }
}

}  // namespace

Result<Acted> plan_stop(const Frame& frame, const Target& target, const StopWish& wish) {
  const Result<StopRequest> request = stop_request(wish, record_of(frame, target));
  RETURN_IF_ERROR(request);
  if (target.processes.empty()) return nothing_to_act_on(frame, target, "stop");
  const std::vector<ProcessId> tree = tree_of(frame, target);
  const ProcessId leader = identities(frame, target).front();
  Acted plan{.rows = {{leader, command_of(frame, leader), signal_action(request->signal), "would be done"}}};
  if (!wish.kill) plan_listeners(frame, tree, request->signal, plan);
  if (wish.no_kill) return plan;
  const std::string later =
      wish.kill ? "would be done" : "would be done if it is left after " + human_duration(request->grace_seconds);
  for (const ProcessId& id : tree) {
    if (!wish.kill || id != leader) plan.rows.push_back({id, command_of(frame, id), "kill", later});
  }
  return plan;
}

}  // namespace vigie::act
