// vigie gpu: the GPUs, and the processes on them.
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "act/gpu_record.hpp"
#include "cli/command.hpp"
#include "cli/look.hpp"
#include "model/gpu_use.hpp"
#include "views/gpu_columns.hpp"
#include "views/gpu_notes.hpp"
#include "views/no_gpus.hpp"

namespace vigie::cli {
namespace {

struct GpuOptions {
  LookOptions look;
  bool processes = false;
  std::string record;
};

void append_lines(std::string& out, const std::vector<std::string>& lines) {
  for (const std::string& line : lines) out += line + '\n';
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
    view.status = exit_status(views::no_gpus(frame).error().kind);
    view.last = frame.snapshot->gpus.presence() != Presence::unknown;  // but not for a late driver
  }
  return view;
}

Result<View> render(const Frame& frame, const GpuOptions& options) {
  if (options.look.json) return render_data(frame, options);
  if (!has_gpus(frame)) {
    std::unexpected<Error> none = views::no_gpus(frame);
    const bool may_come = options.look.watching() && frame.snapshot->gpus.presence() == Presence::unknown;
    if (!may_come || options.look.csv) return none;
    return View{.text = none.error().message + "\n"};  // the driver is late
  }
  if (options.look.csv) return render_data(frame, options);
  const std::vector<views::GpuRow> rows = views::gpu_rows(frame);
  const std::vector<views::GpuClientRow> clients = views::gpu_client_rows(frame);
  View view;
  if (!options.processes) {
    const auto columns = views::gpu_columns_for_people(rows, terminal_width());
    append_table(view.text, options.look, frame, "gpus", views::make_table(columns, rows));
    append_lines(view.text, views::gpu_instance_lines(frame));
    append_lines(view.text,
                 views::gpu_troubles(frame));  // above the processes: a small screen cuts off the end
    if (!clients.empty()) view.text += '\n';
  }
  const auto columns = views::gpu_client_columns_for_people(clients);
  if (!clients.empty()) {
    append_table(view.text, options.look, frame, "processes", views::make_table(columns, clients));
  } else if (options.processes) {
    view.text += "no process is on a GPU\n";
  }
  if (options.processes) append_lines(view.text, views::gpu_troubles(frame));
  append_lines(view.text, views::gpu_notes(frame, clients));
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
    std::optional<act::GpuRecorder> recorder;
    if (!options->record.empty()) {
      ASSIGN_OR_RETURN(recorder, act::GpuRecorder::open(options->record));
    }
    FeedOptions feed;
    feed.what.fields = proc::Field::cmdline;
    feed.what.gpus = GpuWish::needed;
    return look(options->look, feed, [&](const Frame& frame) -> Result<View> {
      if (recorder && has_gpus(frame)) {
        RETURN_IF_ERROR(recorder->append(frame));
      }
      return render(frame, *options);
    });
  });
}

}  // namespace vigie::cli
