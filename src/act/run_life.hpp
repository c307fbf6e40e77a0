// Starting supervised runs, waiting for their end and forgetting them.
#pragma once

#include <string>

#include "base/result.hpp"
#include "model/run.hpp"
#include "wire/keepers.hpp"

namespace vigie::act {

/// Why nothing is started or acted on where /proc is another PID namespace's.
inline constexpr char foreign_proc[] =
    "the /proc that is mounted here belongs to another PID namespace, where pids are other processes: mount one of "
    "this "
    "(`unshare --mount-proc`)";

/// A run, and the right to change it.
struct OpenRun {
  RunRecord record;
  wire::ChangeLock lock;
};

/// Creates the directory and record of a new run: unique name (derived from the command when empty) and id. Refuses a
/// name that exists, telling that run's state.
/// What else `wanted` says is kept.
Result<OpenRun> create_run(const RunRecord& wanted, const std::string& name);

/// Opens a run to change it: from here on no other command changes it. Its record is as it is then, `lost` when nothing
/// keeps it.
/// `machine_gone`: the user says that the machine which it ran on is no more, so that it is lost.
Result<OpenRun> open_to_change(const std::string& directory, bool machine_gone = false);

/// The same for a run that is to be started again: waits for the keepers of an attempt that is over, whose hooks may
/// still be running.
Result<OpenRun> open_to_restart(const std::string& directory, bool machine_gone = false);

/// Starts it; when the command cannot be executed nothing of a first attempt is left behind.
/// Returns false when it waits for its turn first. Once it is started, the right to change it is given back.
Result<bool> start_run(OpenRun& run);

/// Why a run is not over that has to be: "run a is running: `vigie stop a` first".
[[nodiscard]] std::unexpected<Error> not_over(const RunRecord& record);
/// "2 of its processes are alive (PID 12 13)": of a run whose keepers are gone; empty when there are none.
[[nodiscard]] std::string leftovers_of(const RunRecord& record);
/// Fails when processes of a lost run are alive: they would go on beside the new ones, or without a name.
Result<void> refuse_leftovers(const RunRecord& record);

/// Waits until the run is over, all its attempts, and returns its record; a lost run is over. Negative timeout: as long
/// as it takes; when time runs out the record as it is then.
Result<RunRecord> wait_until_over(const std::string& directory, double timeout_seconds);

/// Waits a moment for the recorder that answered `refused`, if it may be about to listen: at the start of a run, and
/// when one was killed and its holder starts another. False at once otherwise.
[[nodiscard]] bool await_listener(const RunRecord& record, const Error& refused);

/// The result of `ask`, which asks something of a run's recorder; tried again while the recorder may be about to
/// listen.
template <typename Ask>
auto once_it_listens(const RunRecord& record, Ask ask) -> decltype(ask()) {
  constexpr int most_tries = 500;  // 10 s
  for (int tries = 0;; ++tries) {
    auto answer = ask();
    if (answer || tries == most_tries || !await_listener(record, answer.error())) return answer;
  }
}

/// Removes the directory of a run that is over, and its control group: nothing finds it by name any more.
Result<void> forget_run(const OpenRun& run);

/// Removes the directory of a run, in one step for any process that looks for it.
Result<void> remove_directory(const std::string& directory);

/// The exit status a shell would have seen: the code, or 128 + signal; 1 when unknown.
[[nodiscard]] int shell_status(const RunRecord& record);

/// "exited: exit code 0", "killed: stopped on request, exit code 143".
[[nodiscard]] std::string describe_end(const RunRecord& record);

/// The end of a run that was waited for.
struct Ended {
  RunRecord record;
  int status = 0;         ///< as shell_status() has it
  std::string leftovers;  ///< as leftovers_of() has them
};
/// Waits for its end as long as it takes.
Result<Ended> wait_for_end(const RunRecord& run);

}  // namespace vigie::act
