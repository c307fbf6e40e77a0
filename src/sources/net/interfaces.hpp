// Interfaces: /proc/net/dev (proc(5)) and /sys/class/net (Documentation/ABI/testing/sysfs-class-net).
#pragma once

#include <string_view>
#include <vector>

#include "base/root.hpp"
#include "model/net.hpp"

namespace vigie::net {

/// Appends every well-formed line of /proc/net/dev.
void parse_interfaces(std::string_view text, std::vector<InterfaceSample>& interfaces);

/// Returns 0 or the errno of /proc/net/dev. State and speed are absent where sysfs does not have them.
[[nodiscard]] int read_interfaces(const Root& root, std::vector<InterfaceSample>& interfaces);

}  // namespace vigie::net
