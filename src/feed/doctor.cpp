#include "feed/doctor.hpp"

#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <string>

#include <fmt/format.h>

#include "base/clock.hpp"
#include "base/file.hpp"
#include "base/units.hpp"
#include "feed/sampling.hpp"
#include "sources/capability/probes.hpp"
#include "wire/run_directory.hpp"

namespace vigie {
namespace {

double cpu_seconds() {
  timespec used{};
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
  return static_cast<double>(used.tv_sec) + static_cast<double>(used.tv_nsec) / nanoseconds_per_second;
}

/// The CPU seconds that a scan with one method took.
struct Cost {
  double first = 0, next = 0;
  std::size_t processes = 0;
};

/// The median of three scans that follow a first one.
Result<Cost> measure(const Root& root, Sampling method) {
  Cost cost;
  ProcessSampler sampler(root, method, Scans::many);
  double taken[4] = {};
  for (double& one : taken) {
    std::vector<ProcessSample> processes;
    const double begin = cpu_seconds();
    ASSIGN_OR_RETURN(SourceStatus scanned, sampler.scan({.fields = proc::Field::cmdline}, processes));
    one = cpu_seconds() - begin;
    cost.processes = processes.size();
  }
  cost.first = taken[0];
  std::sort(taken + 1, taken + 4);
  cost.next = taken[2];
  return cost;
}

std::string_view id_of(Sampling method) {
  switch (method) {
    case Sampling::reopen: return "sampling-reopen";
    case Sampling::keep: return "sampling-keep";
    default: return "sampling-bpf";
  }
}

std::string_view what_it_does(Sampling method) {
  switch (method) {
    case Sampling::reopen: return "opens the files of /proc each time";
    case Sampling::keep: return "keeps them open, and remembers what only exec changes";
    default: return "asks a BPF program in the kernel";
  }
}

/// Why BPF cannot be used: what kind of reason it is, and what helps.
void explain_refusal(const Error& refused, Capability& row) {
  row.reason = refused.message;
  row.status = refused.kind == ErrorKind::denied ? Ability::denied : Ability::unsupported;
  row.advice = "Linux 6.7 with BTF, and the PID namespace of the host";
  if (row.status == Ability::denied) {
    row.advice = "run vigie as root, or: setcap cap_bpf,cap_perfmon+ep on its file";
  } else if (refused.message.find("built without") != std::string::npos) {
    row.status = Ability::missing;
    row.advice = "build vigie where clang-19, bpftool and libbpf-dev are installed";
  }
}

/// The methods that ProcessSampler chooses now, and the reason.
Capability chosen_method(std::size_t processes, bool bpf) {
  Capability result{.id = "sampling", .value = static_cast<double>(processes), .unit = "processes"};
  if (bpf && processes >= bpf_pays_from) {
    result.reason =
        fmt::format("bpf, for single and for repeated looks: there are {} processes, and it pays from {} on", processes,
                    bpf_pays_from);
    return result;
  }
  const std::string why =
      bpf ? fmt::format("bpf is allowed and pays from {} processes on, there are {}", bpf_pays_from, processes)
          : std::string("bpf cannot be used");
  result.reason = fmt::format("reopen for a single look, keep for repeated ones: {}", why);
  return result;
}

void add_sampling(const Root& root, std::vector<Capability>& rows) {
  bool bpf = false;
  std::size_t processes = 0;
  const std::size_t at = rows.size();
  for (const Sampling method : {Sampling::reopen, Sampling::keep, Sampling::bpf}) {
    Capability& row = rows.emplace_back(Capability{.id = id_of(method), .unit = "seconds"});
    const Result<Cost> cost = measure(root, method);
    if (!cost) {
      explain_refusal(cost.error(), row);
      continue;
    }
    bpf = method == Sampling::bpf;
    processes = cost->processes;
    row.value = cost->next;
    row.reason = fmt::format("{}: {:.1f} ms of CPU for one look at {} processes, {:.1f} ms for the first",
                             what_it_does(method), cost->next * 1000, cost->processes, cost->first * 1000);
  }
  rows.insert(rows.begin() + static_cast<std::ptrdiff_t>(at), chosen_method(processes, bpf));
}

/// Without making it: `vigie run` does, when it is needed.
Capability state_directory() {
  Capability result{.id = "state-directory"};
  const Result<std::string> path = wire::runs_path();
  if (!path) {
    result.status = Ability::missing;
    result.reason = path.error().message;
    return result;
  }
  // The nearest one that exists is the one whose permission counts.
  std::string there = *path;
  while (::access(there.c_str(), F_OK) != 0 && there.size() > 1)
    there.resize(std::max<std::size_t>(there.rfind('/'), 1));
  if (::access(there.c_str(), W_OK | X_OK) == 0) {
    result.reason = fmt::format("runs can be kept in {}", *path);
    return result;
  }
  result.status = Ability::denied;
  result.reason = fmt::format("runs cannot be kept in {}: {} may not be written", *path, there);
  result.advice = "set XDG_STATE_HOME to a directory of yours";
  return result;
}

void add_own_cost(std::vector<Capability>& rows) {
  rusage used{};
  ::getrusage(RUSAGE_SELF, &used);
  const double most = static_cast<double>(used.ru_maxrss) * 1024;
  rows.push_back({.id = "own-memory",
                  .value = most,
                  .unit = "bytes",
                  .reason = fmt::format("vigie took {} of memory for this, at most", human_bytes(most))});
  const double cpu = cpu_seconds();
  rows.push_back(
      {.id = "own-cpu",
       .value = cpu,
       .unit = "seconds",
       .reason = fmt::format("vigie took {:.0f} ms of CPU for this, measuring included; nothing of it goes on "
                             "in the background",
                             cpu * 1000)});
}

}  // namespace

SourceStatus examine(const Root& root, std::vector<Capability>& capabilities) {
  const Instant begin = now();
  std::vector<ProcessSample> processes;
  ProcessSampler sampler(root, Sampling::reopen, Scans::one);
  const Result<SourceStatus> scanned = sampler.scan({.fields = proc::Field::exe | proc::Field::io}, processes);
  using namespace capability;
  auto& rows = capabilities;
  if (root.live()) {
    rows.push_back(all_processes(root));
    rows.push_back(host_processes(root));
    rows.push_back(other_processes(root, processes));
  }
  rows.push_back(tracing(root));
  rows.push_back(delay_accounting(root));
  rows.push_back(pressure(root));
  rows.push_back(control_groups(root));
  if (root.live()) {
    rows.push_back(control_group_limits(root));
    rows.push_back(memory_rollup(root));
    rows.push_back(logout(root));
    rows.push_back(perf_events(root));
    rows.push_back(process_events());
    rows.push_back(sockets());
    rows.push_back(descriptors(processes.size()));
    rows.push_back(terminal());
    rows.push_back(tmux());
    rows.push_back(nvidia_driver());
    rows.push_back(amd_driver());
    rows.push_back(state_directory());
    add_sampling(root, rows);
    add_own_cost(rows);
  }
  SourceStatus status{
      .name = "doctor", .state = SourceState::ok, .reason = {}, .duration_seconds = seconds_between(begin, now())};
  if (!scanned) {
    status.state = SourceState::partial;
    status.reason = scanned.error().message;
  }
  return status;
}

}  // namespace vigie
