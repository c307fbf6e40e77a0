// Rules about GPUs that are broken, slowed down, or full of memory that nobody uses.
#include <algorithm>

#include <fmt/format.h>

#include "base/units.hpp"
#include "model/gpu_use.hpp"
#include "model/xid.hpp"
#include "rules/gpu_facts.hpp"
#include "rules/thresholds.hpp"

namespace vigie {
namespace {

struct Fault {
  std::string_view metric;
  std::string text;
  std::string_view cause, action;
  double value = 0;
  Severity severity = Severity::critical;
  double confidence = 0.95;
};

constexpr std::string_view drain =
    "start the run again on another GPU; when nobody is on this one, root resets it (nvidia-smi "
    "--gpu-reset) or the host; a GPU that does it again is to be replaced";

Fault fault_of_xid(unsigned number) {
  const Xid xid = xid_of(number);
  const bool program = xid.kind == XidKind::program;
  return {.metric = "gpu_xid",
          .text = fmt::format("the driver reported Xid {}{}{}", number, xid.text.empty() ? "" : ": ", xid.text),
          .cause =
              program ? "an error of the program that runs there, or of a library of it" : "the hardware or the driver",
          .action = program ? "find the kernel: CUDA_LAUNCH_BLOCKING=1, or compute-sanitizer, with a short run" : drain,
          .value = static_cast<double>(number),
          .severity = Severity::critical,
          .confidence = xid.text.empty() ? 0.8 : 0.95};
}

/// What is wrong with one GPU; the worst first.
std::optional<Fault> fault_of(const GpuSample& gpu) {
  if (gpu.state == GpuState::lost) {
    return Fault{.metric = "gpu_lost",
                 .text = "the driver says that it is lost: it fell off the bus",
                 .cause = "power, heat, the slot, or the GPU itself",
                 .action = drain,
                 .value = 1};
  }
  if (gpu.xid) return fault_of_xid(*gpu.xid);
  if (gpu.recovery.value_or(GpuRecovery::none) != GpuRecovery::none) {
    return Fault{.metric = "recovery_action",
                 .text = fmt::format("the driver says what it needs before it works again: {}", name_of(*gpu.recovery)),
                 .cause = "an error of the hardware or of the driver: dmesg says which",
                 .action = drain,
                 .value = static_cast<double>(*gpu.recovery)};
  }
  if (gpu.remap_failed.value_or(false)) {
    return Fault{.metric = "remap_failed",
                 .text = "a broken row of its memory could not be replaced: there is no spare one",
                 .cause = "memory that wears out",
                 .action = drain,
                 .value = 1};
  }
  if (gpu.ecc_uncorrected.value_or(0) > 0) {
    return Fault{.metric = "ecc_uncorrected",
                 .text = fmt::format("{} errors of memory that ECC could not correct since the driver "
                                     "was loaded",
                                     *gpu.ecc_uncorrected),
                 .cause = "memory of the GPU that loses bits",
                 .action = drain,
                 .value = static_cast<double>(*gpu.ecc_uncorrected),
                 .severity = Severity::warning,
                 .confidence = 0.8};
  }
  if (gpu.remap_pending.value_or(false)) {
    return Fault{.metric = "remap_pending",
                 .text = "a broken row of its memory waits to be replaced at the next reset",
                 .cause = "memory that lost bits",
                 .action = "reset it when nobody is on it: root, nvidia-smi --gpu-reset",
                 .value = 1,
                 .severity = Severity::warning,
                 .confidence = 0.9};
  }
  return std::nullopt;
}

/// Reasons other than the power limit: those are not met by a healthy card.
bool by_heat_or_brake(std::uint8_t throttle) {
  return (throttle & ~static_cast<unsigned>(Throttle::power_cap)) != 0;
}

std::string_view cooling_or_power(std::uint8_t throttle) {
  if ((throttle & (static_cast<unsigned>(Throttle::thermal) | static_cast<unsigned>(Throttle::hot_hardware))) != 0)
    return "it is too hot: fans, filters, the room, or neighbours that heat it; until then less work at once";
  if ((throttle & static_cast<unsigned>(Throttle::power_brake)) != 0)
    return "the host's power supply asks for less: tell who runs the machine";
  if ((throttle & static_cast<unsigned>(Throttle::hardware)) != 0)
    return "heat or power, by the hardware itself: vigie stat gpu 1 shows both; tell who runs the machine";
  return "its power limit is set low: vigie gpu shows it; root raises it with nvidia-smi --power-limit";
}

/// Who on this GPU is dead, or left over by a run that has ended: "12.0G by python3 (pid 4711, a zombie)".
struct Holders {
  double bytes = 0;
  std::string names;
  pid_t first = 0;
  bool zombie = false;
};

Holders dead_holders(const Frame& frame, const GpuSample& gpu) {
  Holders held;
  for (const GpuClient& client : *gpu.clients) {
    const ProcessSample* const process = frame.snapshot->find_pid(client.pid);
    if (process == nullptr) continue;
    const bool zombie = process->state == 'Z';
    const auto index = static_cast<std::size_t>(process - frame.snapshot->processes.data());
    const int run = index < frame.view.run_of.size() ? frame.view.run_of[index] : -1;
    const bool left = run >= 0 && frame.view.runs[static_cast<std::size_t>(run)].state == RunState::exiting;
    if (!zombie && !left) continue;
    const double bytes = static_cast<double>(client.memory_bytes.value_or(0));
    held.bytes += bytes;
    if (held.first == 0) held.first = client.pid;
    held.zombie = held.zombie || zombie;
    held.names += fmt::format(
        "{}{} by {} (pid {}, {})", held.names.empty() ? "" : ", ", human_bytes(bytes), process->comm, client.pid,
        zombie ? "a zombie" : "left over by " + frame.view.runs[static_cast<std::size_t>(run)].name);
  }
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

}  // namespace

std::optional<Finding> gpu_error(const Case& run) {
  for (const GpuFacts& facts : gpus_of(run)) {
    const std::optional<Fault> fault = fault_of(*facts.gpu);
    if (!fault) continue;
    Finding finding = run.finding("gpu-error", fault->severity, fault->confidence);
    finding.summary = fmt::format("{}{} has an error", label_of(*facts.gpu), run.is_host() ? "" : ", which it is on,");
    finding.evidence.push_back(run.evidence(std::string(fault->metric), fault->value, 0, fault->text));
    finding.causes.emplace_back(fault->cause);
    finding.actions.emplace_back(fault->action);
    return finding;
  }
  return std::nullopt;
}

std::optional<Finding> gpu_throttled(const Case& run) {
  for (const GpuFacts& facts : gpus_of(run)) {
    // A GPU with nothing to do has low clocks anyway.
    if (!facts.clock_percent || facts.busy_percent.value_or(0) < thresholds::gpu_busy_percent / 2) continue;
    if (facts.throttled < thresholds::throttled_looks) continue;
    const bool serious = by_heat_or_brake(facts.throttle);
    const double bound = serious ? thresholds::held_clock_percent : thresholds::power_held_clock_percent;
    if (*facts.clock_percent >= bound) continue;
    Finding finding = run.finding("gpu-throttled", Severity::warning, serious ? 0.95 : 0.85);
    finding.share_percent = 100 - *facts.clock_percent;
    finding.summary = fmt::format("the clocks of {} are held down to {:.0f} %: {}", label_of(*facts.gpu),
                                  *facts.clock_percent, describe_throttle(facts.throttle));
    finding.evidence.push_back(
        run.evidence("sm_clock_percent", *facts.clock_percent, bound,
                     fmt::format("its SMs run at {:.0f} % of their highest clock while it is busy {:.0f} % of the time",
                                 *facts.clock_percent, *facts.busy_percent)));
    finding.evidence.push_back(run.evidence("throttled_percent", facts.throttled * 100,
                                            thresholds::throttled_looks * 100,
                                            fmt::format("held down in {:.0f} % of the looks: {}", facts.throttled * 100,
                                                        describe_throttle(facts.throttle))));
    if (facts.gpu->temperature_celsius) {
      finding.evidence.push_back(
          run.evidence("temperature_celsius", *facts.gpu->temperature_celsius, facts.gpu->slowdown_celsius.value_or(0),
                       fmt::format("{:.0f} °C{}", *facts.gpu->temperature_celsius,
                                   facts.gpu->slowdown_celsius
                                       ? fmt::format(", it slows itself down at {:.0f}", *facts.gpu->slowdown_celsius)
                                       : std::string())));
    }
    finding.causes.push_back(describe_throttle(facts.throttle));
    finding.actions.emplace_back(cooling_or_power(facts.throttle));
    return finding;
  }
  return std::nullopt;
}

std::optional<Finding> gpu_memory_held(const Case& run) {
  for (const GpuFacts& facts : gpus_of(run)) {
    const GpuSample& gpu = *facts.gpu;
    if (!gpu.clients || gpu.age_seconds > 0) continue;
    const Holders dead = dead_holders(run.frame(), gpu);
    const Reading<double> unclaimed = unclaimed_bytes(gpu);
    const bool idle = facts.most_busy_percent && *facts.most_busy_percent < thresholds::gpu_idle_percent;
    const bool nobody = idle && unclaimed.value_or(0) >= thresholds::gpu_held_bytes;
    if (dead.first == 0 && !nobody) continue;
    Finding finding = run.finding("gpu-memory-held", Severity::warning, dead.first != 0 ? 0.95 : 0.7);
    const double bytes = dead.first != 0 ? dead.bytes : *unclaimed;
    finding.summary = fmt::format("{} of {} is held by {}", human_bytes(bytes), label_of(gpu),
                                  dead.first != 0 ? "what is left of programs that ended" : "nobody who is to be seen");
    finding.evidence.push_back(run.evidence(
        "gpu_memory_held_bytes", bytes, nobody ? thresholds::gpu_held_bytes : 0,
        dead.first != 0 ? dead.names
                        : fmt::format("{} in use, {} more than its {} and the driver have",
                                      human_bytes(static_cast<double>(*gpu.memory_used_bytes)), human_bytes(*unclaimed),
                                      Case::counted(gpu.clients->size(), "process"))));
    finding.causes.emplace_back(dead.first != 0
                                    ? "processes of a run that outlived it, or whose parent does not wait for them"
                                    : "a process in another container or of a user whose processes are hidden, or a "
                                      "driver that did not give it back");
    finding.actions.push_back(dead.first == 0
                                  ? std::string("as root: vigie gpu, or fuser -v /dev/nvidia*, on the host itself")
                              : dead.zombie ? fmt::format("end the parent of the zombie: vigie tree {}", dead.first)
                                            : fmt::format("end it: vigie kill {}", dead.first));
    return finding;
  }
  return std::nullopt;
}

}  // namespace vigie
