// What a supervised run does by itself: when it starts, when it starts again, when it is ended, whom it tells.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace vigie {

/// Whether and when a run that ended is started again. The pause before attempt n + 1 doubles with each failure in a
/// row; an attempt that lasted long enough begins the row anew.
struct RestartPolicy {
  enum class When : std::uint8_t { no, on_failure, always };
  When when = When::no;
  unsigned limit = 0;           ///< restarts at most, however many attempts there were; 0: no limit
  double backoff_seconds = 10;  ///< before the first restart
};

/// "no", "on-failure", "always".
[[nodiscard]] std::string_view name_of(RestartPolicy::When when);
[[nodiscard]] std::optional<RestartPolicy::When> restart_named(std::string_view name);

/// A signal some time before the time limit, for trainings that write a checkpoint on it (Lightning, submitit).
struct EarlySignal {
  int signal = 0;
  double before_seconds = 0;
};

/// Commands of the user, each a line for /bin/sh; empty: none.
struct Hooks {
  std::string on_start, on_stop, on_exit;
  std::string notify;  ///< at the end, with one sentence about it in VIGIE_MESSAGE and on its standard input
};

/// GPUs that a run wants for itself: so many of any, or certain ones.
struct GpuWant {
  unsigned count = 0;              ///< 0: none
  std::vector<std::string> uuids;  ///< the ones it wants, `count` of them; empty: any

  friend bool operator==(const GpuWant&, const GpuWant&) = default;
};

/// What a run waits for before it starts.
struct QueuePolicy {
  std::vector<std::string> after;          ///< ids of runs that must be over
  std::vector<std::string> after_success;  ///< ids of runs that must have ended with code 0
  unsigned max_parallel = 0;               ///< starts only while fewer runs of this user are alive; 0: any number
  GpuWant gpus = {};
};

struct RunPolicy {
  RestartPolicy restart;
  std::string resume_command;  ///< line for /bin/sh that takes the command's place from the second attempt on
  std::optional<double> time_limit_seconds;  ///< of each attempt; then the run is stopped
  std::optional<EarlySignal> early_signal;
  Hooks hooks;
  QueuePolicy queue;
  bool notify_terminals = false;  ///< a line on the user's other terminals at the end
};

}  // namespace vigie
