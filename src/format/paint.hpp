// Colours of what stands out on a terminal.
#pragma once

#include <string>
#include <string_view>

#include "format/table.hpp"

namespace vigie::format {

/// The sequence that begins it; empty for none.
[[nodiscard]] std::string_view escape_of(Paint paint);

/// Safe text in its colour, where colours are wanted.
[[nodiscard]] std::string painted(std::string_view safe, Paint paint, bool color);

}  // namespace vigie::format
