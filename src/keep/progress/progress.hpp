// Progress read from lines of text.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "model/run.hpp"

namespace vigie::keep {

struct ProgressLine {
  enum class Kind : std::uint8_t {
    steps,
    epoch_bar,   ///< what it counts are epochs: "Epoch:  30%|###       | 3/10"; three are done
    epoch_line,  ///< the same, as a line that was printed: "Epoch 3/10, loss 0.5"
    heading,     ///< says the epoch of what follows and no more: "Epoch 3/10"
  };
  Kind kind = Kind::steps;
  bool aside = false;  ///< of a validation or a preparation, beside the training
  Progress progress;
};

/// What a line says of progress, or nothing when it says none: the formats of progress_formats.hpp, objects as in JSON
/// and Python (progress_dict.hpp), and words that people print (progress_words.hpp). Settings ("batch=24, lr=0.1") are
/// none. Does not set line, wall_ns or measured_rate_per_second.
[[nodiscard]] std::optional<ProgressLine> parse_progress(std::string_view line);

/// A program's own report, on a line of its own: "VIGIE_PROGRESS=120/500 epoch=2/10 loss=0.3 eta=60".
inline constexpr std::string_view reported_mark = "VIGIE_PROGRESS=";
[[nodiscard]] std::optional<Progress> parse_reported(std::string_view line);

}  // namespace vigie::keep
