// Where a run's control group is made, and its end.
#pragma once

#include <string>
#include <vector>

#include "base/root.hpp"
#include "model/run.hpp"

namespace vigie::keep {

/// This process joins a group of either version.
[[nodiscard]] bool enter_group(const std::string& directory);

/// Leaves the control groups of a run that this process was started in: actions on them are meant for that run.
void leave_other_runs();

/// The control groups of version 2 in which this process is, its own first, as directories; empty where none is mounted
/// or visible.
[[nodiscard]] std::vector<std::string> own_groups(const Root& root);

/// Makes the group of a run below the one that this process is in, or, when memory is to be limited, below the nearest
/// one above whose groups can be. Says why there is none.
[[nodiscard]] RunGroup make_group(const RunRecord& record);

/// Which group a run has, or why none, as members of an event's JSON object.
[[nodiscard]] std::string group_for_event(const RunGroup& group);

/// Removes it, and what `vigie limit` made in hierarchies of version 1. Any process that is still in it keeps it.
void remove_group(RunRecord& record);

}  // namespace vigie::keep
