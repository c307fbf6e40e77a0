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

/// The values that its processes begin with.
Result<void> add_start(const RunWish& wish, RunStart& start) {
  start.nice = wish.nice;
  start.own_group = !wish.no_cgroup;
  start.cpus = wish.cpus;
  if (wish.terminal) {
    start.terminal_rows = wish.terminal->rows;
    start.terminal_columns = wish.terminal->columns;
  }
  if (!wish.ionice.empty()) {
    ASSIGN_OR_RETURN(start.io_priority, control::parse_io_priority(wish.ionice));
  }
  if (!wish.memory.empty()) {
    ASSIGN_OR_RETURN(start.memory_bytes, parse_memory_limit(wish.memory));
  }
  if (!wish.cpus.empty()) {
    RETURN_IF_ERROR(control::parse_cpus(wish.cpus));
  }
  return {};
}

/// The caller's variables; those of the wish replace others of the same name.
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
  RETURN_IF_ERROR(check_program(spec.command.front(), spec.cwd));
  ASSIGN_OR_RETURN(int signal, parse_signal(wish.stop_signal));
  ASSIGN_OR_RETURN(double grace, parse_duration(wish.grace));
  ASSIGN_OR_RETURN(RunPolicy policy, policy_of(wish.policy));
  spec.policy = std::move(policy);
  ASSIGN_OR_RETURN(std::uint64_t log_max, parse_size(wish.log_max));
  if (log_max < least_log) return fail("--log-max wants at least 1M", ErrorKind::usage);
  spec.log_max_bytes = log_max;
  spec.stop_signal = signal;
  spec.grace_seconds = grace;
  if (!wish.progress.empty()) {
    RETURN_IF_ERROR(keep::progress_pattern(wish.progress));
  }
  spec.progress_pattern = wish.progress;
  RETURN_IF_ERROR(add_start(wish, spec.start));
  spec.pty = !wish.no_pty;
  RETURN_IF_ERROR(add_environment(wish, spec.environment));
  return spec;
}

}  // namespace vigie::act
