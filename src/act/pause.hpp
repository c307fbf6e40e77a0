// Pausing the whole tree of a target, and letting it go on: by its control group, or by signals.
#pragma once

#include <cstddef>

#include "act/acting.hpp"
#include "act/target.hpp"
#include "base/result.hpp"
#include "model/frame.hpp"

namespace vigie::act {

/// The result of pausing, or of resuming.
struct Paused : Acted {
  std::size_t processes = 0;  ///< that were acted on
  std::size_t before = 0;     ///< how many of them were paused before
  bool by_group = false;      ///< its control group was frozen, or thawed
};

/// None of it runs any more. Fails as act_on() does.
Result<Paused> pause(const Frame& frame, const Target& target);
/// All of it may run again, in whatever way it was paused: the freezer, SIGSTOP, Ctrl-Z.
Result<Paused> resume(const Frame& frame, const Target& target);

}  // namespace vigie::act
