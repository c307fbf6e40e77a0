// How many descriptors may be kept open to read a file again and again.
#pragma once

#include <cstddef>

#include "base/result.hpp"

namespace vigie::proc {

/// Raises the soft limit of open files to the hard one. Returns how many may be kept, some left to the rest of vigie.
[[nodiscard]] std::size_t room_for_descriptors();

/// Whether a look can be had with the descriptors that may still be opened. A file that cannot be opened for lack of
/// one often looks absent; so this is asked first, and a look without enough of them is an error.
[[nodiscard]] Result<void> check_room_for_descriptors();

}  // namespace vigie::proc
