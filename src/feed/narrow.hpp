// Asking for less: often the meaning of a target is known before anything is scanned.
#pragma once

#include "base/root.hpp"
#include "feed/feed.hpp"

namespace vigie {

/// Makes `options` as small as its target allows.
/// - %PATTERN: the command line of every process is read.
/// - With `alone`, a PID: only that process is scanned, and no run recognised. (A run whose whole name is that number
///   can then be reached by its id.)
/// - With `alone` and `choose`, a word that names no run: only the processes that `choose` accepts are scanned. If it
///   accepts none, all are, and `choose` is unset.
void narrow(const Root& root, FeedOptions& options);

}  // namespace vigie
