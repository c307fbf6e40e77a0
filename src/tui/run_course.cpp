#include "tui/run_course.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "base/units.hpp"
#include "tui/doing.hpp"
#include "tui/parts.hpp"
#include "tui/reading_text.hpp"

namespace vigie::tui {
namespace {

std::vector<const RunMoment*> moments_of(const Window& window, const Run& run) {
  std::vector<const RunMoment*> all;
  for (const Moment& moment : window.moments) all.push_back(moment.run(run.id));
  return all;
}

/// "the last 4 min 30 s": what so many of the newest moments cover.
std::string covered_time(const Window& window, std::size_t count) {
  if (window.moments.size() < 2) return "since a moment ago";
  const std::size_t first = window.moments.size() - std::min(count, window.moments.size());
  const std::int64_t covered = window.moments.back().wall_ns - window.moments[first].wall_ns;
  return "the last " + spoken_duration(static_cast<double>(covered) / nanoseconds_per_second);
}

/// One graph of the course and the number of now.
struct Course {
  std::string title, now = {}, scale = {};
  Series series = {};
  double top = 100;
};

Series rates_of(const Window& window, const Run& run) {
  return window.series_of([&](const Moment& moment) { return moment.run(run.id); }, &RunMoment::rate_per_second);
}

Course rate_course(const Window& window, const Run& run) {
  Course course{.title = "Steps", .series = rates_of(window, run)};
  if (run.progress && !run.progress->unit.empty()) course.title = run.progress->unit;
  course.top = scale_top(largest(course.series).value_or(0), 0.01);
  const Reading<double> now = course.series.empty() ? Reading<double>(Presence::unknown) : course.series.back();
  course.now = now ? fmt::format("{:.3g}/s", *now) : std::string(absence_text(now.presence()));
  course.scale = fmt::format("scale {:g}/s", course.top);
  return course;
}

/// Of several GPUs or CPUs together 100 is one of them: the scale has room for all that it ever used.
Course use_course(const Window& window, const Run& run) {
  const auto find = [&](const Moment& moment) { return moment.run(run.id); };
  Course course{.title = "GPU", .series = window.series_of(find, &RunMoment::gpu_percent)};
  if (largest(course.series).value_or(0) <= 0) {
    course.title = "CPU";
    course.series = window.series_of(find, &RunMoment::cpu_percent);
  }
  course.top = scale_top(largest(course.series).value_or(0), 100);
  const Reading<double> now = course.series.empty() ? Reading<double>(Presence::unknown) : course.series.back();
  course.now = percent_text(now);
  course.scale = fmt::format("scale {:g}%", course.top);
  return course;
}

void draw_one_course(Grid& grid, Rect where, const Course& course, const Window& window, const ViewState& state) {
  int column = grid.put_cut(where.row, where.column, course.title, where.columns, Role::title);
  column = grid.put(where.row, column + 1, course.now, Role::strong);
  grid.put_right(where.row, where.column + where.columns, course.scale, where.columns - column - 1, Role::dim);
  draw_graph(grid, {.row = where.row + 1, .column = where.column, .rows = where.rows - 1, .columns = where.columns},
             course.series, {.symbols = state.symbols, .top = course.top, .first = window.first});
}

}  // namespace

void draw_timeline(Grid& grid, int row, const Window& window, const Run& run, const ViewState& state,
                   std::string_view note) {
  const std::size_t per_cell = values_in(1, {.symbols = state.symbols});
  const std::vector<const RunMoment*> moments = moments_of(window, run);
  const std::size_t count = std::min(moments.size(), per_cell * static_cast<std::size_t>(grid.columns()));
  draw_heading(grid, row, "Time: " + covered_time(window, count), note);
  // From the right edge, as graphs are drawn.
  std::size_t end = moments.size();
  for (int column = grid.columns() - 1; column >= 0 && end > 0; --column) {
    const std::size_t begin = end - std::min(end, per_cell);
    const Doing doing = doing_of(std::span(moments).subspan(begin, end - begin));
    const Mark mark = mark_of(doing);
    if (doing == Doing::gone) {
      grid.put(row + 1, column, " ");
    } else {
      grid.put(row + 1, column, std::string_view(&mark.letter, 1), mark.role);
    }
    end = begin;
  }
}

bool has_course(const Window& window, const Run& run) {
  return std::ranges::any_of(window.moments, [&](const Moment& moment) { return moment.run(run.id) != nullptr; });
}

bool has_rate(const Window& window, const Run& run) {
  return largest(rates_of(window, run)).has_value();
}

void draw_course(Grid& grid, Rect where, const Window& window, const Run& run, const ViewState& state) {
  constexpr int least_of_both = 4;
  if (where.rows < 2) return;
  if (where.rows < least_of_both || !has_rate(window, run)) {
    draw_one_course(grid, where, use_course(window, run), window, state);
    return;
  }
  Rect half = where;
  half.rows = (where.rows + 1) / 2;
  draw_one_course(grid, half, rate_course(window, run), window, state);
  half.row += half.rows;
  half.rows = where.rows - half.rows;
  draw_one_course(grid, half, use_course(window, run), window, state);
}

}  // namespace vigie::tui
