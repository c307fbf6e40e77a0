// Limits of resources (setrlimit(2)) are set for the user's programs; their keeper inherits them, and is not meant.
#pragma once

#include <cstddef>

namespace vigie::keep {

/// Raises each soft limit to its hard one.
void raise_own_limits();

/// The soft limits as they were before raise_own_limits(), for the program that this process becomes now; nothing where
/// that was never called. Safe after fork(2) and vfork(2).
void restore_limits();

/// Whether this process may write a file of so many bytes.
[[nodiscard]] bool may_write(std::size_t bytes);

}  // namespace vigie::keep
