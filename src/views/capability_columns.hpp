// What a host allows vigie, for doctor.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "model/snapshot.hpp"
#include "views/column.hpp"

namespace vigie::views {

/// For programs.
[[nodiscard]] const std::vector<Column<Capability>>& capability_columns();

/// For people: a capability with its reason and below it the advice, folded to `width` columns (0: not at all). Where
/// it is narrow the sentences stand on lines of their own.
[[nodiscard]] std::string capability_text(const std::vector<Capability>& rows, bool header, std::size_t width);

}  // namespace vigie::views
