// How cells look: roles by meaning, and one table of what each is in 256 colours, in 16, and without any.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "format/table.hpp"

namespace vigie::tui {

/// One rule for colour: bars and graphs are magnitude (the gradient), words and dots are health (good, warn, bad).
enum class Role : std::uint8_t {
  normal,
  title,   ///< the head of a part of the screen
  dim,     ///< units, labels, frames, absent values
  strong,  ///< a number that the eye should find
  good,    ///< health: nothing is wrong
  warn,    ///< health: a person should know
  bad,     ///< health: something is wrong
  graph1,  ///< magnitude, from low …
  graph2,
  graph3,
  graph4,
  graph5,
  graph6,    ///< … to high
  track,     ///< the empty part of a bar
  head,      ///< the row of column titles
  sorted,    ///< the title of the column that is sorted by
  selected,  ///< the row under the cursor
  tagged,    ///< a row that is tagged
  run,       ///< the name of a run
  past,      ///< what is shown is not now
  key,       ///< a key in the line of keys
  key_text,  ///< what it does
  match,     ///< what is searched for
  dialogue,  ///< a question over the screen
};
inline constexpr std::size_t roles = static_cast<std::size_t>(Role::dialogue) + 1;
inline constexpr int graph_steps = 6;

/// The step of the gradient for a share, 0 to 1; anything beyond counts as the nearest.
[[nodiscard]] Role graph_role(double share);

/// That of a table's paint.
[[nodiscard]] Role role_of(format::Paint paint);

/// How many colours a terminal has.
enum class Colours : std::uint8_t { none, sixteen, many };

struct Look {
  int foreground = -1, background = -1;  ///< of 256, or of 16; -1: the terminal's own
  bool bold = false, reverse = false, underline = false;
  bool operator==(const Look&) const = default;
};

[[nodiscard]] Look look_of(Role role, Colours colours);

/// "title", "graph3", …: for JSON and tests.
[[nodiscard]] std::string_view name_of(Role role);

}  // namespace vigie::tui
