// What the rules need, and of which processes: for `why`, for `ls --verdict`, for any reader of frame.findings.
#pragma once

#include <functional>
#include <vector>

#include "base/result.hpp"
#include "feed/feed_options.hpp"
#include "model/frame.hpp"

namespace vigie {

/// Looks at thread states per second: enough to tell 30 % from 60 % in four seconds, at no cost that shows.
inline constexpr double looks_per_second = 20;

/// What is read in depth of the processes of runs; a recording holds it, too.
inline constexpr proc::Details judged_depth = proc::Details(proc::Detail::cgroup) | proc::Detail::limits |
                                              proc::Detail::files | proc::Detail::layout | proc::Detail::shared_memory |
                                              proc::Detail::doing | proc::Detail::mounts;

/// vigie itself: its control group's limits are those of its user. Of a saved host, any process.
[[nodiscard]] DetailRequest own_group();

/// Runs of a bare frame. Its error ends the look.
using ChooseRuns = std::function<Result<std::vector<const Run*>>(const Frame& bare)>;

/// Looks after which frame.findings tell the truth about the runs that are chosen: fields, depth, sockets, GPUs and
/// looks at threads. Longer looks and targets are the caller's. `host`: and about the machine.
[[nodiscard]] FeedOptions watch_for_judging(ChooseRuns whom, bool host);

}  // namespace vigie
