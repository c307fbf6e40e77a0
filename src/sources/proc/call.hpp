// System calls by number, and the lines of /proc/PID/syscall; pure.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace vigie::proc {

/// The name of a system call of the architecture this was built for; empty when the C library did not know it.
[[nodiscard]] std::string_view name_of_call(long number);

/// What the value that a call returns says about bytes.
enum class Moves : std::uint8_t {
  nothing,
  in,      ///< so many were read from the file
  out,     ///< so many were written to it
  across,  ///< so many from it to the second file
};

/// What a call does to the table of descriptors.
enum class Effect : std::uint8_t {
  none,
  opens,        ///< returns a descriptor: of the file, where a path is given
  closes,       ///< the descriptor names nothing afterwards
  closes_many,  ///< some do
  replaces,     ///< the second argument names something else afterwards
};

/// Which arguments of a call name a file, counted from 0; -1: none does.
struct CallUse {
  std::string_view name;
  int descriptor = -1;
  int second = -1;     ///< the other descriptor, of calls that move bytes between two
  int path = -1;       ///< address of a path
  int directory = -1;  ///< descriptor that the path begins at; AT_FDCWD for the working directory, as without one
  Moves moves = Moves::nothing;
  Effect effect = Effect::none;
};

/// nullptr for a call that names no file in its arguments, and for one that is not known.
[[nodiscard]] const CallUse* use_of_call(std::string_view name);

/// One line of /proc/PID/syscall (proc(5)).
struct CallLine {
  bool running = false;                      ///< "running": it has no registers to show
  long number = -1;                          ///< -1: it sleeps outside of a system call (a page fault, a stop)
  std::array<std::uint64_t, 6> arguments{};  ///< as in their registers; nothing useful outside of a call
};

/// Nothing when the line is none of the forms that proc(5) gives.
[[nodiscard]] std::optional<CallLine> parse_call(std::string_view line);

}  // namespace vigie::proc
