// Asking for less: what a target is can often be told before anything is scanned.
#pragma once

#include "base/root.hpp"
#include "feed/feed.hpp"

namespace vigie {

/// Makes `options` as small as its target allows.
/// - %PATTERN: the command line of every process is read.
/// - With `alone`, a PID: that process alone is scanned, and no run recognised. (A run whose whole name is that number
/// is
///   then reached by its id.)
/// - With `alone` and `choose`, a word that names no run: the processes it chooses alone are scanned. Without them
/// every
///   process is, and `choose` is unset.
void narrow(const Root& root, FeedOptions& options);

}  // namespace vigie
