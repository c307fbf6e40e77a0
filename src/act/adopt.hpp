// A process that is running already becomes a run.
#pragma once

#include <string>

#include "act/target.hpp"
#include "base/result.hpp"
#include "model/frame.hpp"

namespace vigie::act {

struct Adopted {
  std::string id, name;
  std::string never_again;  ///< why it will not be started again, a clause; empty: it may be
};

/// Keeps the process that the target is, or that leads it, as a run called `name` (empty: named after its command).
/// Fails when it is over or belongs to a run that vigie keeps, and with kind denied when it is another user's.
Result<Adopted> adopt(const Frame& frame, const Target& target, const std::string& name);

}  // namespace vigie::act
