// What keys do: a pure state machine, and the one table of keys that the page of help is made of.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "tui/event.hpp"
#include "tui/screen_view.hpp"
#include "tui/view_state.hpp"

namespace vigie::tui {

/// What a key asks for that the state alone cannot do.
enum class Wish : std::uint8_t {
  none,
  redraw,    ///< the whole screen anew: something else has written on it
  plan,      ///< whom state.order would hit
  page,      ///< the text of state.page
  tag_tree,  ///< a tag for the process under the cursor and all below it
  enter,     ///< what the process or the alert under the cursor belongs to, in depth
  attach,    ///< the terminal of the run under the cursor, in place of the picture
  go_to,     ///< the time in state.input
  save,      ///< what was seen, as a recording; of a frozen picture it alone
  perform,   ///< state.order, which the user has seen the plan of and confirmed
};

/// One key of the picture that is shown.
struct Pressed {
  ViewState& state;
  const Picture& picture;
  Wish wish = Wish::none;
};

struct Binding {
  std::string_view keys;    ///< names (tui/event.hpp), separated by blanks
  std::string_view action;  ///< its name in the configuration, fixed for good: "page_down"
  std::string_view group;   ///< heading on the page of keys
  std::string_view help;
  void (*does)(Pressed& pressed) = nullptr;
};

/// Keys outside of a text that is typed; `1` to `6` are those of the table of screens.
[[nodiscard]] std::span<const Binding> bindings();

/// Takes one key. The rows it moves among are those of `picture`, the last one that was drawn.
Wish press(ViewState& state, const Key& key, const Picture& picture);

/// Moves the cursor to the next row that matches, where the search changed. True: it moved, the picture must be drawn
/// anew.
bool settle(ViewState& state, const Picture& picture);

/// The prompt of a text that is typed: "Search: abc"; empty when none is.
[[nodiscard]] std::string prompt(const ViewState& state);

}  // namespace vigie::tui
