// The options of `vigie run` that say what a run does by itself.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "model/run_policy.hpp"

namespace vigie::cli {

class Command;

/// As given on the command line.
struct PolicyOptions {
  std::string restart = "no", backoff = "10s", time_limit, notify_signal;
  RunPolicy policy;  ///< what needs no reading
  std::vector<std::string> after, after_success;
  std::optional<std::size_t> max_parallel;
  std::string gpus;
};

void add_policy_options(Command& command, PolicyOptions& options);

/// Checked; runs that are named exist. Kind usage when an option makes no sense, no_target when a run is not there.
Result<RunPolicy> policy_of(const PolicyOptions& options);

}  // namespace vigie::cli
