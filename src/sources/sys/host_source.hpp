// The host itself: CPU ticks, memory, load, pressure.
#pragma once

#include "base/root.hpp"
#include "model/snapshot.hpp"

namespace vigie::sys {

/// Reads the host part of a snapshot. Files that are missing leave their readings absent with the reason.
SourceStatus sample_host(const Root& root, HostSample& host);

}  // namespace vigie::sys
