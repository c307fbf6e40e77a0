// What the rules read in depth of the processes of runs; a recording holds it, too.
#pragma once

#include "sources/proc/detail.hpp"

namespace vigie::cli {

inline constexpr proc::Details judged_depth = proc::Details(proc::Detail::cgroup) | proc::Detail::limits |
                                              proc::Detail::files | proc::Detail::layout | proc::Detail::shared_memory;

}  // namespace vigie::cli
