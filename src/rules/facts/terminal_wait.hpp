// Processes that wait for a terminal, or for the person in front of it.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "rules/case.hpp"

namespace vigie::rules {

/// What a stopped process wanted of the terminal in whose background it is (termios(3), credentials(7)).
enum class TerminalWish : std::uint8_t { read, write, unknown };

/// Nothing where it is in no background of a terminal.
[[nodiscard]] std::optional<TerminalWish> wish_of_stopped(const Case& run, const Member& member);

/// Whether a thread sleeps until a user types, and is not in the background of its terminal.
[[nodiscard]] bool reads_terminal(const Case& run, const Member& member);

/// The last line of an output when no newline ends it, as a terminal would show it: a prompt. Empty when the output
/// ends with a line. Raw but for escape sequences, which are left out.
[[nodiscard]] std::string unfinished_line(std::string_view output);

}  // namespace vigie::rules
