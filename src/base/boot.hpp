// Which boot of the kernel this is.
#pragma once

#include <string>

namespace vigie {

/// random/boot_id of proc(5): what was alive in another boot is not, whatever has its pids now. Empty where /proc does
/// not tell.
[[nodiscard]] std::string boot_id();

}  // namespace vigie
