// Resource limits of a process (getrlimit(2)), and how much of each it uses.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "model/reading.hpp"

namespace vigie {

struct ResourceLimit {
  std::string name;                         ///< as the kernel writes it: "Max open files"
  std::string unit;                         ///< "bytes", "files", "seconds", …; empty for nice and realtime priorities
  std::optional<std::uint64_t> soft, hard;  ///< empty: unlimited
  Reading<std::uint64_t> used;              ///< in `unit`; unsupported where the kernel does not count
};

}  // namespace vigie
