#include "tui/graph.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <iterator>

#include "base/utf8.hpp"

namespace vigie::tui {
namespace {

constexpr int braille_dots = 4, braille_columns = 2, block_steps = 8, ascii_steps = 2;

/// Steps of height that a cell has.
int steps_of(Symbols symbols) {
  switch (symbols) {
    case Symbols::braille: return braille_dots;
    case Symbols::block: return block_steps;
    case Symbols::ascii: return ascii_steps;
  }
  return 1;
}

int values_per_cell(Symbols symbols) {
  return symbols == Symbols::braille ? braille_columns : 1;
}

/// Steps of height of a value in `rows` cells; a known value above 0 has one.
int height_of(const Reading<double>& value, double top, int steps) {
  if (!value || !(*value > 0) || !(top > 0)) return 0;
  const double height = std::min(*value / top, 1.0) * steps;
  return std::clamp(static_cast<int>(std::lround(height)), 1, steps);
}

/// Bits of a column of braille dots (Unicode, "Braille Patterns"): `count` dots from below, or from above.
unsigned braille_bits(bool right, int count, bool from_above) {
  constexpr std::array<unsigned, 4> left_from_below{0x40, 0x04, 0x02, 0x01}, right_from_below{0x80, 0x20, 0x10, 0x08};
  const auto& dots = right ? right_from_below : left_from_below;
  unsigned bits = 0;
  for (int dot = 0; dot < count; ++dot)
    bits |= dots[static_cast<std::size_t>(from_above ? braille_dots - 1 - dot : dot)];
  return bits;
}

std::string braille(unsigned bits) {
  std::string text;
  append_utf8(text, static_cast<char32_t>(0x2800 + bits));
  return text;
}

std::string_view block(int eighths) {
  constexpr std::array<std::string_view, 9> blocks{" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
  return blocks[static_cast<std::size_t>(eighths)];
}

/// From above there are fewer of them in every font: half a block, and a whole one.
std::string_view hanging_block(int eighths) {
  if (eighths == 0) return " ";
  return eighths <= 2 ? "▔" : eighths <= 6 ? "▀" : "█";
}

std::string_view ascii(int steps, bool hangs) {
  if (steps == 0) return " ";
  return steps == 2 ? "#" : hangs ? "'" : ".";
}

/// One cell from the heights of its values within it.
std::string cell_text(std::span<const int> heights, const GraphWish& wish) {
  switch (wish.symbols) {
    case Symbols::braille: {
      const unsigned bits = braille_bits(false, heights[0], wish.hangs) | braille_bits(true, heights[1], wish.hangs);
      return bits == 0 ? " " : braille(bits);
    }
    case Symbols::block: return std::string(wish.hangs ? hanging_block(heights[0]) : block(heights[0]));
    case Symbols::ascii: return std::string(ascii(heights[0], wish.hangs));
  }
  return " ";
}

/// The values of each column of a graph, the newest in the last one; those before the first value are absent.
Series in_columns(std::span<const Reading<double>> values, std::size_t count, const GraphWish& wish) {
  Series grouped = resampled(values, wish.group, wish.first);
  if (grouped.size() > count)
    grouped.erase(grouped.begin(), std::prev(grouped.end(), static_cast<std::ptrdiff_t>(count)));
  grouped.insert(grouped.begin(), count - grouped.size(), Presence::not_read);
  return grouped;
}

struct Bars {
  std::string_view full, half, empty;
};

Bars bars_of(Symbols symbols) {
  switch (symbols) {
    case Symbols::braille: return {.full = "━", .half = "╸", .empty = "─"};
    case Symbols::block: return {.full = "█", .half = "▌", .empty = "░"};
    case Symbols::ascii: return {.full = "#", .half = "=", .empty = "-"};
  }
  return {};
}

double scale_in(double largest, double least, std::span<const double> steps, double base) {
  const double wanted = std::max(largest, least);
  if (!(wanted > 0) || !std::isfinite(wanted)) return least;
  double power = 1;  // the largest one up to what is wanted
  while (power * base <= wanted) power *= base;
  while (power > wanted) power /= base;
  for (const double step : steps) {
    if (step * power >= wanted) return step * power;
  }
  return base * power;
}

}  // namespace

std::optional<Symbols> symbols_named(std::string_view name) {
  if (name == "braille") return Symbols::braille;
  if (name == "block") return Symbols::block;
  if (name == "ascii") return Symbols::ascii;
  return {};
}

Reading<double> largest(std::span<const Reading<double>> values) {
  Reading<double> most = Presence::unknown;
  for (const Reading<double>& value : values) {
    if (value && (!most || *value > *most)) most = *value;
  }
  return most;
}

double scale_top(double largest, double least) {
  constexpr std::array steps{1.0, 2.0, 5.0};
  return scale_in(largest, least, steps, 10);
}

double scale_top_bytes(double largest, double least) {
  constexpr std::array steps{1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0, 512.0};
  return scale_in(largest, least, steps, 1024);
}

Series resampled(std::span<const Reading<double>> values, std::size_t group, std::uint64_t first) {
  group = std::max<std::size_t>(group, 1);
  Series grouped;
  for (std::size_t begin = 0; begin < values.size();) {
    const std::size_t room = group - static_cast<std::size_t>((first + begin) % group);
    const std::size_t count = std::min(room, values.size() - begin);
    const auto part = values.subspan(begin, count);
    const Reading<double> most = largest(part);
    grouped.push_back(most ? most : part.back());
    begin += count;
  }
  return grouped;
}

std::size_t values_in(int columns, const GraphWish& wish) {
  return static_cast<std::size_t>(std::max(columns, 0)) * static_cast<std::size_t>(values_per_cell(wish.symbols)) *
         std::max<std::size_t>(wish.group, 1);
}

void draw_graph(Grid& grid, Rect where, std::span<const Reading<double>> values, const GraphWish& wish) {
  if (where.rows <= 0 || where.columns <= 0) return;
  const int per_cell = values_per_cell(wish.symbols), steps = steps_of(wish.symbols);
  const auto each = static_cast<std::size_t>(per_cell);
  const Series columns = in_columns(values, static_cast<std::size_t>(where.columns) * each, wish);
  for (int row = 0; row < where.rows; ++row) {
    const int level = wish.hangs ? row : where.rows - 1 - row;  // of this row, counted from where the graph begins
    const Role role = graph_role((level + 0.5) / where.rows);
    for (int column = 0; column < where.columns; ++column) {
      std::array<int, braille_columns> heights{};
      for (std::size_t one = 0; one < each; ++one) {
        const Reading<double>& value = columns[static_cast<std::size_t>(column) * each + one];
        const int height = height_of(value, wish.top, where.rows * steps) - level * steps;
        heights[one] = std::clamp(height, 0, steps);
      }
      grid.put(where.row + row, where.column + column, cell_text(heights, wish), role, 1);
    }
  }
}

void draw_sparkline(Grid& grid, int row, int column, int columns, std::span<const Reading<double>> values,
                    const GraphWish& wish) {
  draw_graph(grid, {.row = row, .column = column, .rows = 1, .columns = columns}, values, wish);
  const auto per_cell = static_cast<std::size_t>(values_per_cell(wish.symbols));
  const Series shown = in_columns(values, static_cast<std::size_t>(std::max(columns, 0)) * per_cell, wish);
  for (int cell = 0; cell < columns; ++cell) {
    const Reading<double> most = largest(std::span(shown).subspan(static_cast<std::size_t>(cell) * per_cell, per_cell));
    grid.paint({.row = row, .column = column + cell, .rows = 1, .columns = 1},
               graph_role(wish.top > 0 ? most.value_or(0) / wish.top : 0));
  }
}

void draw_bar(Grid& grid, int row, int column, int columns, const Reading<double>& share, Symbols symbols,
              std::optional<Role> role) {
  const Bars bars = bars_of(symbols);
  const int halves = height_of(share, 1, columns * 2);
  for (int cell = 0; cell < columns; ++cell) {
    const int filled = std::clamp(halves - cell * 2, 0, 2);
    const std::string_view text = filled == 2 ? bars.full : filled == 1 ? bars.half : bars.empty;
    const Role magnitude = role.value_or(graph_role((cell + 0.5) / columns));
    grid.put(row, column + cell, text, filled > 0 ? magnitude : Role::track, 1);
  }
  if (!share && columns > 0) grid.put(row, column + columns / 2, "?", Role::dim, 1);
}

}  // namespace vigie::tui
