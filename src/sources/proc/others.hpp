// Whether processes of other users may be seen at all (the mount option hidepid of /proc).
#pragma once

#include "base/root.hpp"

namespace vigie::proc {

/// Whether they are hidden. Each host and each PID namespace has a process 1, and every user may read its stat, except
/// where hidepid forbids it (Documentation/filesystems/proc.rst, 4). False on a saved host.
[[nodiscard]] bool others_are_hidden(const Root& root);

}  // namespace vigie::proc
