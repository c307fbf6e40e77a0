// Becoming the keeper of a run: `vigie shim ID`, which `vigie run` starts.
#pragma once

#include <string>

#include "base/result.hpp"

namespace vigie::cli {

/// Returns when the run is over.
Result<int> keep_run(const std::string& id);

}  // namespace vigie::cli
