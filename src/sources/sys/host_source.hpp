// The host itself: CPU ticks, memory, load, pressure.
#pragma once

#include <string_view>

#include "base/root.hpp"
#include "model/snapshot.hpp"

namespace vigie::sys {

/// Reads the host part of a snapshot. Files that are missing leave their readings absent with the reason.
SourceStatus sample_host(const Root& root, HostSample& host);

/// The lines of a pressure file, of the host or of a control group; absent lines are zero. Pure.
[[nodiscard]] Pressure parse_pressure(std::string_view text);

/// This moment on the host that the tree shows. A fixture or a saved host has its own: its uptime after its boot, so
/// that ages of its processes are right and the same at each look.
[[nodiscard]] Instant instant_of(const Root& root);

}  // namespace vigie::sys
