#include "views/gpu_notes.hpp"

#include <algorithm>
#include <optional>

#include <fmt/format.h>

#include "base/text.hpp"
#include "model/gpu_use.hpp"
#include "model/xid.hpp"

namespace vigie::views {
namespace {

std::string label(const GpuSample& gpu) {
  return "GPU " + number_of(gpu);
}

/// What the state of a GPU means, and what can be done about it and by which user; nothing for one that works. Those
/// that are denied are told together.
std::string describe_state(const GpuSample& gpu) {
  switch (gpu.state) {
    case GpuState::working:
    case GpuState::denied: return {};
    case GpuState::asleep: return "is switched off by power management, and was not woken";
    case GpuState::lost: return "has fallen off the bus: its driver does not reach it any more (dmesg says why)";
    case GpuState::unpowered:
      return "does not get its power: the driver says that a cable is not connected; the owner of the host can see to "
             "it";
    case GpuState::needs_reset:
      return fmt::format(
          "does nothing before it is reset: root does that with nvidia-smi --gpu-reset -i {} once no "
          "process has it open, no monitor either, or starts the host again",
          gpu.pci.empty() ? std::to_string(gpu.index) : gpu.pci);
    case GpuState::unopened:
      return "does not answer: its driver gives an error and no reason (dmesg may); it may have fallen off the bus";
  }
  return {};
}

/// "3 of 8 GPUs are not for you here (1-2, 5): ..."
std::optional<std::string> denied_text(const Frame& frame) {
  const std::vector<GpuSample>& gpus = *frame.snapshot->gpus;
  std::vector<std::size_t> denied;
  for (std::size_t at = 0; at < gpus.size(); ++at) {
    if (gpus[at].state == GpuState::denied) denied.push_back(at);
  }
  if (denied.empty()) return std::nullopt;
  return fmt::format(
      "{} of {} GPU{} not for you here ({}): the control group of this session or container, or the "
      "permissions of /dev/nvidia*, keep {}; root or the scheduler that made them can give access",
      denied.size(), gpus.size(),
      gpus.size() == 1     ? " is"
      : denied.size() == 1 ? "s is"
                           : "s are",
      gpu_numbers(frame, denied), denied.size() == 1 ? "it" : "them");
}

/// "reported error Xid 62: the GPU's own controller halted (also Xid 45)"; of a GPU with an Xid.
std::string describe_errors(const GpuSample& gpu) {
  const Xid xid = xid_of(*gpu.xid);
  std::string text = fmt::format("reported error Xid {}{}{}", xid.number, xid.text.empty() ? "" : ": ", xid.text);
  std::string others;
  for (const unsigned other : gpu.xids.value_or({})) {
    if (other != xid.number) others += fmt::format("{}{}", others.empty() ? "" : ", ", other);
  }
  return others.empty() ? text : text + fmt::format(" (also Xid {})", others);
}

/// The troubles of a GPU, a sentence each.
void add_troubles(std::vector<std::string>& troubles, const GpuSample& gpu) {
  const auto note = [&](bool when, const std::string& text) {
    if (when) troubles.push_back(label(gpu) + " " + text);
  };
  const std::string state = describe_state(gpu);
  note(!state.empty(), state);
  if (gpu.power_limit_watts.value_or(0) < gpu.power_default_watts.value_or(0) && gpu.power_limit_watts)
    note(true,
         fmt::format("may draw {:.0f} W, less than the {:.0f} W that it has unless root sets a limit (nvidia-smi -pl)",
                     *gpu.power_limit_watts, *gpu.power_default_watts));
  note(gpu.shared_memory, "has no memory to speak of: it uses the host's (vigie mem)");
  if (gpu.xid) note(true, describe_errors(gpu));
  if (gpu.ecc_uncorrected.value_or(0) > 0)
    note(true, fmt::format("has had memory errors that could not be corrected: {}", *gpu.ecc_uncorrected));
  if (gpu.recovery.value_or(GpuRecovery::none) != GpuRecovery::none)
    note(true, fmt::format("does not work rightly before this is done: {} (says its driver)", name_of(*gpu.recovery)));
  note(gpu.remap_failed.value_or(false), "has a broken row of memory and no spare one: it is to be exchanged");
  note(gpu.remap_pending.value_or(false), "replaces a broken row of memory at its next reset");
  note(is_slowed(gpu.throttle.value_or(0)), "is slowed down: " + describe_throttle(gpu.throttle.value_or(0)));
  note(gpu.mig.value_or(false) && gpu.instances.empty(), "is in MIG mode and has no instances: no program can use it");
}

}  // namespace

std::vector<std::string> gpu_troubles(const Frame& frame) {
  std::vector<std::string> troubles;
  if (std::optional<std::string> denied = denied_text(frame)) troubles.push_back(std::move(*denied));
  for (const GpuSample& gpu : *frame.snapshot->gpus) add_troubles(troubles, gpu);
  return troubles;
}

std::vector<std::string> gpu_notes(const Frame& frame, const std::vector<GpuClientRow>& clients) {
  std::vector<std::string> notes;
  for (const SourceStatus& source : frame.snapshot->sources) {
    if (source.name == "gpu" && source.state == SourceState::late) notes.push_back("old values: " + source.reason);
  }
  if (const auto hidden = std::ranges::count(clients, nullptr, &GpuClientRow::process); hidden > 0) {
    notes.push_back(fmt::format(
        "not visible here: {} of these processes; in another container, or hidden from you (hidepid)", hidden));
  }
  return notes;
}

std::vector<std::string> gpu_instance_lines(const Frame& frame) {
  std::vector<std::string> lines;
  for (const GpuSample& gpu : *frame.snapshot->gpus) {
    for (const GpuInstance& one : gpu.instances) {
      const auto text = [](std::string_view name, const auto& reading) {
        return format::human(metric(name), cell_of(reading));
      };
      lines.push_back(fmt::format("{} instance {} {}: {} of {} used, SM {}%", label(gpu), one.number,
                                  safe_text(one.name), text("gpu_memory_used_bytes", one.memory_used_bytes),
                                  text("gpu_memory_total_bytes", one.memory_total_bytes),
                                  text("sm_active_percent", one.sm_active_percent)));
    }
  }
  return lines;
}

}  // namespace vigie::views
