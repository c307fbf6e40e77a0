// The progress formats of frameworks: one table.
#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "base/regex.hpp"
#include "keep/progress/progress.hpp"

namespace vigie::keep {

/// One way in which a framework writes its progress.
struct ProgressFormat {
  enum class Eta : std::uint8_t { of_epoch, of_run };

  std::string_view framework;
  /// Named groups: step, total, epoch, epochs, percent, rate ("1.71it/s", or a number a second), seconds and
  /// milliseconds (of a step), eta, loss. A group that does not match is unknown. Metrics and "eta: ..." are read off
  /// the whole line.
  std::string_view pattern;
  std::string_view example;  ///< a line written from the source's format string; its test is in progress_formats_test
  Eta eta = Eta::of_epoch;
  std::string_view unit = {};  ///< what it counts, unless it counts steps
  bool aside = false;          ///< it is a bar of validations alone
};

/// In this order: the first that matches has the line.
[[nodiscard]] std::span<const ProgressFormat> progress_formats();

/// The progress in a line of one of these formats.
[[nodiscard]] std::optional<ProgressLine> read_format(std::string_view line);

/// The progress in the named groups of a match, as in ProgressFormat; groups of any other name are metrics. Nothing
/// when it can be no progress: neither step nor percentage nor epoch, or a step beyond the total.
[[nodiscard]] std::optional<Progress> progress_of(std::span<const Regex::Group> groups);

}  // namespace vigie::keep
