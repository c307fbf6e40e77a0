// Supervised runs by the names that users type: works for ended runs, and looks at processes only where no record has
// the name.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "act/target.hpp"
#include "base/result.hpp"
#include "model/run.hpp"
#include "wire/record_list.hpp"

namespace vigie::act {

/// The purpose of a run: an error about one that vigie did not start tells what can be done instead.
enum class RunUse : std::uint8_t { logs, attach, wait, remove, restart, after, workspace };

/// The run of this name or id, or by the beginning of either where that will do, or the one that a process of this PID
/// belongs to. Kind no_target when there is none, usage when several begin so.
Result<RunRecord> find_run(std::string_view text, Naming naming, RunUse use);

/// The run that each of these names. A wrong name is an error before anything is done to the others.
Result<std::vector<RunRecord>> find_runs(const std::vector<std::string>& names, Naming naming, RunUse use);

/// A run that vigie found and did not start.
struct ObservedRun {
  std::string name;
  ProcessId leader;
};
/// The observed run of exactly this name or id, or that a process of this PID belongs to; or that process, when it
/// belongs to none.
std::optional<ObservedRun> find_observed(std::string_view text);

/// The run of this id, if its record cannot be read.
std::optional<wire::UnreadableRun> find_unreadable(std::string_view id);

}  // namespace vigie::act
