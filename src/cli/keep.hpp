// Becoming the keeper of a run: `vigie shim ID ATTEMPT`, which `vigie run` starts.
#pragma once

#include <string>

#include "base/result.hpp"

namespace vigie::cli {

/// Returns when the run is over.
Result<int> keep_run(const std::string& id, const std::string& attempt);

}  // namespace vigie::cli
