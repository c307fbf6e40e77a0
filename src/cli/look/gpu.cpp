// vigie gpu: the GPUs, and who is on them.
#include <algorithm>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "base/text.hpp"
#include "cli/command.hpp"
#include "cli/look.hpp"
#include "cli/look/gpu_record.hpp"
#include "cli/look/no_gpus.hpp"
#include "model/gpu_use.hpp"
#include "model/xid.hpp"
#include "views/gpu_columns.hpp"

namespace vigie::cli {
namespace {

struct GpuOptions {
  LookOptions look;
  bool processes = false;
  std::string record;
};

std::string label(const GpuSample& gpu) {
  return "GPU " + number_of(gpu);
}

/// What the state of a GPU means, and who can do what about it; nothing for one that works. Those that are denied are
/// told together.
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

/// "3 of 8 GPUs are not for you here (1, 2, 5): ..."
void append_denied(View& view, const GpuOptions& options, const Frame& frame) {
  const std::vector<GpuSample>& gpus = *frame.snapshot->gpus;
  std::vector<std::size_t> denied;
  for (std::size_t at = 0; at < gpus.size(); ++at) {
    if (gpus[at].state == GpuState::denied) denied.push_back(at);
  }
  append_note(
      view.text, options.look, !denied.empty(),
      fmt::format("{} of {} GPU{} not for you here ({}): the control group of this session or container, or the "
                  "permissions of /dev/nvidia*, keep {}; root or the scheduler that made them can give access",
                  denied.size(), gpus.size(),
                  gpus.size() == 1     ? " is"
                  : denied.size() == 1 ? "s is"
                                       : "s are",
                  gpu_numbers(frame, denied), denied.size() == 1 ? "it" : "them"));
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

/// What is wrong with a GPU, a sentence each.
void append_troubles(View& view, const GpuOptions& options, const GpuSample& gpu) {
  const auto note = [&](bool when, const std::string& text) {
    append_note(view.text, options.look, when, label(gpu) + " " + text);
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

void append_all_troubles(View& view, const GpuOptions& options, const Frame& frame) {
  append_denied(view, options, frame);
  for (const GpuSample& gpu : *frame.snapshot->gpus) append_troubles(view, options, gpu);
}

void append_notes(View& view, const GpuOptions& options, const Frame& frame,
                  const std::vector<views::GpuClientRow>& clients) {
  for (const SourceStatus& source : frame.snapshot->sources) {
    append_note(view.text, options.look, source.name == "gpu" && source.state == SourceState::late,
                "old values: " + source.reason);
  }
  const auto hidden = std::ranges::count(clients, nullptr, &views::GpuClientRow::process);
  append_note(view.text, options.look, hidden > 0,
              fmt::format("not visible here: {} of these processes; in another container, or hidden from you (hidepid)",
                          hidden));
}

void append_instances(std::string& out, const std::vector<views::GpuRow>& rows) {
  for (const views::GpuRow& row : rows) {
    for (const GpuInstance& one : row.gpu->instances) {
      const auto text = [](std::string_view name, const auto& reading) {
        return format::human(metric(name), format::cell_of(reading));
      };
      fmt::format_to(std::back_inserter(out), "{} instance {} {}: {} of {} used, SM {}%\n", label(*row.gpu), one.number,
                     safe_text(one.name), text("gpu_memory_used_bytes", one.memory_used_bytes),
                     text("gpu_memory_total_bytes", one.memory_total_bytes),
                     text("sm_active_percent", one.sm_active_percent));
    }
  }
}

/// For programs: without a GPU a document all the same, whose sources say why it is empty.
View render_data(const Frame& frame, const GpuOptions& options) {
  const std::vector<views::GpuRow> rows = views::gpu_rows(frame);
  const std::vector<views::GpuClientRow> clients = views::gpu_client_rows(frame);
  View view;
  const format::Table gpus = views::make_table(views::gpu_columns(), rows),
                      processes = views::make_table(views::gpu_client_columns(), clients);
  const format::Section more[] = {{"processes", &processes}};
  if (options.processes) {
    append_table(view.text, options.look, frame, "processes", processes);
  } else {
    append_table(view.text, options.look, frame, "gpus", gpus, more);
  }
  if (!has_gpus(frame)) {
    view.status = exit_status(no_gpus(frame).error().kind);
    view.last = frame.snapshot->gpus.presence() != Presence::unknown;  // but of a driver that is late
  }
  return view;
}

Result<View> render(const Frame& frame, const GpuOptions& options) {
  if (options.look.json) return render_data(frame, options);
  if (!has_gpus(frame)) {
    std::unexpected<Error> none = no_gpus(frame);
    const bool may_come = options.look.watching() && frame.snapshot->gpus.presence() == Presence::unknown;
    if (!may_come || options.look.csv) return none;
    return View{.text = none.error().message + "\n"};  // of a driver that is late
  }
  if (options.look.csv) return render_data(frame, options);
  const std::vector<views::GpuRow> rows = views::gpu_rows(frame);
  const std::vector<views::GpuClientRow> clients = views::gpu_client_rows(frame);
  View view;
  if (!options.processes) {
    const auto columns = views::gpu_columns_for_people(rows, terminal_width());
    append_table(view.text, options.look, frame, "gpus", views::make_table(columns, rows));
    append_instances(view.text, rows);
    append_all_troubles(view, options, frame);  // above the processes: a small screen cuts off what is at the end
    if (!clients.empty()) view.text += '\n';
  }
  const auto columns = views::gpu_client_columns_for_people(clients);
  if (!clients.empty()) {
    append_table(view.text, options.look, frame, "processes", views::make_table(columns, clients));
  } else if (options.processes) {
    view.text += "no process is on a GPU\n";
  }
  if (options.processes) append_all_troubles(view, options, frame);
  append_notes(view, options, frame, clients);
  return view;
}

}  // namespace

void define_gpu(Command& command) {
  auto options = std::make_shared<GpuOptions>();
  command.examples(
      "Examples:\n"
      "  vigie gpu                     one line for each GPU, then who is on them: runs by name\n"
      "  vigie gpu -w                  again every two seconds\n"
      "  vigie gpu --processes         only who is on them\n"
      "  vigie gpu --csv               one row for each GPU, everything it can tell, for a spreadsheet\n"
      "  vigie gpu --json | jq '.gpus[] | select(.gpu_processes == 0) | .gpu_uuid'   the free ones\n"
      "  vigie gpu -w 1 --record gpus.jsonl   keep what the driver says, to be played again\n"
      "GPU% is the time in which any kernel ran, as nvidia-smi shows it; SM% is how much of the GPU was at work.");
  command.flag("--processes", options->processes, "the processes on the GPUs, without the GPUs");
  command
      .option("--record", options->record, "write what NVIDIA's driver says to FILE too, a line for each GPU and look")
      .value_name("FILE");
  add_look_options(command, options->look, "0.5");
  add_replay_option(command, options->look);
  command.does([options]() -> Result<int> {
    std::optional<GpuRecorder> recorder;
    if (!options->record.empty()) {
      Result<GpuRecorder> opened = GpuRecorder::open(options->record);
      if (!opened) return pass(std::move(opened));
      recorder = std::move(*opened);
    }
    FeedOptions feed;
    feed.fields = proc::Field::cmdline;
    feed.gpus = GpuWish::needed;
    return look(options->look, feed, [&](const Frame& frame) -> Result<View> {
      if (recorder && has_gpus(frame)) {
        if (Result<void> written = recorder->append(frame); !written) return pass(std::move(written));
      }
      return render(frame, *options);
    });
  });
}

}  // namespace vigie::cli
