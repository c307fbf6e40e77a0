// Progress in lines that programs print themselves, and in bars of Keras 2.
#pragma once

#include <optional>
#include <string_view>

#include "keep/progress/progress.hpp"

namespace vigie::keep {

/// What such a line says, or nothing. A line counts when it has a step ("step 100/1000", "iter 100:", "Step
/// [100/1000]", "batch 3 of 9", "[100/1000]" beside a loss) and one thing more: a total, a rate or a metric that is
/// measured. Without a total, a line of settings is none ("steps=100, lr=0.1, amp=True").
///   Keras 2 "120/500 [==>...] - ETA: 5s - loss: 0.5", and without a bar "500/500 - 6s - 12ms/step - loss: 0.1"
///   printed "Epoch [1/10], Step [100/1000], Loss: 0.3", "iter 100: loss 0.3, time 12ms"
///   epochs  "Epoch 3/10, loss: 0.5"; "Epoch 3/10" alone is a heading
[[nodiscard]] std::optional<ProgressLine> parse_progress_words(std::string_view line);

}  // namespace vigie::keep
