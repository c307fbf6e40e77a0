// Forgetting runs that are over.
#pragma once

#include <string>
#include <vector>

#include "base/result.hpp"

namespace vigie::act {

/// Forgets the run in `directory` and returns its name. Fails when it is not over, or left something alive.
/// `machine_gone`: the user says that the machine which it ran on is no more, so that it is lost.
Result<std::string> forget(const std::string& directory, bool machine_gone = false);

/// Forgets the run of this name or id, and returns its name; for a run whose record cannot be read, the id must be
/// given and is returned.
Result<std::string> forget_named(const std::string& text, bool machine_gone = false);

/// Directories of the runs that are over. A run whose record cannot be read may be alive, and is not among them.
Result<std::vector<std::string>> find_ended();

}  // namespace vigie::act
