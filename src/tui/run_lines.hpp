// One line a run: health, progress, rate, what is left, and the verdict in words.
#pragma once

#include <string>
#include <vector>

#include "model/frame.hpp"
#include "tui/grid.hpp"
#include "tui/view_state.hpp"
#include "tui/window.hpp"

namespace vigie::tui {

/// The runs that a screen shows: those that are alive, and those that ended within the last ten minutes.
[[nodiscard]] std::vector<const Run*> shown_runs(const Frame& frame);
/// Those of them that the user wants to see: by user and filter, as their processes are.
[[nodiscard]] std::vector<const Run*> wanted_runs(const Frame& frame, const ViewState& state);

/// What is said about a run in one line, and how it should look.
struct RunWords {
  std::string text;  ///< raw
  Role role = Role::dim;
};
/// The likeliest finding's summary, "ok", "too early to tell"; of a run that is over, how it ended.
[[nodiscard]] RunWords words_about(const Frame& frame, const Run& run);

struct RunLines {
  int rows = 0;                   ///< that were drawn
  std::vector<RowKey> keys = {};  ///< of the runs that were drawn
};

/// At most so many rows from there on.
[[nodiscard]] RunLines draw_run_lines(Grid& grid, int row, int rows, const Window& window, const ViewState& state);

}  // namespace vigie::tui
