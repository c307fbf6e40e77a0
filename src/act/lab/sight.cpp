#include "act/lab/sight.hpp"

#include <unistd.h>

#include <algorithm>
#include <sstream>

#include <fmt/format.h>

#include "act/lab/scene.hpp"
#include "act/program.hpp"
#include "act/run_life.hpp"
#include "base/file.hpp"
#include "base/number.hpp"
#include "base/process.hpp"
#include "lab/tmux_panes.hpp"
#include "load/checkpoint.hpp"
#include "sources/proc/fields.hpp"

namespace vigie::act {
namespace {

lab::Part part_of(const ProcessSample& process, bool frozen) {
  const bool stopped = process.state == 'T' || process.state == 't' || frozen;
  return {.id = process.id,
          .state = stopped ? 'T' : process.state,
          .rss_bytes = process.rss_bytes,
          .cpu_ticks = process.user_ticks + process.system_ticks};
}

bool is_frozen(const Frame& frame, const std::string& run) {
  const auto found =
      std::ranges::find(frame.snapshot->supervised, run, [](const SupervisedSample& one) { return one.record.id; });
  return found != frame.snapshot->supervised.end() && found->frozen;
}

std::vector<lab::ThreadPriority> priorities_of(const Snapshot& snapshot, const ProcessSample& process) {
  std::vector<lab::ThreadPriority> priorities;
  const auto index = static_cast<std::uint32_t>(&process - snapshot.processes.data());
  for (const ThreadSample& thread : snapshot.threads) {
    if (thread.process == index) priorities.push_back({thread.nice, proc::read_io_priority(thread.id.pid)});
  }
  return priorities;
}

/// The threads' waits, the second number of /proc/PID/task/TID/schedstat
/// (Documentation/scheduler/sched-stats.rst). 0 where the kernel does not count.
std::uint64_t cpu_wait_of(const Snapshot& snapshot, const ProcessSample& process) {
  std::uint64_t sum = 0;
  const auto index = static_cast<std::uint32_t>(&process - snapshot.processes.data());
  for (const ThreadSample& thread : snapshot.threads) {
    if (thread.process != index) continue;
    std::string text;
    const std::string path = fmt::format("/proc/{}/task/{}/schedstat", process.id.pid, thread.id.pid);
    if (read_file(-1, path.c_str(), text) != 0) continue;
    std::istringstream words(text);
    std::uint64_t on_cpu = 0, waited = 0;
    if (words >> on_cpu >> waited) sum += waited;
  }
  return sum;
}

lab::DiskReads disk_reads_of(const Snapshot& snapshot) {
  lab::DiskReads reads;
  if (!snapshot.host.disks) return reads;
  for (const DiskSample& disk : *snapshot.host.disks) {
    if (disk.partition || !is_physical(disk.kind)) continue;
    reads.done += disk.reads.done;
    reads.milliseconds += disk.reads.milliseconds;
  }
  return reads;
}

lab::ActorSight actor_of(const Frame& frame, const RunRecord& record) {
  lab::ActorSight actor{.name = record.name, .over = is_over(record.state)};
  if (actor.over) actor.code = record.exit ? shell_status(record) : -1;
  const Snapshot& snapshot = *frame.snapshot;
  const ProcessSample* const main = snapshot.find(record.leader);
  if (actor.over || main == nullptr) return actor;
  const bool frozen = is_frozen(frame, record.id);
  actor.main = part_of(*main, frozen);
  actor.threads = priorities_of(snapshot, *main);
  actor.cpu_wait_ns = cpu_wait_of(snapshot, *main);
  for (const ProcessSample& process : snapshot.processes) {
    if (process.ppid == record.leader.pid) actor.children.push_back(part_of(process, frozen));
  }
  return actor;
}

/// Whether Ctrl-C at its terminal would reach it: field 8 of /proc/PID/stat, tpgid (proc(5)).
bool in_foreground(const ProcessSample& process) {
  if (process.tty == 0) return false;
  const std::optional<ProcessStat> stat = stat_of_process(process.id.pid);
  return stat && stat->group == stat->foreground;
}

/// All processes of this user except vigie itself and the scene.
void add_strangers(const Frame& frame, lab::Sight& sight) {
  const Snapshot& snapshot = *frame.snapshot;
  for (std::size_t i = 0; i < snapshot.processes.size(); ++i) {
    const ProcessSample& process = snapshot.processes[i];
    if (process.id.pid == ::getpid() || process.state == 'Z' || !process.uid || *process.uid != ::geteuid() ||
        !process.cmdline)
      continue;
    const bool in_scene = std::ranges::any_of(sight.actors, [&](const lab::ActorSight& actor) {
      return actor.main.id == process.id ||
             std::ranges::find(actor.children, process.id, &lab::Part::id) != actor.children.end();
    });
    if (in_scene) continue;
    const int run = frame.view.run_of[i];
    const bool supervised = run >= 0 && frame.view.runs[static_cast<std::size_t>(run)].supervised;
    const bool frozen = supervised && is_frozen(frame, frame.view.runs[static_cast<std::size_t>(run)].id);
    lab::Stranger stranger{.id = process.id, .state = part_of(process, frozen).state};
    for (const std::string_view word : arguments(*process.cmdline)) stranger.arguments.emplace_back(word);
    stranger.foreground = !supervised && in_foreground(process);
    sight.strangers.push_back(std::move(stranger));
  }
}

std::vector<lab::Session> tmux_sessions() {
  const Result<std::string> panes =
      output_of({"tmux", "list-panes", "-a", "-F", "#{session_attached} #{window_id} #{session_name}"});
  return panes ? lab::sessions_in(*panes) : std::vector<lab::Session>();
}

}  // namespace

LabObserver::LabObserver(const lab::Exercise& exercise) : exercise_(exercise) {}

Result<void> LabObserver::add_actors(const Frame& frame, lab::Memory& memory, lab::Sight& sight) const {
  ASSIGN_OR_RETURN(std::vector<RunRecord> records, runs_of_lab(exercise_.number));
  lab::Memory unused = memory;
  for (const lab::Actor& wanted : exercise_.scene(unused, 0)) {
    const auto record = std::ranges::find(records, wanted.name, &RunRecord::name);
    // One that was removed (`vigie rm`) is over.
    if (record == records.end()) {
      sight.actors.push_back({.name = wanted.name, .over = true});
      continue;
    }
    Result<RunRecord> now = wait_until_over(record->directory, 0);
    sight.actors.push_back(now ? actor_of(frame, *now) : lab::ActorSight{.name = wanted.name, .over = true});
    const pid_t pid = sight.actors.back().main.id.pid;
    if (pid != 0) memory["pid." + wanted.name] = std::to_string(pid);
  }
  return {};
}

Result<lab::Sight> LabObserver::look(lab::Memory& memory) {
  if (!feed_) {
    ASSIGN_OR_RETURN(root_, Root::open("/"));
    FeedOptions options{.what = {.fields = proc::Field::cmdline}, .pace = {.interval_seconds = 0}};
    options.what.threads = true;
    options.what.host = sys::Part::disks;
    options.what.judge = false;
    feed_ = std::make_unique<LiveFeed>(*root_, std::move(options));
  }
  ASSIGN_OR_RETURN(Frame frame, feed_->next());
  lab::Sight sight;
  sight.seconds = last_.boot_ns == 0 ? 0 : seconds_between(last_, frame.snapshot->before);
  last_ = frame.snapshot->before;
  RETURN_IF_ERROR(add_actors(frame, memory, sight));
  add_strangers(frame, sight);
  sight.disk_reads = disk_reads_of(*frame.snapshot);
  if (exercise_.needs_tmux) sight.sessions = tmux_sessions();
  const std::string segment = lab::recall(memory, "segment");
  sight.segment = !segment.empty() && ::access(segment.c_str(), F_OK) == 0;
  if (Result<std::optional<load::Checkpoint>> saved = load::read_checkpoint(lab::recall(memory, "checkpoint"));
      saved && *saved) {
    sight.saved = lab::Saved{(*saved)->step,  (*saved)->began_at,   (*saved)->pid,
                             (*saved)->saved, (*saved)->before_pid, (*saved)->before_saved};
  }
  return sight;
}

}  // namespace vigie::act
