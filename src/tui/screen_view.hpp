// What a screen is: a pure function of the time it shows, of what the user chose, and of its size.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "tui/grid.hpp"
#include "tui/view_state.hpp"
#include "tui/window.hpp"

namespace vigie::tui {

/// What a screen drew, and what the keys must know of it.
struct Picture {
  Grid grid;
  std::vector<RowKey> rows = {};          ///< all rows the cursor can stand on, shown or not, in their order
  std::size_t top = 0;                    ///< the first of them that is shown
  std::size_t page = 1;                   ///< how many of them fit
  std::vector<std::size_t> matches = {};  ///< the rows that have what is searched for, ascending
};

/// Everything between the line of the title and that of the keys. `size` may be as small as 1×1; never below.
using DrawScreen = Picture (*)(const Window& window, const ViewState& state, Size size);

struct ScreenView {
  ScreenId id = ScreenId::overview;
  char key = '1';
  std::string_view name;  ///< what `:` jumps to: "gpus"
  std::string_view title;
  DrawScreen draw = nullptr;
};

/// All screens, in the order of their keys. One table.
[[nodiscard]] std::span<const ScreenView> screens();
/// nullptr when there is none.
[[nodiscard]] const ScreenView* screen_of(ScreenId id);
[[nodiscard]] const ScreenView* screen_with_key(char key);
/// By the beginning of its name.
[[nodiscard]] const ScreenView* screen_named(std::string_view beginning);

/// The first row to show of a list so that the cursor is in view: `top` as it was, moved no further than it must be.
[[nodiscard]] std::size_t scrolled(std::size_t top, std::size_t cursor, std::size_t count, std::size_t page);
/// The same for the rows from `first` on, which scroll: the cursor is brought into view where a key moved it or it is
/// followed, and else left where it is.
[[nodiscard]] std::size_t top_of_list(const ViewState& state, std::span<const RowKey> rows, std::size_t first,
                                      std::size_t page);
/// Where the selected row is among the rows; nothing when it is gone.
[[nodiscard]] std::optional<std::size_t> position_of(const RowKey& selected, std::span<const RowKey> rows);

// The screens; each has a file of its name.
Picture draw_overview(const Window& window, const ViewState& state, Size size);
Picture draw_run(const Window& window, const ViewState& state, Size size);
Picture draw_processes(const Window& window, const ViewState& state, Size size);
Picture draw_gpus(const Window& window, const ViewState& state, Size size);
Picture draw_disks(const Window& window, const ViewState& state, Size size);
Picture draw_alerts(const Window& window, const ViewState& state, Size size);

}  // namespace vigie::tui
