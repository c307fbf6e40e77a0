// Whether the host runs from a battery (Documentation/ABI/testing/sysfs-class-power).
#pragma once

#include "base/root.hpp"

namespace vigie::sys {

/// A battery of the host, not of a mouse, discharges, and no mains is online. False where nothing can be read: most
/// hosts have no battery.
[[nodiscard]] bool on_battery(const Root& root);

}  // namespace vigie::sys
