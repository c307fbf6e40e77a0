// Limits of resources (setrlimit(2)) are set for what a user runs; who keeps it inherits them and is meant by none.
#pragma once

#include <cstddef>

namespace vigie::keep {

/// Takes what this process may: each soft limit becomes as high as its hard one.
void raise_own_limits();

/// The soft limits as they were before raise_own_limits(), for what this process becomes now; nothing where that was
/// never called. Safe after fork(2) and vfork(2).
void restore_limits();

/// Whether this process may write a file of so many bytes.
[[nodiscard]] bool may_write(std::size_t bytes);

}  // namespace vigie::keep
