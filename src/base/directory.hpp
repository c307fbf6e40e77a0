// Directories of the kernel's file systems.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace vigie {

/// Names in a directory, relative to `dir_fd`, that begin with `prefix`, ascending, hidden ones left out; none when it
/// cannot be read.
[[nodiscard]] std::vector<std::string> names_in(int dir_fd, const std::string& path, std::string_view prefix);

}  // namespace vigie
