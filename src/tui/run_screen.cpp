// One run in depth: its head and progress, its processes, its course, what is wrong with it, and its last output.
#include <algorithm>
#include <array>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "model/gpu_use.hpp"
#include "terminal/log_view.hpp"
#include "tui/parts.hpp"
#include "tui/prose.hpp"
#include "tui/reading_text.hpp"
#include "tui/run_course.hpp"
#include "tui/run_lines.hpp"
#include "tui/run_matrix.hpp"
#include "tui/screen_view.hpp"
#include "tui/text_table.hpp"
#include "views/process_columns.hpp"
#include "views/run_columns.hpp"
#include "views/verdict.hpp"

namespace vigie::tui {
namespace {

/// The parts in the order of their importance; on the screen they stand in another one.
enum Part : std::uint8_t { of_head, of_progress, of_findings, of_timeline, of_matrix, of_course, of_log, parts };

const Run* run_to_show(const Frame& frame, const ViewState& state) {
  if (state.run.empty()) return frame.view.runs.empty() ? nullptr : &frame.view.runs.front();
  const auto found = std::ranges::find(frame.view.runs, state.run, &Run::id);
  return found == frame.view.runs.end() ? nullptr : &*found;
}

Picture without_run(const ViewState& state, Size size) {
  Picture picture{.grid = Grid(size)};
  const std::string text =
      state.run.empty() ? std::string("There is no run to show: `vigie run -- COMMAND` starts one.")
                        : fmt::format("The run {} is not there any more: `vigie ls` shows those that are.", state.run);
  draw_prose(picture.grid, 0, size.rows, text, Role::dim);
  return picture;
}

/// A value of the table of `vigie ls`.
std::string value_of(const Frame& frame, const Run& run, std::string_view name) {
  const auto* const column = views::find_column(views::run_columns(), name);
  return column == nullptr ? "?" : cell_text(*column->metric, column->cell({.frame = &frame, .run = &run}));
}

/// "CPU 320.1%  3.2G  4 processes  GPU 0-3: 398.0%, 91.2G": as much of it as has room.
std::string use_text(const Frame& frame, const Run& run, int room) {
  const auto value = [&](std::string_view name) { return value_of(frame, run, name); };
  if (run.members.empty()) return "no process";
  const std::size_t count = run.members.size();
  std::vector<std::string> uses{fmt::format("CPU {}%", value("cpu_percent")), value("rss_bytes"),
                                fmt::format("{} process{}", count, count == 1 ? "" : "es")};
  if (has_gpus(frame) && !gpu_use_of(frame, run).gpus.empty())
    uses.insert(uses.begin() + 1,
                fmt::format("GPU {}: {}%, {}", value("gpus"), value("gpu_busy_percent"), value("gpu_memory_bytes")));
  std::string text;
  for (const std::string& use : uses) {
    if (static_cast<int>(text.size() + use.size()) + 2 > room) break;
    text += (text.empty() ? "" : "  ") + use;
  }
  return text;
}

/// "in /home/ada/net  by ada  on node7  pid 4711"
std::string where_text(const Frame& frame, const Run& run) {
  std::string text = run.cwd.empty() ? std::string() : fmt::format("in {}  ", run.cwd);
  text += fmt::format("by {}", value_of(frame, run, "user"));
  if (!frame.snapshot->host.name.empty()) text += fmt::format("  on {}", frame.snapshot->host.name);
  if (run.leader.pid != 0) text += fmt::format("  pid {}", run.leader.pid);
  return text + (run.supervised ? "  kept by vigie" : "  not started by vigie");
}

void draw_head(Grid& grid, int row, int rows, const Frame& frame, const Run& run) {
  const RunWords words = words_about(frame, run);
  const int width = grid.columns();
  int column = grid.put_cut(row, 0, run.name, std::max(width / 3, 12), Role::run);
  std::string state = fmt::format("{} {}", name_of(run.state), value_of(frame, run, "elapsed_seconds"));
  if (run.attempt > 1) state += fmt::format("  attempt {}", run.attempt);
  column = grid.put_cut(row, column + 2, state, width - column - 2, words.role);
  grid.put_right(row, width, use_text(frame, run, width - column - 2), width - column - 2, Role::dim);
  if (rows > 1) grid.put_cut(row + 1, 0, run.command, width);
  if (rows > 2) grid.put_cut(row + 2, 0, where_text(frame, run), width, Role::dim);
}

void draw_progress_line(Grid& grid, int row, const Frame& frame, const Run& run, const ViewState& state) {
  const std::optional<double> percent = run.progress ? percent_of(*run.progress) : std::nullopt;
  int column = 0;
  if (percent) {
    const int bar = std::clamp(grid.columns() / 4, 6, 60);
    draw_bar(grid, row, 0, bar, *percent / 100, state.symbols, Role::graph4);
    column = bar + 1;
  }
  const bool known = run.progress.has_value() || is_over(run.state) || !run.waits_for.empty();
  const std::string text = known ? value_of(frame, run, "progress")
                                 : std::string("its progress is not known: no bar was seen in its output");
  grid.put_cut(row, column, text, grid.columns() - column, known ? Role::strong : Role::dim);
}

/// "rank 3 pid 4711: computes  CPU 99.8%  1.2G  python3 train.py"
std::string process_text(const Frame& frame, const Run& run, const Member& member) {
  const std::array one{views::ProcessRow{.frame = &frame, .index = member.process}};
  const auto value = [&](std::string_view name) {
    const views::ProcessColumn& column = views::process_column(name);
    return cell_text(*column.metric, column.cell(one.front()));
  };
  const std::string role = describe(member);
  return fmt::format("{}{}pid {}: {}  CPU {}%  memory {}  {}", role, role.empty() ? "" : "  ", value("pid"),
                     mark_of(doing_of(frame, run, member)).words, value("cpu_percent"), value("rss_bytes"),
                     value("command"));
}

const Member* selected_member(const Frame& frame, const Run& run, const ViewState& state) {
  if (state.selected.kind != RowKey::Kind::process) return nullptr;
  const auto found = std::ranges::find_if(run.members, [&](const Member& member) {
    return member.process < frame.snapshot->processes.size() &&
           frame.snapshot->processes[member.process].id == state.selected.process;
  });
  return found == run.members.end() ? nullptr : &*found;
}

/// A heading, the letters, and the process under the cursor.
void draw_processes_part(Grid& grid, int row, int rows, const Frame& frame, const Run& run, const ViewState& state,
                         const std::vector<MatrixGroup>& groups) {
  const Member* const selected = selected_member(frame, run, state);
  draw_heading(grid, row, "Processes", selected == nullptr ? legend_of_doing() : std::string_view());
  if (selected != nullptr) {
    const std::string text = process_text(frame, run, *selected);
    grid.put_cut(row, 11, text, grid.columns() - 11, Role::strong);
  }
  draw_matrix(grid, row + 1, rows - 1, groups, state);
}

/// The last output as lines, the newest last.
std::string last_output(const Frame& frame, const Run& run) {
  const auto kept = std::ranges::find(frame.snapshot->supervised, run.id,
                                      [](const SupervisedSample& one) { return std::string_view(one.record.id); });
  if (kept != frame.snapshot->supervised.end() && kept->log_tail) {
    terminal::LogView view;
    std::string text = view.show(*kept->log_tail);
    return text + view.end();
  }
  return run.progress ? run.progress->line : std::string();
}

void draw_log(Grid& grid, int row, int rows, const std::string& output) {
  draw_heading(grid, row, "Output", "vigie logs shows all of it");
  const std::vector<std::string_view> lines = lines_in(output);
  const std::size_t room = static_cast<std::size_t>(std::max(rows - 1, 0));
  const std::size_t first = lines.size() - std::min(lines.size(), room);
  for (std::size_t at = first; at < lines.size(); ++at)
    grid.put_cut(row + 1 + static_cast<int>(at - first), 0, lines[at], grid.columns());
}

/// All that is shown of a run, made once: its length decides how the rows are shared.
struct RunParts {
  std::vector<MatrixGroup> groups;
  std::vector<Conclusion> conclusions;
  std::string output;

  bool has_course = false, has_rate = false;

  [[nodiscard]] std::array<RowsWanted, parts> wanted(int columns) const;
};

RunParts parts_of(const Window& window, const Run& run) {
  const Frame& frame = *window.frame;
  return {.groups = matrix_of(frame, run),
          .conclusions = conclusions_of(views::verdict_on(frame, {&run}, {})),
          .output = last_output(frame, run),
          .has_course = tui::has_course(window, run),
          .has_rate = tui::has_rate(window, run)};
}

std::array<RowsWanted, parts> RunParts::wanted(int columns) const {
  constexpr int most_output = 12;
  const int lines = std::min(static_cast<int>(lines_in(output).size()), most_output);
  int told = 0;
  for (const Conclusion& one : conclusions) told += rows_of(one, columns);
  std::array<RowsWanted, parts> all{};
  all[of_head] = {.least = 1, .most = 3};
  all[of_progress] = {.least = 1, .most = 1};
  all[of_findings] = {.least = 1, .fair = 6, .most = told};
  all[of_timeline] = {.least = rows_of_timeline, .most = has_course ? rows_of_timeline : 0};
  all[of_matrix] = {.least = 2, .most = groups.empty() ? 0 : 1 + matrix_rows(groups, columns)};
  all[of_course] = {.least = has_rate ? 4 : 3, .most = has_rate ? 16 : has_course ? 8 : 0};
  all[of_log] = {.least = 2, .most = lines == 0 ? 0 : lines + 1};
  return all;
}

void draw_conclusions(Grid& grid, int row, int rows, const std::vector<Conclusion>& conclusions) {
  for (const Conclusion& one : conclusions) {
    const int drawn = draw_conclusion(grid, row, rows, one);
    row += drawn;
    rows -= drawn;
  }
}

}  // namespace

Picture draw_run(const Window& whole, const ViewState& state, Size size) {
  const Window window = shown_part(whole, size.columns);
  const Frame& frame = *window.frame;
  const Run* const run = run_to_show(frame, state);
  if (run == nullptr) return without_run(state, size);
  Picture picture{.grid = Grid(size)};
  Grid& grid = picture.grid;
  const RunParts shown = parts_of(window, *run);
  const std::vector<int> rows = share_rows(size.rows, shown.wanted(size.columns));
  int row = 0;
  const auto next = [&](Part part) { return std::exchange(row, row + rows[part]); };
  draw_head(grid, next(of_head), rows[of_head], frame, *run);
  if (const int at = next(of_progress); rows[of_progress] > 0) draw_progress_line(grid, at, frame, *run, state);
  if (const int at = next(of_matrix); rows[of_matrix] > 0)
    draw_processes_part(grid, at, rows[of_matrix], frame, *run, state, shown.groups);
  if (const int at = next(of_timeline); rows[of_timeline] > 0)
    draw_timeline(grid, at, window, *run, state, rows[of_matrix] > 0 ? "" : legend_of_doing());
  const int at_course = next(of_course);
  draw_course(grid, {.row = at_course, .column = 0, .rows = rows[of_course], .columns = size.columns}, window, *run,
              state);
  const int at_findings = next(of_findings);
  draw_conclusions(grid, at_findings, rows[of_findings], shown.conclusions);
  if (const int at = next(of_log); rows[of_log] > 0) draw_log(grid, at, rows[of_log], shown.output);
  picture.rows = keys_of(shown.groups);
  picture.page = std::max<std::size_t>(picture.rows.size(), 1);
  return picture;
}

}  // namespace vigie::tui
