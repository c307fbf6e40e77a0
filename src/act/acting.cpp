#include "act/acting.hpp"

#include <unistd.h>

#include <algorithm>
#include <memory>

#include <fmt/format.h>

#include "act/run_life.hpp"
#include "base/process.hpp"
#include "base/text.hpp"
#include "feed/feed.hpp"

namespace vigie::act {
namespace {

Result<Frame> frame_with(FeedOptions options) {
  static const Result<Root> root = Root::open("/");  // the feed refers to it
  RETURN_IF_ERROR(root);
  options.pace.interval_seconds = 0;
  return LiveFeed(*root, std::move(options)).next();
}

control::Family family_of(const Frame& frame, const Target& target) {
  control::Family::Marks marks{.holder = 0, .run_id = {}, .first = identities(frame, target), .never = {::getpid()}};
  if (!target.run) return control::Family(std::move(marks));
  const Run& run = frame.view.runs[*target.run];
  for (const SupervisedSample& supervised : frame.snapshot->supervised) {
    if (supervised.record.id != run.id || !supervised.holder_alive) continue;
    // As the kernel names them (feed/supervised): 0 when it is dead.
    marks.holder = supervised.record.holder.pid;
    marks.never.insert(supervised.record.recorder.pid);
    marks.run_id = run.id;
    marks.owner = supervised.record.owner;
  }
  return control::Family(std::move(marks));
}

}  // namespace

Result<Frame> acting_frame() {
  if (!proc_is_of_this_namespace()) return fail(foreign_proc, ErrorKind::denied);
  return frame_with({.what = {.fields = proc::Field::cmdline}});
}

Result<Frame> frame_in_depth(const std::vector<ProcessId>& processes, proc::Details what) {
  std::vector<pid_t> pids;
  for (const ProcessId& id : processes) pids.push_back(id.pid);
  std::ranges::sort(pids);
  const auto all = [processes](const Frame& bare) -> Result<std::vector<std::size_t>> {
    std::vector<std::size_t> indices;
    for (std::size_t i = 0; i < bare.snapshot->processes.size(); ++i) {
      if (std::ranges::find(processes, bare.snapshot->processes[i].id) != processes.end()) indices.push_back(i);
    }
    return indices;
  };
  return frame_with({.what = {.fields = proc::Field::cmdline | proc::Field::cwd,
                              .runs = false,
                              .host = {},
                              .detail = {.what = what, .of = all}},
                     .whom = {.only = pids}});
}

const RunRecord* record_of(const Frame& frame, const Target& target) {
  if (!target.run) return nullptr;
  const std::string& id = frame.view.runs[*target.run].id;
  for (const SupervisedSample& supervised : frame.snapshot->supervised) {
    if (supervised.record.id == id) return &supervised.record;
  }
  return nullptr;
}

std::vector<ProcessId> identities(const Frame& frame, const Target& target) {
  std::vector<ProcessId> ids;
  for (const std::size_t index : target.processes) ids.push_back(frame.snapshot->processes[index].id);
  return ids;
}

std::vector<ProcessId> tree_of(const Frame& frame, const Target& target) {
  return family_of(frame, target).find(frame.snapshot->processes).processes;
}

control::Lister lister_of(const Frame& frame, const Target& target) {
  // The frame shows the strays that only their environment reveals; later scans need not look for them again.
  auto family = std::make_shared<control::Family>(family_of(frame, target));
  (void)family->find(frame.snapshot->processes);
  return [family] {
    const Result<Frame> now = frame_with({.what = {.runs = false, .host = {}}});
    if (!now) return control::Tree{.processes = {}, .groups = {}, .unseen = true};
    return family->find(now->snapshot->processes);
  };
}

std::string command_of(const Frame& frame, ProcessId id) {
  const ProcessSample* process = frame.snapshot->find(id);
  return process == nullptr ? std::string() : command_text(*process);
}

namespace {

/// "; its parent, process 12 (python3), must wait for it or end": nothing else removes a zombie from the host.
std::string what_a_zombie_waits_for(const Frame& frame, const ProcessSample& zombie) {
  const ProcessSample* const parent = frame.snapshot->find_pid(zombie.ppid);
  const std::string name =
      fmt::format("process {}{}", zombie.ppid, parent != nullptr ? " (" + safe_text(parent->comm) + ")" : "");
  if (zombie.ppid == 1)
    return fmt::format(
        "; its parent, {}, must wait for it: the init of a container does not always (docker run --init)", name);
  const bool stopped = parent != nullptr && (parent->state == 'T' || parent->state == 't');
  return fmt::format("; its parent, {}, must wait for it or end{}", name,
                     stopped ? fmt::format(", and is stopped: `vigie resume {}`", zombie.ppid) : "");
}

}  // namespace

/// Refuses a process that has ended and only waits for its parent: no signal reaches it, and it has no threads.
Result<void> refuse_zombie(const Frame& frame, const Target& target, std::string_view verb) {
  if (record_of(frame, target) != nullptr || target.processes.empty()) return {};
  const ProcessSample& leader = frame.snapshot->processes[target.processes.front()];
  if (!has_ended(leader) || !tree_of(frame, target).empty()) return {};
  return fail(fmt::format("cannot {} {}: process {} is a zombie, it has ended and holds nothing but its PID{}", verb,
                          target.label, leader.id.pid, what_a_zombie_waits_for(frame, leader)));
}

bool all_denied(const std::vector<control::Outcome>& outcomes) {
  const auto harmless = [](const control::Outcome& one) { return one.denied || one.result == "gone"; };
  return std::ranges::all_of(outcomes, harmless) && std::ranges::any_of(outcomes, &control::Outcome::denied);
}

std::unexpected<Error> refused(const std::string& verb, const Target& target, const std::string& why) {
  return fail(fmt::format("cannot {} {}: {}", verb, target.label,
                          why.empty() ? "it belongs to another user; ask them, or use sudo" : why),
              ErrorKind::denied);
}

bool can_be_acted_on(const Frame& frame, const Target& target) {
  const bool elsewhere = target.run && frame.view.runs[*target.run].state == RunState::elsewhere;
  return !target.processes.empty() && !elsewhere;
}

std::unexpected<Error> nothing_to_act_on(const Frame& frame, const Target& target, const std::string& verb) {
  const Run* run = target.run ? &frame.view.runs[*target.run] : nullptr;
  if (run != nullptr && run->state == RunState::elsewhere)
    return fail(fmt::format("cannot {} {} from here: {}; do it there", verb, target.label, safe_text(run->elsewhere)));
  if (run != nullptr && run->state == RunState::queued && run->attempt > 1)
    return fail(fmt::format("{} is between two attempts, and waits for {}: there is nothing to {}", target.label,
                            safe_text(run->waits_for), verb));
  if (run != nullptr && run->state == RunState::queued)
    return fail(fmt::format("{} has not started yet, it waits for {}: there is nothing to {}", target.label,
                            safe_text(run->waits_for), verb));
  return fail(fmt::format("{} is over: there is nothing to {}", target.label, verb));
}

Result<Acted> act_on(const Frame& frame, const Target& target, const Act& act) {
  if (!can_be_acted_on(frame, target)) return nothing_to_act_on(frame, target, act.verb.verb);
  return act.perform(frame, target);
}

Result<Acted> plan_of(const Frame& frame, const Target& target, const Verb& verb) {
  if (!can_be_acted_on(frame, target)) return nothing_to_act_on(frame, target, verb.verb);
  const ProcessId leader = identities(frame, target).front();
  Acted plan;
  for (const ProcessId& id : tree_of(frame, target)) {
    if (verb.whole_tree || id == leader) plan.rows.push_back({id, command_of(frame, id), verb.action, "would be done"});
  }
  return plan;
}

Result<Acted> acted(const Frame& frame, const Target& target, const Verb& verb,
                    const std::vector<control::Outcome>& outcomes) {
  const ProcessSample& leader = frame.snapshot->processes[target.processes.front()];
  const bool own = !leader.uid || *leader.uid == ::geteuid();
  if (all_denied(outcomes)) return refused(verb.verb, target, own ? verb.if_denied : "");
  Acted done;
  for (const control::Outcome& outcome : outcomes)
    done.rows.push_back({outcome.id, command_of(frame, outcome.id), verb.action, outcome.result});
  done.failed = std::ranges::any_of(outcomes, &control::Outcome::failed);
  return done;
}

}  // namespace vigie::act
