// A line that takes few bytes a second, and the part of a picture that still has to be written on it: the newest
// changes first, so that a key is answered before the rest of a picture.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "tui/grid.hpp"

namespace vigie::tui {

/// When a line has taken what was written. All times are CLOCK_MONOTONIC.
class SlowLine {
 public:
  /// 0: as fast as anything writes.
  explicit SlowLine(int bytes_per_second) : bytes_per_second_(bytes_per_second) {}
  /// By the speed that the terminal has (termios(3)): below 38,400 baud, which every pseudo-terminal has unless it is
  /// told otherwise, ten bits are a byte.
  [[nodiscard]] static SlowLine of_terminal(int fd);

  [[nodiscard]] bool is_slow() const { return bytes_per_second_ > 0; }
  /// How many bytes may be written now; 0: what was written before is still on its way.
  [[nodiscard]] int room() const;
  void wrote(int bytes);
  /// Until there is room, milliseconds; at least 1.
  [[nodiscard]] int wait_ms() const;
  /// What the user should know; empty: nothing.
  [[nodiscard]] std::string remark() const;

 private:
  int bytes_per_second_;
  std::int64_t free_ns_ = 0;
};

/// What a terminal shows, what it should show, and in which order the difference is written.
class Backlog {
 public:
  struct Piece {
    int row, column, bytes;  ///< bytes: what writing it takes at most
    const Cell* cell;        ///< lives until the next want()
  };

  void want(const Grid& grid);
  /// Nothing is known of what the terminal shows: everything is written anew.
  void forget();
  [[nodiscard]] bool is_empty() const { return !wanted_ || (shown_ && !differs_); }
  /// True once after everything is written anew: the terminal has to be cleared first.
  [[nodiscard]] bool take_erase();
  /// Cells that differ, until they take so many bytes: those of the rows first that changed last, of these the row
  /// under the cursor. They count as shown.
  [[nodiscard]] std::vector<Piece> take(int bytes);

 private:
  [[nodiscard]] std::vector<int> rows_by_age() const;
  /// Returns the bytes that are left.
  int take_row(int row, int bytes, std::vector<Piece>& pieces);

  std::optional<Grid> wanted_;
  std::optional<std::vector<Cell>> shown_;  ///< of the size of `wanted_`
  std::vector<std::uint64_t> changed_;      ///< of each row: the number of the want() that last changed it
  std::uint64_t wants_ = 0;
  bool differs_ = false;
};

}  // namespace vigie::tui
