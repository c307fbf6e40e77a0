// Sentences in a terminal of any width.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace vigie::format {

/// Where folded text stands.
struct Fold {
  std::size_t width = 0;   ///< of the terminal; 0: nothing is folded
  std::size_t column = 0;  ///< where the text begins
  std::size_t indent = 0;  ///< where its further lines begin
};

/// Appends `safe` text and the end of its line, folded between words; a word that is longer than a line is broken.
void append_folded(std::string& out, std::string_view safe, const Fold& fold);

/// A line whose bar is made short enough for `width` columns: programs draw bars as wide as their own terminal, and a
/// reader's may be narrower. Safe text; as it is when it fits, or has no bar.
[[nodiscard]] std::string with_short_bar(std::string_view safe, std::size_t width);

}  // namespace vigie::format
