#include "act/run_wish.hpp"

#include <filesystem>

#include "act/limit.hpp"
#include "act/signal.hpp"
#include "act/start.hpp"
#include "base/text.hpp"
#include "base/units.hpp"
#include "control/priority.hpp"
#include "keep/progress/progress_pattern.hpp"

extern char** environ;

namespace vigie::act {
namespace {

constexpr std::uint64_t least_log = 1 << 20;

/// What its processes begin with.
Result<void> add_start(const RunWish& wish, RunStart& start) {
  start.nice = wish.nice;
  start.own_group = !wish.no_cgroup;
  start.cpus = wish.cpus;
  if (wish.terminal) {
    start.terminal_rows = wish.terminal->rows;
    start.terminal_columns = wish.terminal->columns;
  }
  if (!wish.ionice.empty()) {
    Result<int> priority = control::parse_io_priority(wish.ionice);
    if (!priority) return pass(std::move(priority));
    start.io_priority = *priority;
  }
  if (!wish.memory.empty()) {
    Result<std::uint64_t> bytes = parse_memory_limit(wish.memory);
    if (!bytes) return pass(std::move(bytes));
    start.memory_bytes = *bytes;
  }
  if (!wish.cpus.empty()) {
    if (Result<cpu_set_t> cpus = control::parse_cpus(wish.cpus); !cpus) return pass(std::move(cpus));
  }
  return {};
}

/// The caller's, with what is asked for in place of what has the same name.
Result<void> add_environment(const RunWish& wish, std::vector<std::string>& environment) {
  for (char** entry = environ; *entry != nullptr; ++entry) environment.emplace_back(*entry);
  for (const std::string& entry : wish.environment) {
    const std::size_t equals = entry.find('=');
    if (equals == std::string::npos || equals == 0)
      return fail("--env wants NAME=VALUE, not " + safe_text(entry), ErrorKind::usage);
    std::erase_if(environment, [&](const std::string& old) { return old.starts_with(entry.substr(0, equals + 1)); });
    environment.push_back(entry);
  }
  return {};
}

}  // namespace

Result<RunSpec> spec_of(const RunWish& wish) {
  RunSpec spec;
  spec.command = wish.command;
  std::error_code error;
  spec.cwd = std::filesystem::absolute(wish.cwd.empty() ? "." : wish.cwd, error).lexically_normal().string();
  if (!std::filesystem::is_directory(spec.cwd, error)) {
    return fail("cannot start in " + safe_text(spec.cwd) + ": it is not a directory");
  }
  if (Result<void> found = check_program(spec.command.front(), spec.cwd); !found) return pass(std::move(found));
  Result<int> signal = parse_signal(wish.stop_signal);
  if (!signal) return pass(std::move(signal));
  Result<double> grace = parse_duration(wish.grace);
  if (!grace) return pass(std::move(grace));
  Result<RunPolicy> policy = policy_of(wish.policy);
  if (!policy) return pass(std::move(policy));
  spec.policy = std::move(*policy);
  Result<std::uint64_t> log_max = parse_size(wish.log_max);
  if (!log_max) return pass(std::move(log_max));
  if (*log_max < least_log) return fail("--log-max wants at least 1M", ErrorKind::usage);
  spec.log_max_bytes = *log_max;
  spec.stop_signal = *signal;
  spec.grace_seconds = *grace;
  if (!wish.progress.empty()) {
    if (Result<Regex> regex = keep::progress_pattern(wish.progress); !regex) return pass(std::move(regex));
  }
  spec.progress_pattern = wish.progress;
  if (Result<void> start = add_start(wish, spec.start); !start) return pass(std::move(start));
  spec.pty = !wish.no_pty;
  if (Result<void> added = add_environment(wish, spec.environment); !added) return pass(std::move(added));
  return spec;
}

}  // namespace vigie::act
