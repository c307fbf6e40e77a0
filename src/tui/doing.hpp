// What a process or a run does, as a letter and a colour: it can be read without colours, too.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "model/frame.hpp"
#include "tui/moment.hpp"
#include "tui/style.hpp"

namespace vigie::tui {

enum class Doing : std::uint8_t { unknown, computes, waits, disk, network, stopped, gone };

struct Mark {
  char letter = '?';
  Role role = Role::dim;
  std::string_view words;  ///< "waits for data or others"
};
[[nodiscard]] Mark mark_of(Doing doing);
/// "C computes  W waits …": all of them, in one line.
[[nodiscard]] std::string_view legend_of_doing();

/// Most of the looks decide; where its threads were not looked at, its state at the scan and its use of the CPU.
[[nodiscard]] Doing doing_of(const Frame& frame, const Run& run, const Member& member);
/// What the trainers of a run did in these moments together, oldest first; entries may be nullptr: it was not there. A
/// trainer that sleeps while its GPU works computes.
[[nodiscard]] Doing doing_of(std::span<const RunMoment* const> moments);

}  // namespace vigie::tui
