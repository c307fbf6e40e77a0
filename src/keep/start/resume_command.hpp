// The command line that takes over from the second attempt on (`vigie run --resume-cmd`).
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace vigie::keep {

/// Whether a shell that is told to `exec` this line does all of it: one program with its arguments (POSIX Shell Command
/// Language, 2.9.1), and no list, pipe, function, assignment, or word that only a shell knows. When in doubt it is
/// none.
[[nodiscard]] bool is_one_program(std::string_view line);

/// The command that executes the line. One program has no shell above it: it is the run's main process itself, gets its
/// signals and gives its exit status.
[[nodiscard]] std::vector<std::string> shell_of(const std::string& line);

}  // namespace vigie::keep
