// Progress bars read from lines of text.
#pragma once

#include <optional>
#include <string_view>

#include "model/run.hpp"

namespace vigie::shim {

/// What a progress bar's line says, or nothing when it is none. tqdm (std/tqdm.py, format_meter):
/// " 17%|#7  | 448/2604 [6:08:29<32:30:27, 54.28s/it, loss=0.123]", "12it [00:07,  1.71it/s]", "0/32 [00:00<?, ?it/s]",
/// with any description in front ("epoch 3/10:  17%|..." also gives epoch and epochs). Does not set wall_ns or
/// measured_rate_per_second.
[[nodiscard]] std::optional<Progress> parse_progress(std::string_view line);

}  // namespace vigie::shim
