// Progress that is no tqdm bar: Keras, rich, and lines that programs print themselves.
#pragma once

#include <optional>
#include <string_view>

#include "model/run.hpp"

namespace vigie::shim {

/// What such a line says, or nothing. A line counts when it has a step ("step 100/1000", "iter 100:", "Step
/// [100/1000]", "batch 3 of 9", or "120/500" with a bar beside it) and one thing more: a total, a rate or a metric.
///   Keras 3    "120/500 ━━━━━ 12s 12ms/step - loss: 0.1234" (keras/src/utils/progbar.py), 2: "[==>...] - ETA: 5s -
///   loss" rich       "Training ━━━━━ 12/100 0:00:05 • 0:00:30 12.34it/s loss: 0.123" printed    "Epoch [1/10], Step
///   [100/1000], Loss: 0.3", "iter 100: loss 0.3, time 12ms"
[[nodiscard]] std::optional<Progress> parse_progress_words(std::string_view line);

}  // namespace vigie::shim
