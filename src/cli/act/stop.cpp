// vigie stop and vigie kill: end a run and everything it left.
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <future>
#include <memory>
#include <optional>
#include <set>

#include <fmt/format.h>

#include "act/gpu_leftovers.hpp"
#include "act/run_life.hpp"
#include "act/written_files.hpp"
#include "base/clock.hpp"
#include "base/text.hpp"
#include "base/units.hpp"
#include "cli/act/acting.hpp"
#include "cli/act/stop_observed.hpp"
#include "cli/act/stop_report.hpp"
#include "cli/command.hpp"
#include "cli/say.hpp"
#include "cli/worst.hpp"
#include "control/grace.hpp"
#include "control/process.hpp"
#include "control/signal_course.hpp"
#include "keep/stop/run_tree.hpp"
#include "wire/keepers.hpp"
#include "wire/run_directory.hpp"
#include "wire/socket.hpp"

namespace vigie::cli {
namespace {

constexpr double look_seconds = 0.25;

struct Options : ActingOptions {
  std::string grace, wait_checkpoint;
  bool no_kill = false;
  bool kill = false;  ///< vigie kill
};

Result<double> grace_of(const Options& options, const RunRecord* record) {
  if (options.kill) return 0.0;
  if (!options.grace.empty()) return parse_duration(options.grace);
  return record != nullptr ? record->spec.grace_seconds : 30.0;
}

Result<StopRequest> request_of(const Options& options, const RunRecord* record) {
  Result<double> grace = grace_of(options, record);
  if (!grace) return pass(std::move(grace));
  StopRequest request{.signal = SIGTERM, .grace_seconds = *grace, .wall_ns = now().wall_ns};
  if (record != nullptr) request.signal = record->spec.stop_signal;
  if (options.kill) request.signal = SIGKILL;
  if (options.wait_checkpoint.empty()) return request;
  std::error_code error;
  request.wait_checkpoint = std::filesystem::canonical(options.wait_checkpoint, error).string();
  if (error || !std::filesystem::is_directory(request.wait_checkpoint, error)) {
    return fail(fmt::format("cannot wait for a checkpoint in {}: it is no directory that can be read",
                            safe_text(options.wait_checkpoint)),
                ErrorKind::usage);
  }
  return request;
}

/// The wish is in the run's directory before anybody acts on it: a recorder that is stopped at this moment must not
/// take the end for a failure, and start the run again.
void note_wish(const RunRecord& record, const StopRequest& request) {
  if (record.owner && *record.owner != ::geteuid()) return;  // its recorder will know by what root asks of it
  const Result<wire::ChangeLock> change = wire::ChangeLock::take(record.directory);
  const Result<RunRecord> now = wire::read_record(record.directory);
  if (!now || is_over(now->state)) return;
  const Result<void> written = wire::write_wish(*now, request);
  if (!written && now->spec.policy.restart.when != RestartPolicy::When::no)
    complain("{} may start again should its keeper be killed now: {}", now->name, written.error().message);
}

/// A keeper that found the wish before the request came may have acted on it and be gone.
bool ended_as_wished(const RunRecord& record, const StopRequest& request) {
  const Result<RunRecord> now = act::wait_until_over(record.directory, 0);
  return now && is_over(now->state) && now->stop && now->stop->wall_ns == request.wall_ns;
}

/// The recorder does the work, and goes on with it should this client be killed.
Result<void> stop_supervised(const RunRecord& record, const StopRequest& request, bool no_kill,
                             act::WrittenFiles& written, Stopped& stopped) {
  StopRequest asked = request;
  if (no_kill) asked.grace_seconds = -1;
  note_wish(record, asked);
  Result<void> taken = act::once_it_listens(record, [&] { return wire::ask_stop(record, asked); });
  if (!taken && !ended_as_wished(record, asked)) return pass(std::move(taken));
  const Instant begin = now();
  WaitNotice notice(stopped.label, request.grace_seconds,
                    "Ctrl-C leaves that to its recorder, `vigie kill` ends it now");
  while (true) {
    Result<RunRecord> ended = act::wait_until_over(record.directory, look_seconds);
    if (!ended) return pass(std::move(ended));
    if (!is_over(ended->state)) notice.look();
    written.look();
    const StopReport report = ended->stop ? ended->stop->report : StopReport{};
    // With a checkpoint to wait for only the recorder knows how long: until it has killed, or for as long again.
    const bool has_killed = std::ranges::find(report.actions, "kill", &StopAction::action) != report.actions.end();
    const bool growing = !asked.wait_checkpoint.empty() && !has_killed && !no_kill;
    const double spent = seconds_between(begin, now()) - (growing ? control::Grace::longest_extension_seconds : 0);
    if (!is_over(ended->state) && spent < request.grace_seconds + (no_kill ? 0 : final_kill_seconds)) continue;
    if (is_over(ended->state)) stopped.ended = act::describe_end(*ended);
    for (const StopAction& one : report.actions)
      stopped.rows.push_back({{one.pid, 0}, one.command, one.action, one.result});
    for (const CheckpointFile& file : report.checkpoint) stopped.files.push_back({file});
    stopped.extended_seconds = report.extended_seconds;
    return {};
  }
}

/// Vigie's own files alone tell what became of a run's main process.
void tell_leaders_end(const Frame& frame, const RunRecord& record, const StopRequest& request, Stopped& stopped) {
  const Result<RunRecord> ended = wire::read_record(record.directory);
  const bool told = ended && ended->exit;
  auto row = std::ranges::find_if(
      stopped.rows, [&](const act::ActionRow& one) { return one.id.pid == record.leader.pid && one.action != "kill"; });
  if (row == stopped.rows.end()) {
    const std::string command = act::command_of(frame, record.leader);
    row = stopped.rows.insert(stopped.rows.begin(),
                              {record.leader, command, signal_action(request.signal), "still there"});
  }
  if (told) row->result = "ended, " + describe(*ended->exit);
}

void add_left(const Frame& frame, const act::Target& target, Stopped& stopped) {
  if (target.processes.empty()) return;
  for (const ProcessId& id : act::lister_of(frame, target)().processes) {
    std::string reason = control::why_it_survives(id);
    if (!reason.empty()) stopped.left.push_back({id, act::command_of(frame, id), std::move(reason)});
  }
}

/// Of everybody who was seen.
void add_gpu_memory(act::GpuLeftovers& gpu, Stopped& stopped) {
  for (const act::ActionRow& row : stopped.rows) gpu.add(row.id.pid);
  std::set<pid_t> alive;
  for (const Survivor& one : stopped.left) alive.insert(one.id.pid);
  stopped.gpu_memory = gpu.now(alive);
}

/// A file that was being written when its writer was killed is said to be: within the last two seconds, by its own
/// time.
void add_written(const act::WrittenFiles& written, Stopped& stopped) {
  const bool killed = std::ranges::any_of(stopped.rows, [](const act::ActionRow& row) { return row.action == "kill"; });
  const std::optional<std::vector<act::WrittenFile>> files = written.since_start();
  stopped.files_unknown = !files;
  for (const act::WrittenFile& file : files.value_or(std::vector<act::WrittenFile>{})) {
    const auto known = std::ranges::find(stopped.files, file.path, &SavedFile::path);
    if (known != stopped.files.end()) {
      known->writer = file.writer;
      continue;
    }
    const bool lately = now().wall_ns - file.modified_wall_ns < 2 * nanoseconds_per_second;
    stopped.files.push_back({{.path = file.path, .bytes = file.bytes, .growing = killed && lately}, file.writer});
  }
}

/// A run of which nothing is left may have a recorder that answers no more, because it writes down how it ended.
std::optional<RunRecord> ended_meanwhile(const RunRecord* record) {
  constexpr double patience_seconds = 5;
  if (record == nullptr) return std::nullopt;
  if (const Result<Fd> recorder = control::open_process(record->recorder))
    (void)control::wait_for_end(*recorder, patience_seconds);
  Result<RunRecord> newer = wire::read_record(record->directory);
  return newer && is_over(newer->state) ? std::optional(std::move(*newer)) : std::nullopt;
}

std::unexpected<Error> over_already(const RunRecord& record) {
  return fail(fmt::format("run {} is over already ({})", record.name, act::describe_end(record)));
}

Result<Stopped> stop_target(const Frame& frame, const act::Target& target, const Options& options) {
  const RunRecord* record = act::record_of(frame, target);
  Result<StopRequest> request = request_of(options, record);
  if (!request) return pass(std::move(request));
  const bool over = record != nullptr && is_over(frame.view.runs[*target.run].state);
  if (over && target.processes.empty()) {
    RunRecord ended = *record;
    ended.state = frame.view.runs[*target.run].state;
    return over_already(ended);
  }
  if (record != nullptr && !same_machine(record->place, this_process_space()))
    return act::nothing_to_act_on(frame, target, "stop");
  Stopped stopped;
  stopped.label = target.label;
  const std::vector<ProcessId> tree = act::tree_of(frame, target);
  const Result<Frame> open = act::frame_in_depth(tree, proc::Detail::files);
  act::WrittenFiles written(frame, target, tree, open);
  const act::SharedLeftovers shared(frame, tree, open);
  act::GpuLeftovers gpu(open, tree, record != nullptr && !record->gpus.empty());
  bool done = false;
  if (record != nullptr && !over) {
    done = stop_supervised(*record, *request, options.no_kill, written, stopped).has_value();
    if (done && !record->exit) tell_leaders_end(frame, *record, *request, stopped);
  }
  if (!done && target.run && frame.view.runs[*target.run].state == RunState::elsewhere)
    return act::nothing_to_act_on(frame, target, "stop");
  if (!done && target.processes.empty()) {
    if (const std::optional<RunRecord> ended = ended_meanwhile(record)) return over_already(*ended);
    return fail("cannot stop " + target.label + ": nothing of it is alive and its keeper does not answer");
  }
  if (!done) {
    Result<void> here = stop_observed(frame, target, record, *request, options.no_kill, written, stopped);
    if (!here) return pass(std::move(here));
  }
  add_left(frame, target, stopped);
  add_written(written, stopped);
  stopped.shared = shared.now();
  add_gpu_memory(gpu, stopped);
  return stopped;
}

Result<void> plan(const Frame& frame, const act::Target& target, const Options& options,
                  std::vector<act::ActionRow>& rows) {
  const Result<StopRequest> request = request_of(options, act::record_of(frame, target));
  if (!request) return std::unexpected(request.error());
  if (target.processes.empty()) return act::nothing_to_act_on(frame, target, "stop");
  const ProcessId leader = act::identities(frame, target).front();
  rows.push_back({leader, act::command_of(frame, leader), signal_action(request->signal), "would be done"});
  if (!options.kill) {
    for (const control::Listener& other : control::listeners_of(act::tree_of(frame, target), request->signal)) {
      if (other.id != leader && other.takes == control::Takes::handles)
        rows.push_back({other.id, act::command_of(frame, other.id), signal_action(request->signal),
                        "would be done if the process above it does not pass it on"});
    }
  }
  if (options.no_kill) return {};
  const std::string later =
      options.kill ? "would be done" : "would be done if it is left after " + human_duration(request->grace_seconds);
  for (const ProcessId& id : act::tree_of(frame, target)) {
    if (!options.kill || id != leader) rows.push_back({id, act::command_of(frame, id), "kill", later});
  }
  return {};
}

/// The PID of a run's main process means the run: its keeper would take the end for a failure, and might start it
/// again.
void mean_the_run(const Frame& frame, act::Target& target) {
  if (target.run || target.processes.size() != 1) return;
  const std::size_t process = target.processes.front();
  const int index = process < frame.view.run_of.size() ? frame.view.run_of[process] : -1;
  if (index < 0) return;
  const Run& run = frame.view.runs[static_cast<std::size_t>(index)];
  if (run.supervised && run.leader == frame.snapshot->processes[process].id)
    target = act::target_of_run(frame, static_cast<std::size_t>(index));
}

/// All at once: each has its grace, and they need not wait for each other's.
std::vector<Result<Stopped>> stop_all(const Frame& frame, const std::vector<act::Target>& targets,
                                      const Options& options) {
  std::vector<std::future<Result<Stopped>>> under_way;
  for (const act::Target& target : targets) {
    const auto policy = targets.size() > 1 ? std::launch::async : std::launch::deferred;
    under_way.push_back(std::async(policy, [&] { return stop_target(frame, target, options); }));
  }
  std::vector<Result<Stopped>> stopped;
  for (std::future<Result<Stopped>>& one : under_way) stopped.push_back(one.get());
  return stopped;
}

/// A run's name and its main process's PID are one target.
void leave_each_once(std::vector<act::Target>& targets) {
  std::set<std::size_t> runs;
  std::erase_if(targets, [&](const act::Target& target) { return target.run && !runs.insert(*target.run).second; });
}

Result<int> stop(const Options& options) {
  Result<Frame> frame = act::acting_frame();
  if (!frame) return pass(std::move(frame));
  Result<std::vector<act::Target>> targets = acting_targets(*frame, options, options.kill ? "kill" : "stop");
  if (!targets) return pass(std::move(targets));
  for (act::Target& target : *targets) mean_the_run(*frame, target);
  leave_each_once(*targets);
  if (options.dry_run) {
    std::vector<act::ActionRow> rows;
    for (const act::Target& target : *targets) {
      if (Result<void> planned = plan(*frame, target, options, rows); !planned) return pass(std::move(planned));
    }
    print_rows(rows, options.json);
    return 0;
  }
  Worst worst(targets->size());
  for (Result<Stopped>& stopped : stop_all(*frame, *targets, options)) {
    if (stopped) print_stopped(*stopped, options.json);
    worst.add(stopped ? Result<int>(stopped->left.empty() ? 0 : 1) : pass(std::move(stopped)));
  }
  return worst.status();
}

}  // namespace

void define_stop(Command& command) {
  auto options = std::make_shared<Options>();
  command.examples(
      "Examples:\n"
      "  vigie stop resnet                 SIGTERM, also through shells and launchers, then wait for its checkpoint\n"
      "  vigie stop --grace 5m resnet      a large checkpoint takes time\n"
      "  vigie stop --wait-checkpoint ckpt resnet\n"
      "                                    and goes on taking time while a file in ckpt grows, up to an hour\n"
      "  vigie stop resnet bert            several at once, each with its grace\n"
      "  vigie stop %'train.py.*lr=0.1'    by command line");
  add_acting_options(command, *options);
  command.option("--grace", options->grace, "how long to wait before killing (default: the run's, 30s)");
  command.option("--wait-checkpoint", options->wait_checkpoint, "wait longer while a file below this directory grows")
      .value_name("DIR");
  command.flag("--no-kill", options->no_kill, "do not kill after the grace period");
  command.does([options] { return stop(*options); });
}

void define_kill(Command& command) {
  auto options = std::make_shared<Options>();
  options->kill = true;
  command.examples(
      "Examples:\n"
      "  vigie kill resnet\n"
      "  vigie kill resnet bert\n"
      "  vigie kill -9 resnet        the same: it is always SIGKILL\n"
      "  vigie kill -USR1 4711       any other signal, as `vigie signal USR1 4711` sends it\n"
      "  vigie kill --dry-run 4711");
  add_acting_options(command, *options);
  command.does([options] { return stop(*options); });
}

}  // namespace vigie::cli
