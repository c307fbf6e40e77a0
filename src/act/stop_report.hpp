// The report of a stop for people when it is over.
#pragma once

#include <cstddef>
#include <string>

#include "act/stopped.hpp"

namespace vigie::act {

/// Safe lines: how the target ended, the action on each process, the files it wrote and what is left of it. Commands
/// are cut to `command_width` columns; 0: they are whole.
[[nodiscard]] std::string stop_report(const Stopped& stopped, std::size_t command_width);

}  // namespace vigie::act
