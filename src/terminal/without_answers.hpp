// Input of a terminal told apart: what a user typed, and what the terminal said by itself.
#pragma once

#include <string>
#include <string_view>

namespace vigie::terminal {

/// What a user typed, without the answers of the terminal to a program's questions, and without its reports of the
/// focus.
[[nodiscard]] std::string without_answers(std::string_view input);

}  // namespace vigie::terminal
