// The values in lines of progress, as programs write them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/ascii.hpp"
#include "model/run.hpp"

namespace vigie::keep {

/// What names of values are written with, digits apart.
[[nodiscard]] constexpr bool is_name_letter(char c) {
  return is_letter(c) || c == '_';
}

inline constexpr std::size_t longest_line = 4096;  ///< bytes of a line that is looked at
inline constexpr double most_steps = 1e15;         ///< a larger number counts no steps

[[nodiscard]] std::string_view trimmed(std::string_view text);
/// A decimal number with an optional SI suffix (tqdm's unit_scale); moves past it.
[[nodiscard]] std::optional<double> take_number(std::string_view& text);
/// The number that the whole text is, as take_number() reads it.
[[nodiscard]] std::optional<double> number_in(std::string_view text);
/// The measured value that the whole text is: "0.3", and what Python, C and JSON write for no number, "nan", "-inf",
/// "Infinity"; the values inside "np.float32(0.3)" and "tensor(nan".
[[nodiscard]] std::optional<double> measured_in(std::string_view text);
/// "448", "1.50M", of the whole text.
[[nodiscard]] std::optional<std::uint64_t> count_in(std::string_view text);
/// The duration that the text begins with: "2:55", "6:08:29", "1 day, 2:03:04" (datetime.timedelta), "13.5s",
/// "2h 3m", "1d02:03:04".
[[nodiscard]] std::optional<double> duration_at_begin(std::string_view text);

struct Pace {
  double per_second = 0;
  std::string unit;  ///< what is counted: "it", "img", "B"
};
/// "1.71it/s", "54.28s/it", "12ms/step", "1.2 MB/s".
[[nodiscard]] std::optional<Pace> pace_in(std::string_view text);
/// Sets rate and unit; "it" and its like are steps, which need no unit.
void set_pace(Progress& progress, const Pace& pace);

/// "ETA: 5s", "eta 0:20:00", "eta: 1 day, 2:03:04" anywhere in the line.
[[nodiscard]] std::optional<double> eta_in(std::string_view line);
/// "loss: 0.3", "loss=0.3", "loss 0.3", "acc=97.5%" anywhere in the line, at most 16, the foremost of
/// them; of words without a sign in between only those that are measured(). Numbers that belong to another unit, a
/// count or a time are none.
void take_metrics(std::string_view line, Progress& progress);
/// Whether a name is that of a training's measurement: a loss, an accuracy. Settings have other names.
[[nodiscard]] bool is_measured(std::string_view name);
[[nodiscard]] bool has_measured(const Progress& progress);

}  // namespace vigie::keep
