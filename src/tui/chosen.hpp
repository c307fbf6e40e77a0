// What the user chose for vigie top before it began: the configuration, and what was chosen in it the last time.
#pragma once

#include <string>

#include "base/result.hpp"
#include "config/config.hpp"
#include "tui/view_state.hpp"

namespace vigie::tui {

/// Takes the configuration into the state: symbols, order, columns, keys, read-only. Errors, of kind usage, begin with
/// where the value is from: a column, an action or a key that does not exist, with the nearest; a key with two actions.
Result<void> take_config(ViewState& state, const config::TopConfig& config);

/// Takes what was kept the last time, where the configuration says nothing of it: order and columns. No file is no
/// error; one that cannot be understood is an error for a remark, and changes nothing.
Result<void> take_kept(config::TopConfig& config);

/// Keeps order and columns, if they changed between the begin and the end, in $XDG_STATE_HOME/vigie/top/chosen.toml,
/// which is replaced as a whole.
Result<void> keep_chosen(const ViewState& begun, const ViewState& ended);

}  // namespace vigie::tui
