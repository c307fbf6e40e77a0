#include "tui/run_lines.hpp"

#include <algorithm>
#include <cmath>
#include <optional>

#include <fmt/format.h>

#include "base/units.hpp"
#include "rules/thresholds.hpp"
#include "tui/process_list.hpp"
#include "tui/reading_text.hpp"
#include "views/run_columns.hpp"

namespace vigie::tui {
namespace {

constexpr std::int64_t shown_after_end_ns = 600 * nanoseconds_per_second;

/// Whether the frame was judged: only then silence says that nothing is wrong.
bool is_judged(const Frame& frame) {
  return std::ranges::any_of(frame.snapshot->sources, [](const SourceStatus& one) { return one.name == "samples"; });
}

template <class About>
const About* about(const std::vector<About>& all, const Run& run) {
  const auto found = std::ranges::find_if(all, [&](const About& one) { return one.subject == run.name; });
  return found == all.end() ? nullptr : &*found;
}

/// What a run does while it starts up is no sign of trouble: it fills its memory, and waits for its data.
bool has_only_begun(const Frame& frame, const Run& run) {
  if (about(frame.too_early, run) != nullptr) return true;
  if (!run.started_wall_ns) return false;
  const std::int64_t age_ns = frame.snapshot->after.wall_ns - *run.started_wall_ns;
  const double age_before = static_cast<double>(age_ns) / nanoseconds_per_second - frame.delta.elapsed_seconds;
  return age_before < rules::thresholds::start_up_seconds;
}

/// A run is its user's, and has the texts of its name, its command and its processes.
bool is_wanted(const Frame& frame, const Run& run, const ViewState& state) {
  const views::RunRow row{.frame = &frame, .run = &run};
  const views::RunColumn* const user = views::find_column(views::run_columns(), "user");
  if (state.user && cell_text(*user->metric, user->cell(row)) != *state.user) return false;
  if (has_text(run.name, state.filter) || has_text(run.command, state.filter)) return true;
  return std::ranges::any_of(run.members, [&](const Member& member) {
    return member.process < frame.snapshot->processes.size() &&
           is_wanted(views::ProcessRow{.frame = &frame, .index = member.process}, state);
  });
}

Role role_of(Severity severity) {
  switch (severity) {
    case Severity::info: return Role::normal;
    case Severity::warning: return Role::warn;
    case Severity::critical: return Role::bad;
  }
  return Role::normal;
}

Role role_of_end(RunState state) {
  if (state == RunState::exited) return Role::good;
  return state == RunState::cancelled ? Role::dim : Role::bad;
}

std::string rate_text(const Progress& progress) {
  const std::optional<double> rate = rate_of(progress);
  if (!rate) return {};
  return fmt::format("{:.3g} {}/s", *rate, progress.unit.empty() ? "step" : progress.unit);
}

std::string eta_text(const views::Course& course) {
  if (!course.seconds_left || !std::isfinite(*course.seconds_left)) return {};
  return "eta " + human_duration(std::round(*course.seconds_left));
}

/// What is shown in place of a rate and of the time left, where neither is true any more.
std::string stalled_text(const views::Course& course) {
  return course.stalled_seconds ? "stalled " + human_duration(std::round(*course.stalled_seconds)) : std::string();
}

/// Where the parts of a line begin; the words have what is left.
struct Layout {
  int name = 12, bar = 10, rate = 11, spark = 8, eta = 12;

  explicit Layout(int columns) {
    if (columns >= 110) {
      name = 16;
      bar = 14;
      spark = 10;
    }
    if (columns < 100) spark = 0;
    if (columns < 90) rate = 0;
    if (columns < 60) eta = 0;
    if (columns < 40) bar = 0;
  }
};

std::string_view dot(Symbols symbols) {
  return symbols == Symbols::ascii ? "*" : "●";
}

int draw_progress(Grid& grid, int row, int column, const Layout& layout, const Window& window, const Run& run,
                  Symbols symbols) {
  const std::optional<double> percent = run.progress ? percent_of(*run.progress) : std::nullopt;
  if (layout.bar > 0) {
    const Reading<double> share = percent ? Reading<double>(*percent / 100) : Reading<double>(Presence::unknown);
    draw_bar(grid, row, column, layout.bar, share, symbols, Role::graph4);
    column += layout.bar + 1;
    grid.put_right(row, column + 4, percent ? fmt::format("{:.0f}%", *percent) : "", 4, Role::strong);
    column += 6;
  }
  const views::Course course = views::course_of({.frame = window.frame.get(), .run = &run});
  if (layout.rate > 0) {
    if (run.progress && !course.stalled_seconds)
      grid.put_right(row, column + layout.rate, rate_text(*run.progress), layout.rate);
    column += layout.rate + 1;
  }
  if (layout.spark > 0) {
    const Series rates =
        window.series_of([&](const Moment& moment) { return moment.run(run.id); }, &RunMoment::rate_per_second);
    draw_sparkline(grid, row, column, layout.spark, rates,
                   {.symbols = symbols, .top = scale_top(largest(rates).value_or(0), 0.01), .first = window.first});
    column += layout.spark + 1;
  }
  if (layout.eta > 0) {
    const std::string stalled = stalled_text(course);
    grid.put_right(row, column + layout.eta, stalled.empty() ? eta_text(course) : stalled, layout.eta,
                   stalled.empty() ? Role::dim : Role::warn);
    column += layout.eta + 2;
  }
  return column;
}

void draw_run(Grid& grid, int row, const Window& window, const Run& run, const ViewState& state) {
  const Layout layout(grid.columns());
  const RunWords words = words_about(*window.frame, run);
  grid.put(row, 0, dot(state.symbols), words.role);
  grid.put_cut(row, 2, run.name, layout.name, Role::run);
  int column = 2 + layout.name + 1;
  if (run.state == RunState::running && run.progress) {
    column = draw_progress(grid, row, column, layout, window, run, state.symbols);
  } else if (run.state != RunState::running) {
    grid.put_cut(row, column, name_of(run.state), 10, words.role);
    column += 11;
  }
  grid.put_cut(row, column, words.text, grid.columns() - column, words.role);
  if (RowKey::of_run(run.id) == state.selected)
    grid.paint({.row = row, .column = 0, .rows = 1, .columns = grid.columns()}, Role::selected);
}

}  // namespace

std::vector<const Run*> shown_runs(const Frame& frame) {
  std::vector<const Run*> runs;
  const std::int64_t now = frame.snapshot->after.wall_ns;
  for (const Run& run : frame.view.runs) {
    const bool lately = run.ended_wall_ns && now - *run.ended_wall_ns < shown_after_end_ns;
    if (!is_over(run.state) || lately) runs.push_back(&run);
  }
  return runs;
}

std::vector<const Run*> wanted_runs(const Frame& frame, const ViewState& state) {
  std::vector<const Run*> runs = shown_runs(frame);
  std::erase_if(runs, [&](const Run* run) { return !is_wanted(frame, *run, state); });
  return runs;
}

RunWords words_about(const Frame& frame, const Run& run) {
  if (is_over(run.state)) return {.text = how_it_ended(run.exit), .role = role_of_end(run.state)};
  if (!run.waits_for.empty()) return {.text = "waits for " + run.waits_for, .role = Role::warn};
  if (!run.elsewhere.empty()) return {.text = run.elsewhere, .role = Role::warn};
  if (const Finding* const finding = about(frame.findings, run); finding != nullptr)
    return {.text = finding->summary, .role = role_of(finding->severity)};
  if (run.state == RunState::paused) return {.text = "", .role = Role::warn};
  if (!is_judged(frame)) return {.text = "…", .role = Role::dim};
  if (has_only_begun(frame, run)) return {.text = "too early to tell", .role = Role::dim};
  if (const Suspicion* const suspicion = about(frame.suspicions, run); suspicion != nullptr)
    return {.text = suspicion->text + "?", .role = Role::dim};
  return {.text = "ok", .role = Role::good};
}

RunLines draw_run_lines(Grid& grid, int row, int rows, const Window& window, const ViewState& state) {
  const std::vector<const Run*> runs = wanted_runs(*window.frame, state);
  if (rows <= 0) return {};
  if (runs.empty()) {
    const bool none = shown_runs(*window.frame).empty();
    grid.put_cut(row, 0, none ? "no runs: vigie run -- COMMAND starts one" : "no run is of that user and has that text",
                 grid.columns(), Role::dim);
    return {.rows = 1};
  }
  const auto room = static_cast<std::size_t>(rows);
  const std::size_t shown = runs.size() <= room ? runs.size() : room - 1;
  RunLines lines;
  for (std::size_t at = 0; at < shown; ++at) {
    draw_run(grid, row + lines.rows++, window, *runs[at], state);
    lines.keys.push_back(RowKey::of_run(runs[at]->id));
  }
  if (shown < runs.size()) {
    grid.put_cut(row + lines.rows++, 0, fmt::format("and {} more: vigie ls", runs.size() - shown), grid.columns(),
                 Role::dim);
  }
  return lines;
}

}  // namespace vigie::tui
