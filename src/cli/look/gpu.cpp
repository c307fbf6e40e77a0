// vigie gpu: the GPUs, and who is on them.
#include <algorithm>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include <fmt/format.h>

#include "base/text.hpp"
#include "cli/command.hpp"
#include "cli/look.hpp"
#include "cli/look/gpu_columns.hpp"
#include "cli/look/gpu_record.hpp"
#include "cli/look/no_gpus.hpp"
#include "model/gpu_use.hpp"

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

/// What is wrong with a GPU, a sentence each.
void append_troubles(View& view, const GpuOptions& options, const GpuSample& gpu) {
  const auto note = [&](bool when, const std::string& text) {
    append_note(view.text, options.look, when, label(gpu) + " " + text);
  };
  note(gpu.state == GpuState::lost, "has fallen off the bus: its driver does not reach it any more (dmesg says why)");
  note(gpu.state == GpuState::asleep, "is switched off by power management, and was not woken");
  if (gpu.xid) note(true, fmt::format("reported error Xid {}", *gpu.xid));
  if (gpu.ecc_uncorrected.value_or(0) > 0)
    note(true, fmt::format("has had memory errors that could not be corrected: {}", *gpu.ecc_uncorrected));
  if (gpu.recovery.value_or(GpuRecovery::none) != GpuRecovery::none)
    note(true, fmt::format("does not work rightly before this is done: {} (says its driver)", name_of(*gpu.recovery)));
  note(gpu.remap_failed.value_or(false), "has a broken row of memory and no spare one: it is to be exchanged");
  note(gpu.remap_pending.value_or(false), "replaces a broken row of memory at its next reset");
  note(gpu.mig.value_or(false) && gpu.instances.empty(), "is in MIG mode and has no instances: nobody can use it");
}

void append_notes(View& view, const GpuOptions& options, const Frame& frame, const std::vector<GpuClientRow>& clients) {
  for (const SourceStatus& source : frame.snapshot->sources) {
    append_note(view.text, options.look, source.name == "gpu" && source.state == SourceState::late,
                "old values: " + source.reason);
  }
  for (const GpuSample& gpu : *frame.snapshot->gpus) append_troubles(view, options, gpu);
  const auto hidden = std::ranges::count(clients, nullptr, &GpuClientRow::process);
  append_note(view.text, options.look, hidden > 0,
              fmt::format("not visible here: {} of these processes; in another container, or hidden from you (hidepid)",
                          hidden));
}

void append_instances(std::string& out, const std::vector<GpuRow>& rows) {
  for (const GpuRow& row : rows) {
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

template <class Row>
format::Table table_of(const std::vector<format::Column<Row>>& columns, const std::vector<Row>& rows) {
  return format::make_table(std::span<const format::Column<Row>>(columns), std::span<const Row>(rows));
}

Result<View> render(const Frame& frame, const GpuOptions& options) {
  if (!has_gpus(frame)) return no_gpus(frame);
  const std::vector<GpuRow> rows = gpu_rows(frame);
  const std::vector<GpuClientRow> clients = gpu_client_rows(frame);
  View view;
  if (options.look.json || options.look.csv) {
    const format::Table gpus = table_of(gpu_columns(), rows), processes = table_of(gpu_client_columns(), clients);
    const format::Section more[] = {{"processes", &processes}};
    if (options.processes) {
      append_table(view.text, options.look, frame, "processes", processes);
    } else {
      append_table(view.text, options.look, frame, "gpus", gpus, more);
    }
    return view;
  }
  if (!options.processes) {
    const auto columns = gpu_columns_for_people(rows, terminal_width());
    append_table(view.text, options.look, frame, "gpus", table_of(columns, rows));
    append_instances(view.text, rows);
    if (!clients.empty()) view.text += '\n';
  }
  const auto columns = gpu_client_columns_for_people(clients);
  if (!clients.empty()) {
    append_table(view.text, options.look, frame, "processes", table_of(columns, clients));
  } else if (options.processes) {
    view.text += "no process is on a GPU\n";
  }
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
