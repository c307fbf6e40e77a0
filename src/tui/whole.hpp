// The whole picture: the line of the title, a screen, and the line of keys. Pure.
#pragma once

#include <optional>
#include <string>

#include "tui/own_cost.hpp"
#include "tui/screen_view.hpp"

namespace vigie::tui {

/// What is said around a screen.
struct Around {
  std::string remark = {};           ///< of the display, or of how the user came here
  std::string pace = {};             ///< why pictures come less often than the user wants; empty: they do not
  std::optional<OwnCost> cost = {};  ///< of vigie top itself, for Mode::setup
};

/// The screen that the state names, with its surroundings, for a terminal of that size. The picture's grid has that
/// size exactly. Without a frame it says that the first look is on its way.
[[nodiscard]] Picture draw_whole(const Window& window, const ViewState& state, Size size, const Around& around);

}  // namespace vigie::tui
