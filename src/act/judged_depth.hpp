// How often, and what in depth, the rules have the processes of runs looked at; a recording holds it, too.
#pragma once

#include "sources/proc/detail.hpp"

namespace vigie::act {

/// Looks at thread states per second: enough to tell 30 % from 60 % in four seconds, at no cost that shows.
inline constexpr double looks_per_second = 20;

inline constexpr proc::Details judged_depth = proc::Details(proc::Detail::cgroup) | proc::Detail::limits |
                                              proc::Detail::files | proc::Detail::layout | proc::Detail::shared_memory |
                                              proc::Detail::doing | proc::Detail::mounts;

}  // namespace vigie::act
