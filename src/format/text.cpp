// Text tables. All cells are formatted once into one buffer, then laid out: no string per cell.
#include <fmt/format.h>
#include <time.h>

#include <algorithm>
#include <iterator>

#include "base/clock.hpp"
#include "base/text.hpp"
#include "base/units.hpp"
#include "format/local_time.hpp"
#include "format/paint.hpp"
#include "format/table.hpp"

namespace vigie::format {

std::string local_time(std::int64_t wall_ns) {
  const auto seconds = static_cast<time_t>(wall_ns / nanoseconds_per_second);
  struct tm parts{};
  if (::localtime_r(&seconds, &parts) == nullptr) return "-";
  char text[32];
  return {text, ::strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S", &parts)};
}

namespace {

bool is_number(const Metric& metric) {
  return metric.unit != Unit::none && metric.unit != Unit::time;
}

void append_number(std::string& out, Unit unit, double number) {
  switch (unit) {
    case Unit::bytes:
    case Unit::bytes_per_second: out += human_bytes(number); return;
    case Unit::seconds: out += human_duration(number); return;
    case Unit::percent:
    case Unit::milliseconds:
    case Unit::microseconds:
    case Unit::per_second: fmt::format_to(std::back_inserter(out), "{:.1f}", number); return;
    case Unit::time: out += local_time(static_cast<std::int64_t>(number)); return;
    case Unit::watts:
    case Unit::celsius: fmt::format_to(std::back_inserter(out), "{:.0f}", number); return;
    case Unit::hertz: fmt::format_to(std::back_inserter(out), "{:.0f}M", number / 1e6); return;
    case Unit::count:
    case Unit::joules:
    case Unit::none: fmt::format_to(std::back_inserter(out), "{:g}", number); return;
  }
}

void append_human(std::string& out, const Metric& metric, const Cell& cell) {
  if (const auto* integer = std::get_if<std::int64_t>(&cell)) {
    if (metric.unit == Unit::time) {
      out += local_time(*integer);
    } else if (metric.unit == Unit::count || metric.unit == Unit::joules || metric.unit == Unit::none) {
      fmt::format_to(std::back_inserter(out), "{}", *integer);
    } else {
      append_number(out, metric.unit, static_cast<double>(*integer));
    }
  } else if (const auto* number = std::get_if<double>(&cell)) {
    append_number(out, metric.unit, *number);
  } else if (const auto* view = std::get_if<std::string_view>(&cell)) {
    append_safe_text(out, *view);
  } else if (const auto* text = std::get_if<std::string>(&cell)) {
    append_safe_text(out, *text);
  } else {
    out += '-';
  }
}

/// Where each cell lies in the buffer, and how wide it is.
struct Laid {
  std::size_t end = 0;
  std::size_t width = 0;
};

void append_line(std::string& out, std::string_view line, std::size_t begin, const TextOptions& options) {
  // `line` was appended to `out` from `begin` on: cut it there.
  if (options.max_width != 0 && display_width(line) > options.max_width) {
    const std::string cut = cut_to_width(line, options.max_width);
    out.resize(begin);
    out += cut;
  }
}

/// A cell to be painted: where it lies in the output.
struct Painted {
  std::size_t begin = 0, length = 0;
  Paint paint = Paint::none;
};

/// Sets the escapes around the cells that the cut left whole; last first, so that the positions stay right.
void paint_cells(std::string& out, const std::vector<Painted>& painted) {
  for (std::size_t index = painted.size(); index-- > 0;) {
    const Painted& cell = painted[index];
    if (cell.begin + cell.length > out.size()) continue;
    out.insert(cell.begin + cell.length, "\x1b[0m");
    out.insert(cell.begin, escape_of(cell.paint));
  }
}

/// Names that are longer than the catalogue expects give way to the last column, the longest first: it is the one that
/// people read. Columns of any width, like addresses, say nothing when they are cut.
void make_room(const Table& table, std::vector<std::size_t>& widths, const TextOptions& options) {
  constexpr std::size_t least_last = 16;
  if (options.max_width == 0 || widths.size() < 2) return;
  std::size_t total = widths.size() - 1 + std::min(widths.back(), least_last);
  for (std::size_t column = 0; column + 1 < widths.size(); ++column) total += widths[column];
  const auto spare = [&](std::size_t column) {
    const Metric& metric = *table.metrics[column];
    const std::size_t least = std::max<std::size_t>(metric.title.size(), metric.width);
    return is_number(metric) || metric.width == 0 || widths[column] <= least ? 0 : widths[column] - least;
  };
  while (total > options.max_width) {
    std::size_t widest = 0;
    for (std::size_t column = 1; column + 1 < widths.size(); ++column) {
      if (spare(column) > 0 && (spare(widest) == 0 || widths[column] > widths[widest])) widest = column;
    }
    if (spare(widest) == 0) return;
    --widths[widest];
    --total;
  }
}

}  // namespace

std::string_view escape_of(Paint paint) {
  switch (paint) {
    case Paint::good: return "\x1b[32m";
    case Paint::notable: return "\x1b[33m";
    case Paint::bad: return "\x1b[1;31m";
    case Paint::none: break;
  }
  return {};
}

std::string painted(std::string_view safe, Paint paint, bool color) {
  const std::string_view begin = color ? escape_of(paint) : std::string_view();
  return std::string(begin).append(safe).append(begin.empty() ? "" : "\x1b[0m");
}

std::string human(const Metric& metric, const Cell& cell) {
  std::string out;
  append_human(out, metric, cell);
  return out;
}

void append_text(std::string& out, const Table& table, const TextOptions& options) {
  const std::size_t columns = table.metrics.size();
  std::string buffer;
  std::vector<Laid> cells;
  cells.reserve(table.rows * columns);
  std::vector<std::size_t> widths(columns);
  for (std::size_t column = 0; column < columns; ++column) {
    const Metric& metric = *table.metrics[column];
    widths[column] = std::max<std::size_t>(options.header ? metric.title.size() : 0, metric.width);
  }
  for (std::size_t row = 0; row < table.rows; ++row) {
    for (std::size_t column = 0; column < columns; ++column) {
      const std::size_t begin = buffer.size();
      append_human(buffer, *table.metrics[column], table.cell(row, column));
      const std::size_t width = display_width(std::string_view(buffer).substr(begin));
      cells.push_back({buffer.size(), width});
      widths[column] = std::max(widths[column], width);
    }
  }

  make_room(table, widths, options);

  std::vector<Painted> painted;
  std::string shortened;
  const auto append_row = [&](auto&& text_of, auto&& paint_of) {
    const std::size_t begin = out.size();
    painted.clear();
    for (std::size_t column = 0; column < columns; ++column) {
      auto [text, width] = text_of(column);
      if (width > widths[column]) {
        shortened = cut_to_width(text, widths[column]);
        text = shortened;
        width = display_width(text);
      }
      const std::size_t padding = widths[column] - width;
      if (column > 0) out += ' ';
      if (is_number(*table.metrics[column])) out.append(padding, ' ');
      const Paint paint = options.color ? paint_of(column) : Paint::none;
      if (paint != Paint::none) painted.push_back({out.size(), text.size(), paint});
      out += text;
      if (!is_number(*table.metrics[column]) && column + 1 < columns) out.append(padding, ' ');
    }
    append_line(out, std::string_view(out).substr(begin), begin, options);
    paint_cells(out, painted);
  };
  using Piece = std::pair<std::string_view, std::size_t>;
  if (options.header) {
    if (options.color) out += "\x1b[1m";
    append_row(
        [&](std::size_t column) {
          const std::string_view title = table.metrics[column]->title;
          return Piece(title, title.size());
        },
        [](std::size_t) { return Paint::none; });
    if (options.color) out += "\x1b[0m";
    out += '\n';
  }
  for (std::size_t row = 0; row < table.rows; ++row) {
    append_row(
        [&](std::size_t column) {
          const std::size_t index = row * columns + column;
          const std::size_t begin = index == 0 ? 0 : cells[index - 1].end;
          return Piece(std::string_view(buffer).substr(begin, cells[index].end - begin), cells[index].width);
        },
        [&](std::size_t column) { return table.paint ? table.paint(row, column) : Paint::none; });
    out += '\n';
  }
}

}  // namespace vigie::format
