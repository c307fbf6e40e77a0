// Supervised runs by what the user calls them, from their records alone: works for ended runs and reads no /proc.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "cli/target.hpp"
#include "model/run.hpp"
#include "wire/record_list.hpp"

namespace vigie::cli {

/// The run of this name or id, or by the beginning of either where that will do. Kind no_target when there is none,
/// usage when several begin so.
Result<RunRecord> find_run(std::string_view text, Naming naming);

/// The run of this id, if its record cannot be read.
std::optional<wire::UnreadableRun> find_unreadable(std::string_view id);

}  // namespace vigie::cli
