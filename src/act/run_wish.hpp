// The user's wish for a run, and its specification.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "model/run.hpp"
#include "model/run_policy.hpp"
#include "wire/attach_stream.hpp"

namespace vigie::act {

/// Its automatic actions, as written on the command line.
struct PolicyWish {
  std::string restart = "no", backoff = "10s", time_limit, notify_signal;
  RunPolicy policy;  ///< options that need no parsing
  std::vector<std::string> after, after_success;
  std::optional<std::size_t> max_parallel;
  std::string gpus;
};

/// The rest of it, as written; empty: not asked for.
struct RunWish {
  std::string cwd, stop_signal = "TERM", grace = "30s", log_max = "1G";
  std::vector<std::string> environment;  ///< NAME=VALUE, beside the caller's own
  std::vector<std::string> command;
  std::string ionice, cpus, memory, progress;
  std::optional<int> nice;
  bool no_pty = false, no_cgroup = false;
  std::optional<wire::TerminalSize> terminal;  ///< that it begins with
  PolicyWish policy;
};

/// Checked; runs that are named exist. Kind usage when a value makes no sense, no_target when a run is not there.
Result<RunPolicy> policy_of(const PolicyWish& wish);

/// Checked, with the caller's environment; the program can be executed.
Result<RunSpec> spec_of(const RunWish& wish);

}  // namespace vigie::act
