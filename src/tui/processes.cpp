// The screen of processes: flat in an order, or as a tree.
#include <algorithm>
#include <utility>

#include "tui/process_list.hpp"
#include "tui/screen_view.hpp"

namespace vigie::tui {

Picture draw_processes(const Window& window, const ViewState& state, Size size) {
  Picture picture{.grid = Grid(size), .page = static_cast<std::size_t>(std::max(size.rows - 1, 1))};
  ProcessList list = process_list(*window.frame, state);
  picture.top = top_of_list(state, list.keys, 0, picture.page);
  draw_process_list(picture.grid, {.row = 0, .column = 0, .rows = size.rows, .columns = size.columns}, list, state,
                    picture.top);
  picture.rows = std::move(list.keys);
  picture.matches = std::move(list.matches);
  return picture;
}

}  // namespace vigie::tui
