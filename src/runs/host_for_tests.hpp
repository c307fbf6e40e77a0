// For tests alone: processes and runs, of which it is asked what is recognised.
#pragma once

#include <algorithm>
#include <initializer_list>
#include <string>
#include <vector>

#include "runs/recognise.hpp"

namespace vigie {

/// A process that sleeps, of no run and without a framework.
inline ProcessSample asleep(ProcessId id, pid_t ppid, const std::string& comm,
                            std::initializer_list<const char*> command) {
  ProcessSample process;
  process.id = id;
  process.ppid = ppid;
  process.comm = comm;
  process.state = 'S';
  std::string line;
  for (const char* argument : command) line += std::string(argument) + '\0';
  process.cmdline = line;
  process.variables = RunVariables{};
  process.frameworks = Framework::none;
  return process;
}

/// A host made by hand: each process starts one tick after the one before it.
class Host {
 public:
  ProcessSample& add(pid_t pid, pid_t ppid, const std::string& comm, std::initializer_list<const char*> command) {
    snapshot_.processes.push_back(asleep({pid, next_start_++}, ppid, comm, command));
    return snapshot_.processes.back();
  }
  ProcessSample& torch(pid_t pid, pid_t ppid, std::initializer_list<const char*> command) {
    ProcessSample& process = add(pid, ppid, "python3", command);
    process.frameworks = Framework::torch;
    return process;
  }
  SupervisedSample& keep(const std::string& id, pid_t holder) {
    SupervisedSample sample;
    sample.record.id = id;
    sample.record.name = "run-" + id;
    sample.record.state = RunState::running;
    if (const ProcessSample* found = snapshot_.find_pid(holder)) sample.record.holder = found->id;
    sample.holder_alive = true;
    snapshot_.supervised.push_back(sample);
    return snapshot_.supervised.back();
  }
  ProcessSample& process(pid_t pid) {
    return *std::ranges::find(snapshot_.processes, pid, [](auto& p) { return p.id.pid; });
  }
  void on_gpu(pid_t pid, GpuWork work) {
    GpuSample gpu;
    gpu.clients = std::vector<GpuClient>{{.pid = pid, .work = work}};
    if (!snapshot_.gpus) snapshot_.gpus = std::vector<GpuSample>{};
    (*snapshot_.gpus).push_back(gpu);
  }
  void forget_clients(std::size_t gpu) { (*snapshot_.gpus)[gpu].clients = Presence::denied; }
  RunView view() const { return recognise(snapshot_); }
  RunView asked(pid_t pid) const { return recognise(snapshot_, snapshot_.find_pid(pid)->id); }

  /// "trainer", "loader worker 0", … of a pid; "none" outside of runs.
  std::string role(pid_t pid) const {
    const RunView seen = view();
    const auto index = static_cast<std::size_t>(snapshot_.find_pid(pid) - snapshot_.processes.data());
    if (seen.run_of[index] < 0) return "none";
    const Run& run = seen.runs[static_cast<std::size_t>(seen.run_of[index])];
    return describe(run.members[static_cast<std::size_t>(seen.member_of[index])]);
  }

 private:
  Snapshot snapshot_;
  std::uint64_t next_start_ = 1000;
};

}  // namespace vigie
