#include "runs/recognise.hpp"

#include <algorithm>
#include <charconv>
#include <map>
#include <set>
#include <unordered_map>

#include "model/ancestors.hpp"
#include "model/keeper.hpp"
#include "runs/programs.hpp"
#include "runs/rank_groups.hpp"

namespace vigie {
namespace {

using Children = std::multimap<pid_t, std::size_t>;

Children children_of(const Snapshot& snapshot) {
  Children children;
  for (std::size_t i = 0; i < snapshot.processes.size(); ++i) children.emplace(snapshot.processes[i].ppid, i);
  return children;
}

/// Claims the not yet claimed processes below `pid` for run number `run`.
void claim_below(const Snapshot& snapshot, const Children& children, pid_t pid, int run, std::vector<int>& run_of) {
  std::vector<pid_t> open{pid};
  while (!open.empty()) {
    const auto [begin, end] = children.equal_range(open.back());
    open.pop_back();
    for (auto child = begin; child != end; ++child) {
      const std::size_t index = child->second;
      if (run_of[index] != -1) continue;
      run_of[index] = run;
      open.push_back(snapshot.processes[index].id.pid);
    }
  }
}

/// Claims the main process and all below it. The holder may not be above it: the run was adopted, or its holder killed.
void claim_leader(const Snapshot& snapshot, const Children& children, const RunRecord& record, int run,
                  std::vector<int>& run_of) {
  const ProcessSample* leader = snapshot.find(record.leader);
  if (leader == nullptr) return;
  run_of[static_cast<std::size_t>(leader - snapshot.processes.data())] = run;
  claim_below(snapshot, children, leader->id.pid, run, run_of);
}

constexpr int keeper = -2;  ///< a holder or recorder: of no run, and nothing to search below anew

RunState state_of(const SupervisedSample& sample, bool all_stopped) {
  const RunState written = sample.record.state;
  if (is_over(written)) return written;
  if (!sample.holder_alive) return RunState::lost;
  if (!sample.elsewhere.empty()) return RunState::elsewhere;
  if (written == RunState::running && all_stopped) return RunState::paused;
  return written;
}

Run supervised_run(const SupervisedSample& sample, std::int64_t wall_ns) {
  const RunRecord& record = sample.record;
  Run run;
  run.id = record.id;
  run.name = record.name;
  run.supervised = true;
  run.leader = record.leader;
  run.attempt = record.attempt;
  if (record.started_wall_ns > 0) run.started_wall_ns = record.started_wall_ns;
  for (const std::string& argument : record.spec.command) run.command += (run.command.empty() ? "" : " ") + argument;
  run.cwd = record.spec.cwd;
  run.progress = sample.progress;
  run.exit = record.exit;
  run.group = record.group;
  if (record.exit) run.ended_wall_ns = record.exit->wall_ns;
  run.directory = record.directory;
  run.gpus = record.gpus;
  if (record.state == RunState::queued) run.waits_for = describe_wait(record, wall_ns);
  run.elsewhere = sample.elsewhere;
  return run;
}

Run observed_run(const Snapshot& snapshot, const ProcessSample& leader) {
  Run run;
  run.id = "p" + std::to_string(leader.id.pid);
  run.name = script_name(leader) + "-" + std::to_string(leader.id.pid);
  run.leader = leader.id;
  run.started_wall_ns = snapshot.before.wall_ns - (snapshot.before.boot_ns - start_boot_ns(leader.id));
  run.command = command_text(leader);
  run.cwd = leader.cwd.value_or("");
  run.progress = Presence::unsupported;
  return run;
}

/// The topmost process that begins an observed run, walking up from one that belongs to a training.
std::size_t root_of(const Snapshot& snapshot, std::size_t index, const std::vector<int>& run_of) {
  std::size_t root = index;
  for_each_ancestor(snapshot, snapshot.processes[index], [&](const ProcessSample& above) {
    const auto at = static_cast<std::size_t>(&above - snapshot.processes.data());
    if (above.id.pid <= 1 || run_of[at] != -1) return false;
    // A wrapper in between (env, a script) is passed over; only a training process or a launcher is a root.
    if (belongs_to_training(above)) root = at;
    return true;
  });
  return root;
}

/// Its keepers are known here.
bool is_alive(const SupervisedSample& sample) {
  return sample.holder_alive && sample.elsewhere.empty() && !is_over(sample.record.state);
}

/// The processes that its killed keepers left are still the run's: the main process and all below it.
bool is_lost(const SupervisedSample& sample) {
  return !sample.holder_alive && !is_over(sample.record.state);
}

/// The keepers of all runs come first: a run may have been started within another, and is then below its holder.
void mark_keepers(const Snapshot& snapshot, RunView& view) {
  const auto mark = [&](const ProcessSample& process) {
    view.run_of[static_cast<std::size_t>(&process - snapshot.processes.data())] = keeper;
  };
  for (const SupervisedSample& sample : snapshot.supervised) {
    if (!is_alive(sample)) continue;
    for (const ProcessId id : {sample.record.holder, sample.record.recorder}) {
      if (const ProcessSample* found = snapshot.find(id)) mark(*found);
    }
  }
  for (const ProcessSample& process : snapshot.processes) {
    if (is_keeper(process)) mark(process);  // another user's, or one that is in no record yet
  }
}

/// Strays that left the tree still carry the marker of their run. Any process can set it: it counts in the environment
/// of the run's own user alone.
void claim_marked(const Snapshot& snapshot, RunView& view) {
  for (std::size_t i = 0; i < snapshot.processes.size(); ++i) {
    const ProcessSample& process = snapshot.processes[i];
    if (view.run_of[i] != -1 || process.state == 'Z' || !process.variables) continue;
    const std::string& id = process.variables->vigie_run_id;
    const auto sample = std::ranges::find(snapshot.supervised, id, [](const auto& one) { return one.record.id; });
    if (id.empty() || sample == snapshot.supervised.end()) continue;
    if (sample->record.owner && process.uid != *sample->record.owner) continue;
    view.run_of[i] = static_cast<int>(sample - snapshot.supervised.begin());
  }
}

void add_supervised(const Snapshot& snapshot, const Children& children, RunView& view) {
  mark_keepers(snapshot, view);
  for (const SupervisedSample& sample : snapshot.supervised) {
    const int number = static_cast<int>(view.runs.size());
    view.runs.push_back(supervised_run(sample, snapshot.after.wall_ns));
    if (!is_alive(sample) && !is_lost(sample)) continue;
    // While a holder waits, a process below it is its own helper: the run has no process yet.
    const bool waits = sample.record.state == RunState::queued;
    // By pid and start time: the pid alone may have been given away.
    if (const ProcessSample* holder = is_alive(sample) ? snapshot.find(sample.record.holder) : nullptr)
      claim_below(snapshot, children, holder->id.pid, waits ? keeper : number, view.run_of);
    claim_leader(snapshot, children, sample.record, number, view.run_of);
  }
  claim_marked(snapshot, view);
}

/// PIDs of processes that compute on a GPU, where the GPUs were asked.
std::set<pid_t> gpu_clients(const Snapshot& snapshot) {
  std::set<pid_t> pids;
  if (!snapshot.gpus) return pids;
  for (const GpuSample& gpu : *snapshot.gpus) {
    if (!gpu.clients) continue;
    for (const GpuClient& client : *gpu.clients) {
      if (client.work != GpuWork::graphics) pids.insert(client.pid);
    }
  }
  return pids;
}

/// Ranks that a plain program, mpirun or a person started are one run. The starter leads it where it started nothing
/// else.
void add_ranks(const Snapshot& snapshot, const Children& children, RunView& view) {
  for (const RankGroup& group : rank_groups(snapshot, view.run_of)) {
    const std::size_t leader = root_of(snapshot, group.starter.value_or(group.ranks.front()), view.run_of);
    const int number = static_cast<int>(view.runs.size());
    view.runs.push_back(observed_run(snapshot, snapshot.processes[leader]));
    if (group.starter)  // the name of a script or mpirun says less than that of what it started
      view.runs.back().name = script_name(snapshot.processes[group.ranks.front()]) + "-" +
                              std::to_string(snapshot.processes[leader].id.pid);
    const auto claim = [&](std::size_t top) {
      view.run_of[top] = number;
      claim_below(snapshot, children, snapshot.processes[top].id.pid, number, view.run_of);
    };
    claim(leader);
    if (!group.starter) std::ranges::for_each(group.ranks, claim);
  }
}

void add_observed(const Snapshot& snapshot, const Children& children, Guess guess, RunView& view) {
  add_ranks(snapshot, children, view);
  const std::set<pid_t> on_gpu = gpu_clients(snapshot);
  for (std::size_t i = 0; i < snapshot.processes.size(); ++i) {
    const ProcessSample& process = snapshot.processes[i];
    if (view.run_of[i] != -1) continue;
    const bool guessed = guess == Guess::yes && looks_like_training(process);
    if (!guessed && !belongs_to_training(process) && (process.state == 'Z' || !on_gpu.contains(process.id.pid)))
      continue;
    const std::size_t root = root_of(snapshot, i, view.run_of);
    const int number = static_cast<int>(view.runs.size());
    view.runs.push_back(observed_run(snapshot, snapshot.processes[root]));
    view.run_of[root] = number;
    claim_below(snapshot, children, snapshot.processes[root].id.pid, number, view.run_of);
  }
}

void add_asked(const Snapshot& snapshot, const Children& children, ProcessId asked, RunView& view) {
  const ProcessSample* const leader = snapshot.find(asked);
  if (leader == nullptr || leader->kernel_thread) return;
  const auto index = static_cast<std::size_t>(leader - snapshot.processes.data());
  if (view.run_of[index] != -1) return;
  const int number = static_cast<int>(view.runs.size());
  view.runs.push_back(observed_run(snapshot, *leader));
  view.run_of[index] = number;
  claim_below(snapshot, children, leader->id.pid, number, view.run_of);
}

/// Roles that a process shows by itself.
Member first_role(const ProcessSample& process, std::size_t index) {
  Member member{.process = index, .role = Role::other, .number = -1, .trainer = -1};
  if (is_helper(process)) {
    member.role = Role::helper;
  } else if (is_launcher(process)) {
    member.role = Role::launcher;
  } else if (is_loader_worker_by_name(process)) {
    member.role = Role::loader_worker;
  } else if (process.frameworks.has_value() && is_training(*process.frameworks)) {
    member.role = Role::trainer;
  }
  return member;
}

/// Where each process of a run stands among its members.
class MemberIndex {
 public:
  MemberIndex(const Snapshot& snapshot, const Run& run) {
    for (std::size_t i = 0; i < run.members.size(); ++i)
      by_pid_.emplace(snapshot.processes[run.members[i].process].id.pid, static_cast<int>(i));
  }
  /// -1 for a process that is no member.
  [[nodiscard]] int of(pid_t pid) const {
    const auto found = by_pid_.find(pid);
    return found == by_pid_.end() ? -1 : found->second;
  }

 private:
  std::unordered_map<pid_t, int> by_pid_;
};

/// A process forked from a trainer without exec has its command line: a loader worker, unless it was given a rank of
/// its own. Workers started by spawn are recognised by name; either way the trainer is the nearest one above.
void find_workers(const Snapshot& snapshot, Run& run) {
  const MemberIndex index(snapshot, run);
  for (Member& member : run.members) {
    // The server itself helps; its children are what it was started for.
    const ProcessSample& own = snapshot.processes[member.process];
    if (member.role == Role::helper && is_of_fork_server(own)) {
      const int server = index.of(own.ppid);
      const bool forked_by_it =
          server >= 0 && is_of_fork_server(snapshot.processes[run.members[static_cast<std::size_t>(server)].process]);
      if (forked_by_it) member.role = Role::loader_worker;
    }
    if (member.role != Role::trainer && member.role != Role::loader_worker) continue;
    const ProcessSample& process = snapshot.processes[member.process];
    const int parent = index.of(process.ppid);
    if (parent < 0) continue;
    const Member& above = run.members[static_cast<std::size_t>(parent)];
    const ProcessSample& trainer = snapshot.processes[above.process];
    const bool forked = process.cmdline && trainer.cmdline && *process.cmdline == *trainer.cmdline;
    if (member.role == Role::trainer && forked) {
      if (above.role == Role::trainer || above.role == Role::rank) member.role = Role::loader_worker;
      // A process that a data set starts within a worker is no training of its own.
      if (above.role == Role::loader_worker) member.role = Role::other;
    }
    if (member.role == Role::loader_worker) {
      member.trainer = above.role == Role::helper ? index.of(trainer.ppid) : parent;
    }
  }
}

/// Ranks without a framework that could be seen are known by their environment. Their children inherit it.
void find_ranks(const Snapshot& snapshot, Run& run) {
  const bool seen = std::ranges::any_of(run.members, [](const Member& member) { return member.role == Role::trainer; });
  for (Member& member : run.members) {
    const ProcessSample& process = snapshot.processes[member.process];
    if (seen || member.role != Role::other || process.state == 'Z' || rank_of(process).empty()) continue;
    const ProcessSample* const parent = snapshot.find_pid(process.ppid);
    if (parent == nullptr || rank_of(*parent) != rank_of(process)) member.role = Role::trainer;
  }
}

void number_members(const Snapshot& snapshot, Run& run) {
  std::map<int, int> workers;  // per trainer
  for (Member& member : run.members) {
    if (member.role == Role::loader_worker) member.number = workers[member.trainer]++;
    const auto& variables = snapshot.processes[member.process].variables;
    if (member.role != Role::trainer || !variables || variables->rank.empty()) continue;
    member.role = Role::rank;
    std::from_chars(variables->rank.data(), variables->rank.data() + variables->rank.size(), member.number);
  }
}

/// A process that started ranks and is none is their launcher, whatever program it is.
void find_starter(const Snapshot& snapshot, Run& run) {
  if (run.members.empty()) return;
  Member& first = run.members.front();
  const ProcessSample& leader = snapshot.processes[first.process];
  if (leader.id != run.leader || !rank_of(leader).empty() || first.role == Role::helper) return;
  std::set<std::string_view> ranks;
  for (const Member& member : run.members) {
    const ProcessSample& process = snapshot.processes[member.process];
    if (const std::string_view rank = rank_of(process); !rank.empty() && process.state != 'Z') ranks.insert(rank);
  }
  if (ranks.size() > 1) first.role = Role::launcher;
}

void add_members(const Snapshot& snapshot, RunView& view) {
  for (std::size_t i = 0; i < snapshot.processes.size(); ++i) {
    if (view.run_of[i] < 0) {
      view.run_of[i] = -1;
      continue;
    }
    view.runs[static_cast<std::size_t>(view.run_of[i])].members.push_back(first_role(snapshot.processes[i], i));
  }
  for (Run& run : view.runs) {
    std::ranges::stable_sort(run.members, {}, [&](const Member& member) {
      const ProcessId id = snapshot.processes[member.process].id;
      return std::tuple(id != run.leader, id.start_ticks, id.pid);
    });
    find_starter(snapshot, run);
    find_workers(snapshot, run);
    find_ranks(snapshot, run);
    number_members(snapshot, run);
  }
}

void finish_states(const Snapshot& snapshot, RunView& view) {
  for (std::size_t i = 0; i < view.runs.size(); ++i) {
    Run& run = view.runs[i];
    // A zombie is not stopped: nothing lets it go on.
    const auto count = [&](std::string_view states) {
      return std::ranges::count_if(
          run.members, [&](const Member& member) { return states.contains(snapshot.processes[member.process].state); });
    };
    const auto stopped = count("Tt");
    const bool all_stopped = stopped > 0 && stopped + count("Z") == std::ssize(run.members);
    if (run.supervised) {
      run.state = state_of(snapshot.supervised[i], all_stopped || snapshot.supervised[i].frozen);
    } else if (all_stopped) {
      run.state = RunState::paused;
    } else if (const ProcessSample* leader = snapshot.find(run.leader); leader != nullptr && has_ended(*leader)) {
      run.state = RunState::exiting;
    }
  }
}

void order(RunView& view) {
  std::vector<std::size_t> positions(view.runs.size());
  for (std::size_t i = 0; i < positions.size(); ++i) positions[i] = i;
  std::ranges::stable_sort(positions, {}, [&](std::size_t i) {
    return std::tuple(is_over(view.runs[i].state), view.runs[i].started_wall_ns.value_or(0));
  });
  std::vector<Run> ordered;
  std::vector<int> new_number(view.runs.size());
  for (const std::size_t i : positions) {
    new_number[i] = static_cast<int>(ordered.size());
    ordered.push_back(std::move(view.runs[i]));
  }
  view.runs = std::move(ordered);
  for (int& run : view.run_of) {
    if (run >= 0) run = new_number[static_cast<std::size_t>(run)];
  }
}

}  // namespace

RunView recognise(const Snapshot& snapshot, std::optional<ProcessId> asked, Guess guess) {
  RunView view;
  view.run_of.assign(snapshot.processes.size(), -1);
  view.member_of.assign(snapshot.processes.size(), -1);
  const Children children = children_of(snapshot);
  add_supervised(snapshot, children, view);
  add_observed(snapshot, children, guess, view);
  if (asked) add_asked(snapshot, children, *asked, view);
  add_members(snapshot, view);
  finish_states(snapshot, view);
  order(view);
  for (const Run& run : view.runs) {
    for (std::size_t i = 0; i < run.members.size(); ++i) view.member_of[run.members[i].process] = static_cast<int>(i);
  }
  return view;
}

}  // namespace vigie
