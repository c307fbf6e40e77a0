#include "tui/screen_view.hpp"

namespace vigie::tui {

Picture draw_processes(const Window& window, const ViewState& state, Size size) {
  Picture picture{.grid = Grid(size), .page = static_cast<std::size_t>(size.rows)};
  for (const ProcessSample& process : window.frame->snapshot->processes) picture.rows.push_back(RowKey::of(process.id));
  picture.top = scrolled(state.top, 0, picture.rows.size(), picture.page);
  return picture;
}

}  // namespace vigie::tui
