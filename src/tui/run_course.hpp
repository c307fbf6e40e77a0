// The course of a run on one time axis: what it did, its rate, and the use of its GPUs.
#pragma once

#include <string_view>

#include "model/run.hpp"
#include "tui/grid.hpp"
#include "tui/view_state.hpp"
#include "tui/window.hpp"

namespace vigie::tui {

/// What it did, a letter each column: a line of heading, with a note at its right, and one of letters.
inline constexpr int rows_of_timeline = 2;
void draw_timeline(Grid& grid, int row, const Window& window, const Run& run, const ViewState& state,
                   std::string_view note);

/// Whether the run was alive in the window: otherwise there is nothing to draw.
[[nodiscard]] bool has_course(const Window& window, const Run& run);
/// Whether a step rate was seen in the window: only then there are two graphs.
[[nodiscard]] bool has_rate(const Window& window, const Run& run);
/// Steps a second above the use of its GPUs, or of the CPUs where it is on none; less than four rows: the GPUs or CPUs
/// alone. The columns are the moments of the timeline.
void draw_course(Grid& grid, Rect where, const Window& window, const Run& run, const ViewState& state);

}  // namespace vigie::tui
