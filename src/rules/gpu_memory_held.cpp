// gpu-memory-held: memory of a GPU that no living program can use.
#include <algorithm>

#include <fmt/format.h>

#include "base/units.hpp"
#include "model/gpu_use.hpp"
#include "rules/facts/gpu_facts.hpp"
#include "rules/rule.hpp"
#include "rules/thresholds.hpp"

namespace vigie::rules {
namespace {

/// Memory that is held in one way, and what is said about it.
struct Holders {
  double bytes = 0;
  std::string names;  ///< "12.0G by python3 (pid 4711, a zombie)"
  pid_t first = 0;
  std::string summary, cause, action;
  double confidence = 0.95;
  Severity severity = Severity::warning;
};

void add(Holders& held, const GpuClient& client, const std::string& who) {
  const auto bytes = static_cast<double>(client.memory_bytes.value_or(0));
  held.bytes += bytes;
  if (held.first == 0) held.first = client.pid;
  held.names += fmt::format("{}{} by {}", held.names.empty() ? "" : ", ", human_bytes(bytes), who);
}

/// Zombies, and processes left over from a run that has ended.
std::optional<Holders> dead_holders(const Case& run, const GpuSample& gpu) {
  const Frame& frame = run.frame();
  Holders held;
  bool any_zombie = false;
  for (const GpuClient& client : *gpu.clients) {
    const ProcessSample* const process = frame.snapshot->find_pid(client.pid);
    if (process == nullptr) continue;
    const bool zombie = process->state == 'Z';
    const auto index = static_cast<std::size_t>(process - frame.snapshot->processes.data());
    const int of = index < frame.view.run_of.size() ? frame.view.run_of[index] : -1;
    const bool left = of >= 0 && frame.view.runs[static_cast<std::size_t>(of)].state == RunState::exiting;
    if (!zombie && !left) continue;
    any_zombie = any_zombie || zombie;
    add(held, client,
        fmt::format("{} (pid {}, {})", process->comm, client.pid,
                    zombie ? "a zombie" : "left over by " + frame.view.runs[static_cast<std::size_t>(of)].name));
  }
  if (held.first == 0) return std::nullopt;
  held.summary = "what is left of programs that ended";
  held.cause = "processes of a run that outlived it, or whose parent does not wait for them";
  held.action = any_zombie ? fmt::format("end the parent of the zombie: vigie tree {}", held.first)
                           : fmt::format("end it: vigie kill {}", held.first);
  return held;
}

/// Whether every process that there is was seen: kernel threads are in the initial PID namespace alone, and neither a
/// scan of few processes nor one where others' are hidden has them. A GPU's processes may be anywhere.
bool sees_everybody(const Snapshot& snapshot) {
  constexpr pid_t kthreadd = 2;
  const ProcessSample* const process = snapshot.find_pid(kthreadd);
  return process != nullptr && process->kernel_thread;
}

/// Whether the driver lists a pid in every frame of the window, and no frame has such a process: one that just began or
/// just ended may be missing in a single one.
bool is_ghost(std::span<const Frame> window, const GpuSample& gpu, pid_t pid) {
  std::size_t frames = 0;
  for (const Frame& frame : window) {
    const Snapshot& snapshot = *frame.snapshot;
    if (snapshot.find_pid(pid) != nullptr || !sees_everybody(snapshot)) return false;
    if (!snapshot.gpus) continue;
    const auto then = std::ranges::find_if(*snapshot.gpus, [&](const GpuSample& one) { return is_same_gpu(one, gpu); });
    if (then == snapshot.gpus->end() || !then->clients || then->age_seconds > 0) continue;
    if (std::ranges::find(*then->clients, pid, &GpuClient::pid) == then->clients->end()) return false;
    ++frames;
  }
  return frames >= thresholds::ghost_looks;
}

/// Processes that the driver lists and that do not exist any more.
std::optional<Holders> ghosts(const Case& run, const GpuSample& gpu) {
  Holders held;
  for (const GpuClient& client : *gpu.clients) {
    if (client.pid > 0 && is_ghost(run.frames(), gpu, client.pid))
      add(held, client, fmt::format("pid {}, which does not exist", client.pid));
  }
  if (held.first == 0) return std::nullopt;
  held.summary = "a process that does not exist any more";
  held.cause =
      "the driver did not take it back when the process ended: an error of the driver, or a kernel that never "
      "ends (dmesg tells of Xids)";
  held.action =
      "when no other process is on it, root resets it (nvidia-smi --gpu-reset); where that is refused, a reboot "
      "helps";
  held.confidence = 0.85;
  return held;
}

/// Memory in use beyond what the driver reserves and its clients have; absent where one of these is not known.
Reading<double> unclaimed_bytes(const GpuSample& gpu) {
  if (!gpu.memory_used_bytes) return gpu.memory_used_bytes.presence();
  if (gpu.mig.value_or(false)) return Presence::unsupported;
  double claimed = 0;
  for (const GpuClient& client : *gpu.clients) {
    if (!client.memory_bytes) return client.memory_bytes.presence();
    claimed += static_cast<double>(*client.memory_bytes);
  }
  return static_cast<double>(*gpu.memory_used_bytes) - claimed;
}

/// Memory of an idle GPU that no process has: a note, as drivers do not list every process. In a container they list
/// none of those outside.
std::optional<Holders> nobody(const Case& run, const GpuFacts& facts) {
  const GpuSample& gpu = *facts.gpu;
  const bool idle = facts.most_busy_percent && *facts.most_busy_percent < thresholds::gpu_idle_percent;
  const Reading<double> unclaimed = unclaimed_bytes(gpu);
  if (!idle || unclaimed.value_or(0) < thresholds::gpu_held_bytes || !sees_everybody(*run.frame().snapshot))
    return std::nullopt;
  return Holders{.bytes = *unclaimed,
                 .names = fmt::format("{} in use, {} more than its {} and the driver have",
                                      human_bytes(static_cast<double>(*gpu.memory_used_bytes)), human_bytes(*unclaimed),
                                      Case::counted(gpu.clients->size(), "process")),
                 .summary = "no process that can be seen",
                 .cause = "a process that the driver does not list, or a driver that did not give it back",
                 .action = "as root: vigie gpu, or fuser -v /dev/nvidia*, on the host itself",
                 .confidence = 0.7,
                 .severity = Severity::info};
}

}  // namespace

std::optional<Finding> gpu_memory_held(const Case& run) {
  for (const GpuFacts& facts : gpus_of(run)) {
    const GpuSample& gpu = *facts.gpu;
    // A card that is gone is said to have the processes that were on it last.
    if (!gpu.clients || gpu.age_seconds > 0 || gpu.state != GpuState::working) continue;
    std::optional<Holders> held = dead_holders(run, gpu);
    if (!held) held = ghosts(run, gpu);
    if (!held) held = nobody(run, facts);
    if (!held) continue;
    Finding finding = run.finding(held->severity, held->confidence);
    finding.summary = fmt::format("{} of {} is held by {}", human_bytes(held->bytes), label_of(gpu), held->summary);
    finding.evidence.push_back(run.evidence("gpu_memory_held_bytes", held->bytes,
                                            held->first == 0 ? thresholds::gpu_held_bytes : 0, held->names));
    finding.causes.push_back(held->cause);
    finding.actions.push_back(held->action);
    return finding;
  }
  return std::nullopt;
}

}  // namespace vigie::rules
