// vigie limits: what the kernel and control groups allow processes, and how much of it they use.
#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>
#include <string_view>

#include "act/target.hpp"
#include "base/units.hpp"
#include "cli/command.hpp"
#include "cli/look.hpp"
#include "model/cgroup.hpp"

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
  std::string_view name, unit;
  Reading<double> used;
  Reading<double> soft, hard;  ///< infinite: unlimited
  std::string_view group;      ///< the control group whose limit it is; empty for the process's own
  bool people = true;          ///< amounts in human units

  [[nodiscard]] Reading<double> percent() const {
    if (!used) return used.presence();
    if (!soft) return soft.presence();
    if (std::isinf(*soft) || *soft == 0) return Presence::unsupported;
    return 100.0 * *used / *soft;
  }
};

Cell amount(const LimitRow& row, const Reading<double>& value) {
  if (!value) return value.presence();
  if (std::isinf(*value)) return std::string_view("unlimited");
  if (row.people && row.unit == "bytes") return human_bytes(*value);
  if (*value == std::floor(*value) && *value < 0x1p63) return static_cast<std::int64_t>(*value);
  return *value;
}

const std::vector<Column<LimitRow>>& columns() {
  static const std::vector<Column<LimitRow>> all = {
      {&metric("pid"), [](const LimitRow& row) -> Cell { return std::int64_t{row.pid}; }, {}},
      {&metric("limit"), [](const LimitRow& row) -> Cell { return row.name; }, {}},
      {&metric("used"), [](const LimitRow& row) { return amount(row, row.used); }, {}},
      {&metric("used_percent"), [](const LimitRow& row) { return cell_of(row.percent()); }, {}},
      {&metric("soft_limit"), [](const LimitRow& row) { return amount(row, row.soft); }, {}},
      {&metric("hard_limit"), [](const LimitRow& row) { return amount(row, row.hard); }, {}},
      {&metric("limit_unit"), [](const LimitRow& row) -> Cell { return row.unit; }, {}},
      {&metric("cgroup"),
       [](const LimitRow& row) -> Cell {
         if (row.group.empty()) return Presence::unsupported;
         return row.group;
       },
       {}},
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

Reading<double> as_amount(const Reading<std::uint64_t>& value) {
  if (!value) return value.presence();
  return static_cast<double>(*value);
}

Reading<double> as_amount(const std::optional<std::uint64_t>& limit) {
  return limit ? static_cast<double>(*limit) : std::numeric_limits<double>::infinity();
}

LimitRow own_limit(const Snapshot& snapshot, ProcessId id, const ResourceLimit& limit) {
  LimitRow row{.pid = id.pid, .name = limit.name, .unit = limit.unit, .used = {}, .soft = {}, .hard = {}, .group = {}};
  if (row.name.starts_with("Max ")) row.name.remove_prefix(4);
  row.used = as_amount(used_of(snapshot, id, limit));
  row.soft = as_amount(limit.soft);
  row.hard = as_amount(limit.hard);
  return row;
}

/// A group's limit is one: nobody may go beyond it for a while.
LimitRow group_limit(ProcessId id, const CgroupLimit& limit) {
  return {.pid = id.pid,
          .name = limit.name,
          .unit = limit.unit,
          .used = limit.used,
          .soft = limit.limit,
          .hard = limit.limit,
          .group = limit.group};
}

Result<View> render(const Frame& frame, const LimitsOptions& options) {
  View view;
  Result<void> readable = some_detail_readable(frame, &ProcessDetail::limits, "limits");
  if (!readable) return pass(std::move(readable));
  std::vector<LimitRow> rows;
  std::vector<std::vector<CgroupLimit>> of_groups;  // what the rows refer to
  of_groups.reserve(frame.snapshot->details.size());
  std::size_t denied = 0;
  for (const ProcessDetail& process : frame.snapshot->details) {
    if (!process.limits) continue;
    for (const ResourceLimit& limit : *process.limits) {
      rows.push_back(own_limit(*frame.snapshot, process.id, limit));
      denied += rows.back().used.presence() == Presence::denied ? 1 : 0;
    }
    if (!process.cgroup) continue;
    for (const CgroupLimit& limit : of_groups.emplace_back(limits_of(*process.cgroup))) {
      rows.push_back(group_limit(process.id, limit));
    }
  }
  for (LimitRow& row : rows) row.people = !options.look.json && !options.look.csv;
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
    FeedOptions feed = act::feed_about(options->target, proc::Detail::limits | proc::Detail::cgroup);
    feed.alone = false;  // RLIMIT_NPROC counts the processes of the user, wherever they are
    return look(options->look, feed, [&](const Frame& frame) { return render(frame, *options); });
  });
}

}  // namespace vigie::cli
