// The largest users of something: runs where they are known, single processes otherwise.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "model/frame.hpp"

namespace vigie::rules {

/// A run, or a process of none.
struct Consumer {
  std::string name;  ///< of the run, or of the process as the kernel knows it
  pid_t pid = 0;     ///< the process; of a run, the first of its members
  bool run = false;
  double amount = 0;
};

/// How much the process at that index uses; an absent value counts as 0.
using AmountOf = std::function<Reading<double>(std::size_t index)>;

/// The largest consumers, largest first, at most `count`; those that use nothing are left out.
[[nodiscard]] std::vector<Consumer> largest_consumers(const Frame& frame, const AmountOf& amount, std::size_t count);

[[nodiscard]] AmountOf cpu_of(const Frame& frame);     ///< percent, 100 per CPU
[[nodiscard]] AmountOf disk_of(const Frame& frame);    ///< bytes read and written per second
[[nodiscard]] AmountOf memory_of(const Frame& frame);  ///< resident bytes

}  // namespace vigie::rules
