// vigie limits: what the kernel allows processes, and how much of it they use.
#include <algorithm>
#include <memory>
#include <string_view>

#include "base/units.hpp"
#include "cli/command.hpp"
#include "cli/look.hpp"
#include "cli/target.hpp"

namespace vigie::cli {

namespace {

using format::Cell;
using format::cell_of;
using format::Column;

struct LimitsOptions {
  LookOptions look;
  std::string target;
};

struct LimitRow {
  pid_t pid = 0;
  const ResourceLimit* limit = nullptr;
  Reading<std::uint64_t> used;
  bool people = true;  ///< amounts in human units

  [[nodiscard]] Reading<double> percent() const {
    if (!used) return used.presence();
    if (!limit->soft || *limit->soft == 0) return Presence::unsupported;
    return 100.0 * static_cast<double>(*used) / static_cast<double>(*limit->soft);
  }
};

Cell amount(const LimitRow& row, std::uint64_t value) {
  if (row.people && row.limit->unit == "bytes") return human_bytes(static_cast<double>(value));
  return static_cast<std::int64_t>(std::min<std::uint64_t>(value, INT64_MAX));
}

Cell limit_cell(const LimitRow& row, const std::optional<std::uint64_t>& limit) {
  if (!limit) return std::string_view("unlimited");
  return amount(row, *limit);
}

const std::vector<Column<LimitRow>>& columns() {
  static const std::vector<Column<LimitRow>> all = {
      {&metric("pid"), [](const LimitRow& row) -> Cell { return std::int64_t{row.pid}; }, {}},
      {&metric("limit"),
       [](const LimitRow& row) -> Cell {
         std::string_view name = row.limit->name;
         if (name.starts_with("Max ")) name.remove_prefix(4);
         return name;
       },
       {}},
      {&metric("used"),
       [](const LimitRow& row) -> Cell {
         if (!row.used) return row.used.presence();
         return amount(row, *row.used);
       },
       {}},
      {&metric("used_percent"), [](const LimitRow& row) { return cell_of(row.percent()); }, {}},
      {&metric("soft_limit"), [](const LimitRow& row) { return limit_cell(row, row.limit->soft); }, {}},
      {&metric("hard_limit"), [](const LimitRow& row) { return limit_cell(row, row.limit->hard); }, {}},
      {&metric("limit_unit"), [](const LimitRow& row) -> Cell { return std::string_view(row.limit->unit); }, {}},
  };
  return all;
}

/// What the snapshot knows beside the process's own files: "Max processes" counts the threads of its user.
Reading<std::uint64_t> used_of(const Snapshot& snapshot, ProcessId id, const ResourceLimit& limit) {
  if (limit.used.presence() != Presence::unsupported) return limit.used;
  const ProcessSample* process = snapshot.find(id);
  if (process == nullptr) return limit.used;
  if (limit.name == "Max cpu time") {
    return static_cast<std::uint64_t>(static_cast<double>(process->user_ticks + process->system_ticks) /
                                      ticks_per_second);
  }
  if (limit.name != "Max processes" || !process->uid) return limit.used;
  std::uint64_t threads = 0;
  for (const ProcessSample& other : snapshot.processes) {
    if (other.uid == process->uid && !other.kernel_thread) threads += other.threads;
  }
  return threads;
}

Result<View> render(const Frame& frame, const LimitsOptions& options) {
  View view;
  Result<void> readable = some_detail_readable(frame, &ProcessDetail::limits, "limits");
  if (!readable) return pass(std::move(readable));
  std::vector<LimitRow> rows;
  const bool people = !options.look.json && !options.look.csv;
  std::size_t denied = 0;
  for (const ProcessDetail& process : frame.snapshot->details) {
    if (!process.limits) continue;
    for (const ResourceLimit& limit : *process.limits) {
      rows.push_back({process.id.pid, &limit, used_of(*frame.snapshot, process.id, limit), people});
      denied += rows.back().used.presence() == Presence::denied ? 1 : 0;
    }
  }
  std::ranges::stable_sort(rows, std::ranges::greater(),
                           [](const LimitRow& row) { return row.percent().value_or(-1); });
  append_table(view.text, options.look, frame, "limits",
               format::make_table(std::span<const Column<LimitRow>>(columns()), std::span<const LimitRow>(rows)));
  append_note(view.text, options.look, denied > 0,
              "open files are counted for your own processes; root (CAP_SYS_PTRACE) sees those of others");
  return view;
}

}  // namespace

void define_limits(Command& command) {
  auto options = std::make_shared<LimitsOptions>();
  command.examples(
      "Examples:\n"
      "  vigie limits resnet                what is nearly used up stands first\n"
      "  vigie limits 4711 --json           in base units");
  command.option("TARGET", options->target, "PID, run, or %PATTERN").required();
  add_look_options(command, options->look, "0");
  command.does([options] {
    FeedOptions feed = feed_about(options->target, proc::Detail::limits);
    feed.alone = false;  // RLIMIT_NPROC counts the processes of the user, wherever they are
    return look(options->look, feed, [&](const Frame& frame) { return render(frame, *options); });
  });
}

}  // namespace vigie::cli
