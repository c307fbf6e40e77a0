// How a run ended, for people.
#pragma once

#include <optional>
#include <string>

#include "model/run.hpp"

namespace vigie::views {

/// As how_it_ended() has it. An exit code by which shells and trainings tell of a signal has its name:
/// "exit code 143 (128 + SIGTERM)".
[[nodiscard]] std::string ending_text(const std::optional<ExitRecord>& exit);

}  // namespace vigie::views
