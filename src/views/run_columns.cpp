// The columns of `vigie ls`: long for its table of columns, each a function of a few lines that nothing else needs.
#include "views/run_columns.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "base/text.hpp"
#include "base/units.hpp"
#include "model/gpu_use.hpp"
#include "model/metric_order.hpp"
#include "rules/facts/stalled.hpp"
#include "rules/thresholds.hpp"
#include "views/ending_text.hpp"
#include "views/process_columns.hpp"

namespace vigie::views {
namespace {

double seconds(std::int64_t nanoseconds) {
  return static_cast<double>(nanoseconds) / nanoseconds_per_second;
}

/// How long it has run; of an ended one, how long it ran.
Cell elapsed_cell(const RunRow& row) {
  if (!row.run->started_wall_ns) return Presence::unknown;
  const bool over = is_over(row.run->state);
  if (over && !row.run->ended_wall_ns) return Presence::unknown;
  const std::int64_t end = over ? *row.run->ended_wall_ns : row.frame->snapshot->after.wall_ns;
  return std::max(0.0, seconds(end - *row.run->started_wall_ns));
}

Cell rss_cell(const RunRow& row) {
  if (row.run->members.empty()) return Presence::unknown;
  std::int64_t sum = 0;
  for (const Member& member : row.run->members) {
    sum += static_cast<std::int64_t>(row.frame->snapshot->processes[member.process].rss_bytes);
  }
  return sum;
}

/// "120/500 24%", "step 120", "9%"
void describe_position(const Progress& progress, std::vector<std::string>& parts) {
  if (progress.epoch && progress.epochs) parts.push_back(fmt::format("epoch {}/{}", *progress.epoch, *progress.epochs));
  if (progress.epoch && !progress.epochs) parts.push_back(fmt::format("epoch {}", *progress.epoch));
  if (progress.step && progress.total) parts.push_back(fmt::format("{}/{}", *progress.step, *progress.total));
  if (progress.step && !progress.total) parts.push_back(fmt::format("step {}", *progress.step));
  if (const auto percent = percent_of(progress)) parts.push_back(fmt::format("{:.0f}%", std::floor(*percent)));
}

/// "epoch 2/5 448/2604 17% 12.3 step/s eta 2:55 loss 0.41"
std::string describe(const Progress& progress, const Course& course) {
  std::vector<std::string> parts;
  describe_position(progress, parts);
  const std::string unit = progress.unit.empty() ? "step" : progress.unit;
  if (const auto rate = rate_of(progress); rate && !course.stalled_seconds)
    parts.push_back(fmt::format("{:.3g} {}/s", *rate, unit));
  if (const auto stalled = course.stalled_seconds)
    parts.push_back("stalled " + (*stalled < 60 ? fmt::format("{:.0f} s", *stalled) : human_duration(*stalled)));
  if (course.seconds_left) {
    const double eta = std::round(*course.seconds_left);
    parts.push_back("eta " + (eta < 60 ? fmt::format("{:.0f}s", eta) : human_duration(eta)));
  }
  for (const auto& [name, value] : foremost_first(progress.metrics))
    parts.push_back(name + " " +
                    (std::isfinite(value) ? fmt::format("{:.4g}", value) : std::string(text_of_not_finite(value))));
  return fmt::format("{}", fmt::join(parts, " "));
}

/// "stopped on request, 5:03 ago"
std::string describe_end(const RunRow& row) {
  const auto& exit = row.run->exit;
  if (row.run->state == RunState::lost && !exit && !row.run->members.empty())
    return fmt::format("alive, but nothing keeps it any more: `vigie stop {}` ends it", row.run->name);
  std::string text = ending_text(exit);
  if (row.run->ended_wall_ns) {
    const double ago = seconds(row.frame->snapshot->after.wall_ns - *row.run->ended_wall_ns);
    if (ago >= 0) text += ", " + spoken_duration(ago) + " ago";
  }
  return text;
}

Cell progress_cell(const RunRow& row) {
  const auto& progress = row.run->progress;
  std::string text = progress.has_value() ? describe(*progress, course_of(row)) : std::string();
  if (row.run->attempt > 1) text = fmt::format("attempt {}{}{}", row.run->attempt, text.empty() ? "" : ", ", text);
  if (is_over(row.run->state)) return describe_end(row) + (text.empty() ? "" : "; " + text);
  if (!row.run->elsewhere.empty()) return row.run->elsewhere;
  if (!row.run->waits_for.empty()) return "waits for " + row.run->waits_for;
  if (text.empty()) return progress.has_value() ? Presence::unknown : progress.presence();
  return text;
}

void progress_json(JsonWriter& writer, const RunRow& row) {
  const auto& progress = row.run->progress;
  if (!progress.has_value()) {
    writer.null();
    return;
  }
  writer.begin_object();
  writer.member("step", progress->step);
  writer.member("total", progress->total);
  writer.member("epoch", progress->epoch);
  writer.member("epochs", progress->epochs);
  writer.member("percent",
                percent_of(*progress).transform([](double percent) { return std::round(percent * 10) / 10; }));
  writer.member("rate_per_second",
                rate_of(*progress).transform([](double rate) { return std::round(rate * 1000) / 1000; }));
  writer.member("unit", std::string_view(progress->unit.empty() ? "step" : progress->unit));
  const Course course = course_of(row);
  writer.member("eta_seconds", course.seconds_left.transform([](double left) { return std::round(left * 10) / 10; }));
  writer.member("stalled_seconds",
                course.stalled_seconds.transform([](double stalled) { return std::round(stalled * 10) / 10; }));
  writer.key("metrics");
  writer.begin_object();
  for (const auto& [name, value] : progress->metrics) {
    writer.key(name);
    if (std::isfinite(value)) {
      writer.value(value);
    } else {
      writer.value(text_of_not_finite(value));
    }
  }
  writer.end_object();
  writer.end_object();
}

void exit_json(JsonWriter& writer, const RunRow& row) {
  const auto& exit = row.run->exit;
  if (!exit) {
    writer.null();
    return;
  }
  using Kind = ExitRecord::Kind;
  writer.begin_object();
  writer.member("code", exit->kind == Kind::code ? std::optional(exit->value) : std::nullopt);
  writer.member("signal", exit->kind == Kind::signal ? std::optional(exit->value) : std::nullopt);
  writer.member("out_of_memory", exit->out_of_memory);
  writer.member("reason", how_it_ended(*exit));
  writer.key("time");
  if (exit->wall_ns != 0) {
    writer.value(std::string_view(rfc3339(exit->wall_ns)));
  } else {
    writer.null();
  }
  writer.end_object();
}

/// Whether this look judged the runs (--verdict): only those are looked at over time.
bool judged(const Frame& frame) {
  return std::ranges::any_of(frame.snapshot->sources, [](const SourceStatus& one) { return one.name == "samples"; });
}

/// The likeliest finding about the run: "loader-cpu", "hung?" where the look was too short to be sure, "too early",
/// "ok".
Cell verdict_cell(const RunRow& row) {
  const auto about = [&](const auto& all) {
    return std::ranges::find(all, row.run->name, [](const auto& one) { return std::string_view(one.subject); });
  };
  if (!judged(*row.frame)) return Presence::not_read;
  const Frame& frame = *row.frame;
  if (const auto finding = about(frame.findings); finding != frame.findings.end()) return finding->rule;
  if (is_over(row.run->state)) return Presence::unknown;
  if (const auto suspicion = about(frame.suspicions); suspicion != frame.suspicions.end())
    return std::string(suspicion->rule) + "?";
  return std::string_view(about(frame.too_early) != frame.too_early.end() ? "too early" : "ok");
}

/// Colours only a trouble, as `why` does.
Paint verdict_paint(const RunRow& row) {
  for (const Finding& finding : row.frame->findings) {
    if (finding.subject != row.run->name) continue;
    if (finding.severity == Severity::critical) return Paint::bad;
    return finding.severity == Severity::warning ? Paint::notable : Paint::none;
  }
  return Paint::none;
}

/// The user of its main process; for a run that is over, the owner of its record.
Reading<uid_t> user_of(const RunRow& row) {
  const Snapshot& snapshot = *row.frame->snapshot;
  if (const ProcessSample* const leader = snapshot.find(row.run->leader); leader != nullptr) return leader->uid;
  const auto kept = std::ranges::find(snapshot.supervised, row.run->id,
                                      [](const SupervisedSample& one) { return std::string_view(one.record.id); });
  if (kept == snapshot.supervised.end() || !kept->record.owner) return Presence::unknown;
  return *kept->record.owner;
}

Cell gpus_cell(const RunRow& row) {
  if (!row.frame->snapshot->gpus) return row.frame->snapshot->gpus.presence();
  const GpuUse use = gpu_use_of(*row.frame, *row.run);
  return use.gpus.empty() ? Cell(Presence::unsupported) : Cell(gpu_numbers(*row.frame, use.gpus));
}

void gpus_json(JsonWriter& writer, const RunRow& row) {
  if (!row.frame->snapshot->gpus) {
    writer.null();
    return;
  }
  writer.begin_array();
  for (const std::size_t index : gpu_use_of(*row.frame, *row.run).gpus) {
    const GpuSample& gpu = (*row.frame->snapshot->gpus)[index];
    writer.begin_object();
    writer.member("gpu", gpu.index);
    writer.member("gpu_vendor", name_of(gpu.vendor));
    writer.member("gpu_uuid", gpu.uuid);
    writer.member("promised", std::ranges::find(row.run->gpus, gpu.uuid) != row.run->gpus.end());
    writer.end_object();
  }
  writer.end_array();
}

/// A column for which the drivers are asked.
RunColumn of_gpus(std::string_view name, Cell (*cell)(const RunRow&),
                  void (*json)(JsonWriter&, const RunRow&) = nullptr) {
  RunColumn column{.metric = &metric(name), .cell = cell};
  if (json != nullptr) column.json = json;
  column.needs.gpus = true;
  return column;
}

Paint state_paint(const RunRow& row) {
  switch (row.run->state) {
    case RunState::failed:
    case RunState::killed:
    case RunState::lost: return Paint::bad;
    case RunState::queued:
    case RunState::paused:
    case RunState::stopping:
    case RunState::elsewhere: return Paint::notable;
    default: return Paint::none;
  }
}

}  // namespace

Course course_of(const RunRow& row) {
  const RunState state = row.run->state;
  if (!row.run->progress || is_over(state) || state == RunState::paused || row.run->exit) return {};
  const std::int64_t now = row.frame->snapshot->after.wall_ns;
  const Reading<double> cpu = cpu_percent_of(*row.frame, *row.run);
  const bool silent = cpu && *cpu < rules::thresholds::silent_cpu_percent;
  std::optional<double> stalled = rules::stalled_seconds(*row.run->progress, now, silent);
  // The stall of an earlier attempt is over.
  if (stalled && row.run->started_wall_ns) stalled = std::min(*stalled, seconds(now - *row.run->started_wall_ns));
  if (stalled && *stalled >= rules::patience_with(*row.run->progress))
    return {.stalled_seconds = stalled, .seconds_left = {}};
  return {.stalled_seconds = {}, .seconds_left = seconds_left(*row.run->progress)};
}

Reading<double> cpu_percent_of(const Frame& frame, const Run& run) {
  Reading<double> sum = Presence::unknown;
  for (const Member& member : run.members) {
    if (member.process >= frame.delta.processes.size()) continue;
    const Reading<double>& one = frame.delta.processes[member.process].cpu_percent;
    if (one.has_value()) sum = sum.value_or(0) + *one;
  }
  return sum;
}

const std::vector<Column<RunRow>>& run_columns() {
  static const std::vector<Column<RunRow>> columns = {
      {&metric("name"), [](const RunRow& row) -> Cell { return std::string_view(row.run->name); }},
      {&metric("id"), [](const RunRow& row) -> Cell { return std::string_view(row.run->id); }},
      {&metric("state"), [](const RunRow& row) -> Cell { return name_of(row.run->state); }, {}, state_paint},
      {&metric("pid"),
       [](const RunRow& row) -> Cell {
         if (row.run->leader.pid == 0) return Presence::unknown;
         return std::int64_t{row.run->leader.pid};
       }},
      {&metric("user"),
       [](const RunRow& row) -> Cell {
         const Reading<uid_t> user = user_of(row);
         if (!user) return user.presence();
         return user_name(*row.frame->snapshot, *user);
       }},
      {&metric("attempt"), [](const RunRow& row) -> Cell { return std::int64_t{row.run->attempt}; }},
      {&metric("elapsed_seconds"), elapsed_cell},
      {&metric("cpu_percent"), [](const RunRow& row) { return cell_of(cpu_percent_of(*row.frame, *row.run)); }},
      {&metric("rss_bytes"), rss_cell},
      of_gpus("gpus", gpus_cell, gpus_json),
      of_gpus("gpu_memory_bytes",
              [](const RunRow& row) { return cell_of(gpu_use_of(*row.frame, *row.run).memory_bytes); }),
      of_gpus("gpu_busy_percent",
              [](const RunRow& row) { return cell_of(gpu_use_of(*row.frame, *row.run).busy_percent); }),
      {&metric("processes"),
       [](const RunRow& row) -> Cell { return static_cast<std::int64_t>(row.run->members.size()); }},
      {&metric("verdict"), verdict_cell, {}, verdict_paint},
      {&metric("supervised"),
       [](const RunRow& row) -> Cell { return std::string_view(row.run->supervised ? "yes" : "no"); },
       [](JsonWriter& writer, const RunRow& row) { writer.value(row.run->supervised); }},
      {&metric("command"), [](const RunRow& row) -> Cell { return std::string_view(row.run->command); }},
      {&metric("exit"),
       [](const RunRow& row) -> Cell {
         if (!row.run->exit) return Presence::unknown;
         return how_it_ended(*row.run->exit);
       },
       exit_json},
      {&metric("queued_for"),
       [](const RunRow& row) -> Cell {
         if (row.run->waits_for.empty()) return Presence::unknown;
         return std::string_view(row.run->waits_for);
       }},
      {&metric("cgroup"),
       [](const RunRow& row) -> Cell {
         if (row.run->group.directory.empty()) return Presence::unsupported;
         return std::string_view(row.run->group.directory);
       }},
      {&metric("cgroup_reason"),
       [](const RunRow& row) -> Cell {
         if (row.run->group.reason.empty()) return Presence::unsupported;
         return std::string_view(row.run->group.reason);
       }},
      {&metric("progress"), progress_cell, progress_json},
  };
  return columns;
}

namespace {

/// Columns that a column takes on a terminal, with the blank behind it.
std::size_t width_of(const Column<RunRow>& column, const std::vector<RunRow>& rows) {
  std::size_t width = std::max<std::size_t>(column.metric->title.size(), column.metric->width);
  for (const RunRow& row : rows)
    width = std::max(width, display_width(format::human(*column.metric, column.cell(row))));
  return width + 1;
}

/// In a narrow terminal the progress matters more than columns that `vigie ps` has, too: columns go until the longest
/// progress fits, but never the name and the state. Returns the titles of those that went.
std::vector<std::string_view> leave_room_for_progress(std::vector<RunColumn>& columns, const std::vector<RunRow>& rows,
                                                      std::size_t width) {
  constexpr std::size_t longest_progress = 60;
  constexpr std::string_view dispensable[] = {"processes",   "gpu_busy_percent", "pid", "gpu_memory_bytes", "rss_bytes",
                                              "cpu_percent", "elapsed_seconds"};
  const auto total = [&] {
    std::size_t sum = 0;
    for (const Column<RunRow>& column : columns) {
      const bool last = &column == &columns.back();
      sum += last ? std::min(width_of(column, rows) - 1, longest_progress) : width_of(column, rows);
    }
    return sum;
  };
  std::vector<std::string_view> dropped;
  for (const std::string_view name : dispensable) {
    if (width == 0 || total() <= width) break;
    const RunColumn* const column = find_column(columns, name);
    if (column == nullptr) continue;
    dropped.push_back(column->metric->title);
    columns.erase(columns.begin() + (column - columns.data()));
  }
  return dropped;
}

std::vector<RunColumn> columns_for_people(const RunChoice& choice, bool gpus) {
  std::vector<std::string_view> names = {"name", "state", "pid", "elapsed_seconds", "cpu_percent", "rss_bytes"};
  if (choice.users) names.insert(names.begin() + 1, "user");
  if (gpus) names.insert(names.end(), {"gpus", "gpu_memory_bytes", "gpu_busy_percent"});
  if (choice.verdicts) names.emplace_back("verdict");
  names.insert(names.end(), {"processes", "progress"});
  return chosen(run_columns(), std::span<const std::string_view>(names));
}

}  // namespace

RunTable run_table(const Frame& frame, const std::vector<RunRow>& rows, const RunChoice& choice) {
  RunTable table{.columns = columns_for_people(choice, has_gpus(frame)), .note = {}};
  const std::vector<std::string_view> dropped = leave_room_for_progress(table.columns, rows, choice.width);
  if (!dropped.empty()) table.note = fmt::format("not shown on {} columns: {}", choice.width, fmt::join(dropped, ", "));
  return table;
}

Needs run_needs(const RunChoice& choice) {
  return needs_of(columns_for_people(choice, true));
}

}  // namespace vigie::views
