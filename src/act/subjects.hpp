// The runs that `vigie why` is about, and the details to read of them.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "feed/judging.hpp"
#include "model/frame.hpp"

namespace vigie::act {

/// The runs asked about: the target's, whether it is alive or over, or all that are alive.
Result<std::vector<const Run*>> subjects(const Frame& frame, const std::string& text);

/// The same for watch_for_judging(). `seen` is set once the target was there; that it has ended later is no error.
[[nodiscard]] ChooseRuns subjects_while_there(std::string target, std::shared_ptr<bool> seen);

}  // namespace vigie::act
