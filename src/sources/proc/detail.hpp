// One process in depth: open files, memory map, limits, environment, threads. Read only of the processes asked about.
#pragma once

#include <cstdint>

#include "base/bit_set.hpp"
#include "base/root.hpp"
#include "model/detail.hpp"

namespace vigie::proc {

/// What to read in depth; a set of bits.
enum class Detail : std::uint32_t {
  environ = 1U << 0,
  calls = 1U << 16,  ///< looked at again and again by the feed with a CallSampler
};

using Details = BitSet<Detail>;
[[nodiscard]] constexpr Details operator|(Detail a, Detail b) {
  return Details(a) | b;
}

/// Reads the parts named by `what` of this very process. When it has vanished, or its pid is another process's by now,
/// every part is unknown.
[[nodiscard]] ProcessDetail read_detail(const Root& root, Details what, ProcessId id);

}  // namespace vigie::proc
