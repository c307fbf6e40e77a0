// Whether processes of other users may be seen at all (the mount option hidepid of /proc).
#pragma once

#include "base/root.hpp"

namespace vigie::proc {

/// Whether they are hidden: process 1 is there on each host and in each PID namespace, and its stat is for everybody
/// but where hidepid keeps it from whoever asks (Documentation/filesystems/proc.rst, 4). False on a saved host.
[[nodiscard]] bool others_are_hidden(const Root& root);

}  // namespace vigie::proc
