// vigie top: frames and keys in, pictures out.
#pragma once

#include "base/result.hpp"
#include "tui/deeds.hpp"
#include "tui/display.hpp"
#include "tui/frames.hpp"
#include "tui/view_state.hpp"

namespace vigie::tui {

/// Shows the frames until the user quits or the display is closed: both are no error. Keys are answered while a frame
/// is made. Returns what they chose at last. Errors: there are no frames, or they can be shown nowhere.
Result<ViewState> run_top(Display& display, Frames& frames, Deeds& deeds, ViewState state);

}  // namespace vigie::tui
