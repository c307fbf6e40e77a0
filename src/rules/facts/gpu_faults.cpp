#include "rules/facts/gpu_faults.hpp"

#include <algorithm>
#include <functional>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "model/xid.hpp"
#include "rules/thresholds.hpp"

namespace vigie::rules {
namespace {

using Fault = GpuFault;

constexpr std::string_view drain =
    "start the run again on another GPU; when no process is on this one, root resets it (nvidia-smi "
    "--gpu-reset) or the host; a GPU that does it again is to be replaced";

/// What the state says; a card that is denied or asleep is no fault.
std::optional<Fault> fault_of_state(const GpuSample& gpu) {
  switch (gpu.state) {
    case GpuState::lost:
      return Fault{.metric = "gpu_lost",
                   .text = "the driver says that it is lost: it fell off the bus",
                   .cause = "power, heat, the slot, or the GPU itself",
                   .action = drain,
                   .value = 1};
    case GpuState::needs_reset:
      return Fault{.metric = "gpu_needs_reset",
                   .text = "the driver answers every call with: it has to be reset before it works again",
                   .cause = "an error of the hardware or of the driver: dmesg says which",
                   .action = drain,
                   .value = 1};
    case GpuState::unpowered:
      return Fault{.metric = "gpu_unpowered",
                   .text = "the driver says that its power cables are not properly connected",
                   .cause = "a power cable that is loose or missing, or a power supply that is too small",
                   .action = "tell the administrator: the cables of the card are to be looked at",
                   .value = 1};
    case GpuState::unopened:
      return Fault{.metric = "gpu_unopened",
                   .text = "the driver counts it and gives no handle to it",
                   .cause = "it fell off the bus, or did not start: dmesg says which",
                   .action = drain,
                   .value = 1,
                   .confidence = 0.8};
    case GpuState::working:
    case GpuState::asleep:
    case GpuState::denied: break;
  }
  return std::nullopt;
}

bool came(const GpuSample& gpu, unsigned xid) {
  return gpu.xids && std::ranges::find(*gpu.xids, xid) != gpu.xids->end();
}

/// "", ", then Xid 45, 154": what came beside the number that explains the others, in its order.
std::string others_of(const GpuSample& gpu, unsigned leading) {
  std::string text;
  for (const unsigned number : gpu.xids.value_or({})) {
    if (number != leading) text += (text.empty() ? "; with it came Xid " : ", ") + std::to_string(number);
  }
  return text;
}

bool nothing_waits_to_be_replaced(const GpuSample& gpu) {
  return gpu.remap_pending && !*gpu.remap_pending && gpu.remap_failed && !*gpu.remap_failed;
}

/// The broken rows of its memory have been replaced, and nothing is left to do.
bool is_replaced(const GpuSample& gpu) {
  return gpu.remapped_rows.value_or(0) > 0 && nothing_waits_to_be_replaced(gpu) &&
         gpu.recovery.value_or(GpuRecovery::none) == GpuRecovery::none;
}

/// The driver tells what has to be done, and it is nothing.
bool is_dealt_with(const GpuSample& gpu) {
  return nothing_waits_to_be_replaced(gpu) || (gpu.recovery && *gpu.recovery == GpuRecovery::none);
}

bool asks_for_something(const GpuSample& gpu) {
  return gpu.recovery.value_or(GpuRecovery::none) != GpuRecovery::none;
}

std::optional<Fault> fault_of_xid(const GpuSample& gpu) {
  if (!gpu.xid) return std::nullopt;
  const Xid xid = xid_of(*gpu.xid);
  Fault fault{.metric = "gpu_xid",
              .text = fmt::format("the driver reported Xid {}{}{}{}", xid.number, xid.text.empty() ? "" : ": ",
                                  xid.text, others_of(gpu, xid.number)),
              .cause = "the hardware or the driver",
              .action = drain,
              .value = static_cast<double>(xid.number),
              .confidence = xid.text.empty() ? 0.8 : 0.95};
  switch (xid.kind) {
    case XidKind::program:
      fault.cause = "an error of the program that runs there, or of a library of it";
      fault.action = "find the kernel: CUDA_LAUNCH_BLOCKING=1, or compute-sanitizer, with a short run";
      // The error ends its program: one that goes on computing is another.
      if (gpu.busy_percent.value_or(0) >= thresholds::held_busy_percent && !asks_for_something(gpu))
        fault.severity = Severity::warning;
      if (came(gpu, xid_no_change))
        fault.action =
            "find the kernel (CUDA_LAUNCH_BLOCKING=1, compute-sanitizer); Xid 109 with it may want a reset before "
            "the GPU works again: when no process is on it, root: nvidia-smi --gpu-reset";
      break;
    case XidKind::notice:
      fault.cause = "nothing that stops its work; where it is about memory, some of that wears out";
      fault.action = "nothing for now; when it comes again and again, tell the administrator";
      fault.severity = is_dealt_with(gpu) ? Severity::info : Severity::warning;
      break;
    case XidKind::unknown:
      if (asks_for_something(gpu)) break;
      fault.action = "dmesg says more about it; of one that comes again, tell the administrator";
      fault.severity = Severity::warning;
      break;
    case XidKind::follows:
      fault.cause = "a program that was killed, or an error from before vigie looked";
      fault.action = "dmesg tells what came before it";
      fault.severity = Severity::info;
      fault.confidence = 0.7;
      break;
    case XidKind::hardware:
      if (xid.number == xid_contained) {
        fault.cause = "memory of the GPU that loses bits: the program that had them was ended, others go on";
        fault.action = "start that program again; of one that comes again, tell the administrator";
      }
      if (!may_be_harmless(xid.number) || came(gpu, xid_taken_off) || asks_for_something(gpu)) break;
      fault.text += "; whether it did any harm the number does not tell";
      fault.action = "dmesg says whether it was fatal; of one that comes again, tell the administrator";
      fault.severity = Severity::warning;
      fault.confidence = 0.6;
      break;
  }
  return fault;
}

std::optional<Fault> fault_of_recovery(const GpuSample& gpu) {
  const GpuRecovery recovery = gpu.recovery.value_or(GpuRecovery::none);
  if (recovery == GpuRecovery::none) return std::nullopt;
  return Fault{.metric = "recovery_action",
               .text = fmt::format("the driver says what it needs before it works again: {}", name_of(recovery)),
               .cause = "an error of the hardware or of the driver: dmesg says which",
               .action = drain,
               .value = static_cast<double>(recovery)};
}

/// What is wrong with its memory.
void add_memory_faults(const GpuSample& gpu, std::vector<Fault>& faults) {
  if (gpu.remap_failed.value_or(false)) {
    faults.push_back({.metric = "remap_failed",
                      .text = "a broken row of its memory could not be replaced: there is no spare one",
                      .cause = "memory that wears out",
                      .action = drain,
                      .value = 1});
  }
  if (gpu.ecc_uncorrected.value_or(0) > 0) {
    faults.push_back({.metric = "ecc_uncorrected",
                      .text = fmt::format("{} errors of memory that ECC could not correct since the driver was loaded",
                                          *gpu.ecc_uncorrected),
                      .cause = "memory of the GPU that loses bits",
                      .action = drain,
                      .value = static_cast<double>(*gpu.ecc_uncorrected),
                      .severity = is_replaced(gpu) ? Severity::info : Severity::warning,
                      .confidence = 0.8});
    if (is_replaced(gpu))
      faults.back().action = "nothing for now: its rows were replaced; when the number grows, tell the administrator";
  }
  if (gpu.remap_pending.value_or(false)) {
    faults.push_back({.metric = "remap_pending",
                      .text = "a broken row of its memory waits to be replaced at the next reset",
                      .cause = "memory that lost bits",
                      .action = "reset it when no process is on it: root, nvidia-smi --gpu-reset",
                      .value = 1,
                      .severity = Severity::warning,
                      .confidence = 0.9});
  }
}

}  // namespace

std::string_view action_for(GpuRecovery recovery) {
  switch (recovery) {
    case GpuRecovery::none: break;
    case GpuRecovery::reset:
      return "the driver asks for a reset of this GPU: when no process is on it, root: nvidia-smi --gpu-reset";
    case GpuRecovery::reboot: return "the driver asks for a reboot of the host: nothing less helps";
    case GpuRecovery::drain_links:
      return "the driver asks for its links to be drained: end what runs on the GPUs that NVLink connects it to";
    case GpuRecovery::drain_and_reset:
      return "the driver asks for a drain and a reset: let what runs there end, start nothing new, then root: "
             "nvidia-smi --gpu-reset";
  }
  return {};
}

/// A request of the driver itself takes the place of general advice.
std::vector<GpuFault> faults_of(const GpuSample& gpu) {
  std::vector<Fault> faults;
  for (std::optional<Fault> one : {fault_of_state(gpu), fault_of_xid(gpu), fault_of_recovery(gpu)}) {
    if (one) faults.push_back(std::move(*one));
  }
  add_memory_faults(gpu, faults);
  std::ranges::stable_sort(faults, std::ranges::greater(), &Fault::severity);
  const std::string_view asked_for = action_for(gpu.recovery.value_or(GpuRecovery::none));
  for (Fault& fault : faults) {
    if (!asked_for.empty() && fault.action == drain) fault.action = asked_for;
  }
  return faults;
}

}  // namespace vigie::rules
