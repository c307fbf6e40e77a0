// Progress in objects that programs print, as JSON has them or as Python prints a dict.
#pragma once

#include <optional>
#include <string_view>

#include "keep/progress/progress.hpp"

namespace vigie::keep {

/// What such an object says: {"epoch": 1, "step": 100, "loss": 0.5}, {'loss': 0.5, 'epoch': 0.1, 'step': 500}. It
/// counts when it has a step and, as a setting has not, an epoch, a total or a metric that is measured. The object may
/// stand behind a logger's words, and may be cut. Without a step it is a line of its epoch, when
/// something is measured.
[[nodiscard]] std::optional<ProgressLine> parse_progress_dict(std::string_view line);

}  // namespace vigie::keep
