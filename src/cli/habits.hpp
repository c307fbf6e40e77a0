// Words that people type out of habit – as kill, ps and git take them – in vigie's own words; pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace vigie::cli {

/// The words after "vigie", as vigie's commands take them:
/// - `help`, `help run`: --help, run --help;
/// - `kill -9 X`, `kill -s USR1 X`, `renice -n 5 -p X`: kill X, signal USR1 X, renice 5 X;
/// - `ps aux`, `ps -ef`, `ps -eo pid,comm`, `ps -fp 1`, as procps takes them;
/// - `-w TARGET`: a value that is no time is not taken for the seconds between two looks.
[[nodiscard]] std::vector<std::string> in_own_words(std::vector<std::string> words);

/// What to use instead of another program's command, or of one that vigie does not have yet; empty when it is none that
/// people look for.
[[nodiscard]] std::string_view instead_of_command(std::string_view name);

}  // namespace vigie::cli
