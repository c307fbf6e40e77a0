#include "tui/slow_line.hpp"

#include <termios.h>

#include <algorithm>
#include <functional>
#include <iterator>
#include <limits>
#include <numeric>
#include <utility>

#include <fmt/format.h>

#include "base/clock.hpp"

namespace vigie::tui {
namespace {

struct Speed {
  speed_t name;
  int baud;
};

constexpr Speed slow_speeds[] = {{B300, 300},   {B600, 600},   {B1200, 1200}, {B1800, 1800},
                                 {B2400, 2400}, {B4800, 4800}, {B9600, 9600}, {B19200, 19200}};
/// What is on its way delays an answer by a sixteenth of a second at most.
constexpr int pieces_a_second = 16;
constexpr std::int64_t nanoseconds_per_millisecond = 1'000'000;

}  // namespace

SlowLine SlowLine::of_terminal(int fd) {
  termios settings{};
  if (::tcgetattr(fd, &settings) != 0) return SlowLine(0);
  const auto* const found = std::ranges::find(slow_speeds, ::cfgetospeed(&settings), &Speed::name);
  constexpr int bits_per_byte = 10;  // with a start and a stop bit
  return SlowLine(found == std::end(slow_speeds) ? 0 : found->baud / bits_per_byte);
}

int SlowLine::room() const {
  if (!is_slow()) return std::numeric_limits<int>::max();
  return monotonic_ns() < free_ns_ ? 0 : std::max(bytes_per_second_ / pieces_a_second, 1);
}

void SlowLine::wrote(int bytes) {
  if (!is_slow()) return;
  free_ns_ = std::max(free_ns_, monotonic_ns()) + bytes * nanoseconds_per_second / bytes_per_second_;
}

int SlowLine::wait_ms() const {
  const std::int64_t left = std::max<std::int64_t>(free_ns_ - monotonic_ns(), 0);
  constexpr std::int64_t most = 1000;
  return static_cast<int>(std::clamp<std::int64_t>(left / nanoseconds_per_millisecond + 1, 1, most));
}

std::string SlowLine::remark() const {
  if (!is_slow()) return {};
  return fmt::format("this line takes {} bytes a second: a picture comes when it has taken the one before",
                     bytes_per_second_);
}

void Backlog::want(const Grid& grid) {
  ++wants_;
  const bool all = !wanted_ || wanted_->size() != grid.size();
  if (all) forget();
  changed_.resize(static_cast<std::size_t>(grid.rows()), wants_);
  for (int row = 0; row < grid.rows() && !all; ++row) {
    for (int column = 0; column < grid.columns(); ++column) {
      if (!(wanted_->at(row, column) == grid.at(row, column))) changed_[static_cast<std::size_t>(row)] = wants_;
    }
  }
  differs_ = true;
  wanted_ = grid;
}

void Backlog::forget() {
  shown_.reset();
  differs_ = true;
}

bool Backlog::take_erase() {
  if (shown_ || !wanted_) return false;
  shown_.emplace(wanted_->cells().size());
  return true;
}

std::vector<int> Backlog::rows_by_age() const {
  std::vector<int> rows(static_cast<std::size_t>(wanted_->rows()));
  std::iota(rows.begin(), rows.end(), 0);
  std::ranges::stable_sort(rows, std::greater(), [&](int row) {
    const bool under_cursor = wanted_->columns() > 0 && wanted_->at(row, 0).role == Role::selected;
    return std::pair(changed_[static_cast<std::size_t>(row)], under_cursor);
  });
  return rows;
}

int Backlog::take_row(int row, int bytes, std::vector<Piece>& pieces) {
  constexpr int jump = 8, new_look = 20;  // bytes of the escape sequences for a place and for a role
  int next = -1;
  for (int column = 0; column < wanted_->columns() && bytes > 0; ++column) {
    const Cell& cell = wanted_->at(row, column);
    Cell& shown = (*shown_)[static_cast<std::size_t>(row) * static_cast<std::size_t>(wanted_->columns()) +
                            static_cast<std::size_t>(column)];
    if (shown == cell) continue;
    const bool same_look = next == column && pieces.back().cell->role == cell.role;
    const int cost = static_cast<int>(cell.text.size()) + (next == column ? 0 : jump) + (same_look ? 0 : new_look);
    pieces.push_back({.row = row, .column = column, .bytes = cost, .cell = &cell});
    shown = cell;
    bytes -= cost;
    next = column + 1;
  }
  return bytes;
}

std::vector<Backlog::Piece> Backlog::take(int bytes) {
  std::vector<Piece> pieces;
  if (is_empty()) return pieces;
  for (const int row : rows_by_age()) {
    bytes = take_row(row, bytes, pieces);
    if (bytes <= 0) return pieces;
  }
  differs_ = false;
  return pieces;
}

}  // namespace vigie::tui
