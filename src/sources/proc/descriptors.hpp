// How many descriptors may be kept open to read a file again and again.
#pragma once

#include <cstddef>

namespace vigie::proc {

/// Raises the soft limit of open files to the hard one. Returns how many may be kept, some left to the rest of vigie.
[[nodiscard]] std::size_t room_for_descriptors();

}  // namespace vigie::proc
