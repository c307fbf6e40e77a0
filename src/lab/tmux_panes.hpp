// The sessions of tmux, from its list of panes. Pure.
#pragma once

#include <string>
#include <vector>

#include "lab/exercise.hpp"

namespace vigie::lab {

/// Of lines like "1 @3 my session", one for each pane: the clients of its session, its window, the session.
[[nodiscard]] std::vector<Session> sessions_in(const std::string& panes);

}  // namespace vigie::lab
