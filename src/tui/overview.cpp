#include "tui/screen_view.hpp"

namespace vigie::tui {

Picture draw_overview(const Window& window, const ViewState& state, Size size) {
  return draw_processes(window, state, size);
}

}  // namespace vigie::tui
