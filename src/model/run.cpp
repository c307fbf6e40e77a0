#include "model/run.hpp"

#include <fmt/format.h>
#include <string.h>

#include <array>

#include "base/units.hpp"

namespace vigie {

namespace {

// In the order of RunState.
constexpr std::array<std::string_view, 12> state_names = {"queued",    "starting", "running", "paused",
                                                          "stopping",  "exiting",  "exited",  "failed",
                                                          "cancelled", "killed",   "lost",    "elsewhere"};

}  // namespace

std::string_view name_of(RunState state) {
  const auto index = static_cast<std::size_t>(state);
  return index < state_names.size() ? state_names[index] : "lost";
}

std::optional<RunState> run_state_named(std::string_view name) {
  for (std::size_t index = 0; index < state_names.size(); ++index) {
    if (state_names[index] == name) return static_cast<RunState>(index);
  }
  return std::nullopt;
}

bool is_over(RunState state) {
  switch (state) {
    case RunState::exited:
    case RunState::failed:
    case RunState::cancelled:
    case RunState::killed:
    case RunState::lost: return true;
    default: return false;
  }
}

std::string signal_action(int signal) {
  const char* name = ::sigabbrev_np(signal);
  return name != nullptr ? fmt::format("signal {}", name) : fmt::format("signal {}", signal);
}

std::optional<double> rate_of(const Progress& progress) {
  return progress.measured_rate_per_second ? progress.measured_rate_per_second : progress.rate_per_second;
}

std::optional<double> percent_of(const Progress& progress) {
  if (!progress.step || !progress.total || *progress.total == 0) return progress.percent;
  return 100.0 * static_cast<double>(*progress.step) / static_cast<double>(*progress.total);
}

std::optional<double> seconds_left(const Progress& progress) {
  if (progress.eta_of_run) return progress.eta_seconds;
  std::optional<double> rate = rate_of(progress);
  std::optional<double> left = progress.eta_seconds;
  // An estimate of the epoch says how fast its steps are, where nothing else does.
  if (!rate && left && *left > 0 && progress.step && progress.total && *progress.step < *progress.total)
    rate = static_cast<double>(*progress.total - *progress.step) / *left;
  const bool paced = rate && *rate > 0 && progress.total;
  if (!left && paced && progress.step && *progress.step <= *progress.total)
    left = static_cast<double>(*progress.total - *progress.step) / *rate;
  const bool more = progress.epoch && progress.epochs && *progress.epochs > *progress.epoch;
  if (!left || !more) return left;
  if (!paced) return std::nullopt;
  return *left + static_cast<double>(*progress.epochs - *progress.epoch) * static_cast<double>(*progress.total) / *rate;
}

std::string describe(const ExitRecord& exit) {
  switch (exit.kind) {
    case ExitRecord::Kind::code: return fmt::format("exit code {}", exit.value);
    case ExitRecord::Kind::signal: {
      const char* name = ::sigabbrev_np(exit.value);
      std::string text =
          name != nullptr ? fmt::format("killed by SIG{}", name) : fmt::format("killed by signal {}", exit.value);
      if (exit.core_dumped) text += " (core dumped)";
      return text;
    }
    case ExitRecord::Kind::unknown: break;
  }
  return "ended, status unknown";
}

std::string how_it_ended(const ExitRecord& exit) {
  return exit.reason.empty() ? describe(exit) : exit.reason;
}

std::string how_it_ended(const std::optional<ExitRecord>& exit) {
  return exit ? how_it_ended(*exit) : "how it ended is not known";
}

std::string describe_wait(const RunRecord& record, std::int64_t wall_ns) {
  const double left = static_cast<double>(record.not_before_wall_ns - wall_ns) / nanoseconds_per_second;
  const bool for_time = record.waits_for == next_attempt_wait || (record.attempt > 1 && record.waits_for.empty());
  if (!for_time) return record.waits_for;
  return left > 0 ? fmt::format("{} in {}", next_attempt_wait, spoken_duration(left)) : next_attempt_wait;
}

std::string describe(const Member& member) {
  const auto numbered = [&](std::string_view what) {
    return member.number < 0 ? std::string(what) : fmt::format("{} {}", what, member.number);
  };
  switch (member.role) {
    case Role::launcher: return "launcher";
    case Role::trainer: return "trainer";
    case Role::rank: return numbered("rank");
    case Role::loader_worker: return numbered("loader worker");
    case Role::helper: return "helper";
    case Role::other: break;
  }
  return "";
}

}  // namespace vigie
