// Whom `vigie why` is about, and what is read of them.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "feed/feed_options.hpp"
#include "model/frame.hpp"

namespace vigie::cli {

/// The runs asked about: the target's, whether it is alive or over, or all that are alive.
Result<std::vector<const Run*>> subjects(const Frame& frame, const std::string& text);

/// Control groups, limits, open files and calls of the processes of runs, of those first whose trouble is the run's.
/// `seen` is set once the target was there.
DetailRequest depth_of_runs(std::string target, const std::shared_ptr<bool>& seen);

/// TCP connections of the processes that load data, which may be any of a run, and of what they start.
NetRequest connections_of_loaders();

}  // namespace vigie::cli
