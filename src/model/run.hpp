// Runs: vigie's first-class object. A run is a launcher, its ranks, their loader workers, the log, the history and the
// verdict together. Supervised runs have a RunRecord kept by their recorder; observed runs are recognised from
// processes.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/boot.hpp"
#include "base/clock.hpp"
#include "model/reading.hpp"
#include "model/run_control.hpp"
#include "model/run_policy.hpp"
#include "model/task.hpp"

namespace vigie {

enum class RunState : std::uint8_t {
  queued,
  starting,
  running,
  paused,
  stopping,
  exiting,    ///< the main process ended, others of the run are still alive
  exited,     ///< ended by itself with code 0
  failed,     ///< ended by itself with another code, or could not be started
  cancelled,  ///< ended as it was asked to, within its grace, whatever its code or signal
  killed,     ///< ended by a signal of others, or by the kill that follows the grace
  lost,       ///< was alive when its keeper vanished (reboot, SIGKILL of the keeper): how it ended is not known
  elsewhere,  ///< alive, as far as can be known, where its processes cannot be seen from: derived when looked at
};

[[nodiscard]] std::string_view name_of(RunState state);
[[nodiscard]] std::optional<RunState> run_state_named(std::string_view name);
/// Whether a run in this state is over: exited, failed, cancelled, killed or lost.
[[nodiscard]] bool is_over(RunState state);

/// How the main process of a run ended, from its wait status (wait(2)).
struct ExitRecord {
  enum class Kind : std::uint8_t { code, signal, unknown };
  Kind kind = Kind::unknown;
  int value = 0;  ///< exit code or signal number
  bool core_dumped = false;
  bool out_of_memory = false;  ///< the kernel killed processes of the run for lack of memory
  /// Processes of this host, of any user, that the kernel killed for lack of memory while the run was alive, when it
  /// did not end well; nothing: not known.
  std::optional<std::uint64_t> oom_kills = {};
  /// Limits of its main process (RLIMIT_AS, RLIMIT_DATA): beyond them the kernel refuses memory. 0: none, or not known.
  std::uint64_t address_space_bytes = 0, data_bytes = 0;
  std::int64_t wall_ns = 0;  ///< when
  std::string reason;        ///< one clause for people: "stopped on request", "killed by SIGKILL", "exit code 1"
};

/// "exit code 1", "killed by SIGKILL", "ended, status unknown".
[[nodiscard]] std::string describe(const ExitRecord& exit);
/// The same in its own words where it has some: "stopped on request".
[[nodiscard]] std::string how_it_ended(const ExitRecord& exit);
/// "how it ended is not known" where there is none.
[[nodiscard]] std::string how_it_ended(const std::optional<ExitRecord>& exit);

/// What a training's progress bar says. Unknown parts are empty.
struct Progress {
  std::optional<std::uint64_t> step, total;
  std::optional<std::uint64_t> epoch, epochs;
  std::optional<double> percent;                   ///< where nothing but a percentage is shown
  std::optional<double> rate_per_second;           ///< steps per second, as the bar itself computes it
  std::optional<double> eta_seconds;               ///< as the bar says; seconds_left() is the run's
  bool eta_of_run = false;                         ///< it counts what is left of the run, not of the epoch
  std::string unit;                                ///< what it counts, when it says so ("img", "B"); empty: steps
  std::map<std::string, double> metrics;           ///< loss and the like, by the names the bar gives them
  std::string line;                                ///< the line it was read from, raw
  std::int64_t wall_ns = 0;                        ///< when it last moved
  std::optional<double> measured_rate_per_second;  ///< steps per second counted by vigie over the last seconds
  std::optional<double> longest_gap_seconds;       ///< the longest time that passed between two steps of this attempt
};

/// Steps per second: as counted by vigie where that is known, as a bar's own is smoothed over its whole life.
[[nodiscard]] std::optional<double> rate_of(const Progress& progress);
/// How much of the epoch, or of what it counts, is done.
[[nodiscard]] std::optional<double> percent_of(const Progress& progress);
/// What is left of the run: a bar's own estimate is of its epoch, and the epochs after it take as long as the steps of
/// this one do. Nothing where the epochs are known, but not how long one takes.
[[nodiscard]] std::optional<double> seconds_left(const Progress& progress);

/// A request by a user that changed the course of a run.
struct StopRequest {
  int signal = 0;
  double grace_seconds = 0;  ///< negative: nothing is killed
  std::int64_t wall_ns = 0;
  std::string reason = {};           ///< why, when nobody asked: "its time limit of 2 h was over"; empty: a user did
  std::string wait_checkpoint = {};  ///< the grace goes on while a file in this directory grows; empty: it does not
  bool by_root = false;              ///< root asked, and the run is another user's
  std::string found_doing = {};      ///< its main process, when it was asked: "slept in futex"; empty: not known
  StopReport report = {};
};

/// A signal that a user sent to the main process of a run through vigie. The kernel does not tell who sent any other.
struct SentSignal {
  int signal = 0;
  bool by_root = false;  ///< root did, and the run is another user's
  std::int64_t wall_ns = 0;
};

/// How a supervised run was asked for; `vigie restart` starts the same again.
struct RunSpec {
  std::vector<std::string> command;
  std::string cwd;
  std::vector<std::string> environment;  ///< K=V, the whole environment the command gets
  bool pty = true;
  int stop_signal = 15;
  double grace_seconds = 30;
  RunStart start;
  RunPolicy policy;
  std::uint64_t log_max_bytes = std::uint64_t{1} << 30;  ///< what the log may take on the disk
  std::string progress_pattern = {};  ///< how its progress is written (keep/progress/progress_pattern.hpp)
};

/// What the directory of a supervised run says (runs/ID/run.json). Written by the client that creates the run, then by
/// its recorder alone.
struct RunRecord {
  std::string id;    ///< six lower-case letters and digits, unique on this host for this user
  std::string name;  ///< unique among the user's runs
  unsigned attempt = 1;
  RunSpec spec;
  RunState state = RunState::starting;  ///< as last written; paused, lost and elsewhere are derived when looked at
  ProcessSpace place;                   ///< where its keeper was started: its pids mean something there
  std::int64_t created_wall_ns = 0, started_wall_ns = 0;
  ProcessId holder, recorder, leader;  ///< pid 0 while unknown
  RunGroup group;
  std::optional<StopRequest> stop;
  std::optional<SentSignal> signalled;            ///< the last one
  std::optional<std::uint64_t> oom_kills_before;  ///< on this host since it booted, when the attempt began
  std::optional<ExitRecord> exit;
  std::optional<Progress> last_progress;
  bool early_signal_sent = false;       ///< of this attempt
  unsigned failures_in_a_row = 0;       ///< attempts before this one that failed soon
  std::int64_t not_before_wall_ns = 0;  ///< a restart waits until then
  std::string waits_for;                ///< while queued: what for, a clause for people
  std::vector<std::string> gpus;        ///< UUIDs of the GPUs that are this attempt's alone
  bool adopted = false;  ///< it was not started by vigie: its leader is another's child, and there is no log
  std::optional<uid_t> adopted_uid;  ///< its user at that time
  /// Why the user who adopted a run must not execute its command: its process had other rights. A clause for people;
  /// empty: the user may.
  std::string never_again;
  std::string directory;            ///< absolute path of runs/ID; not stored
  std::optional<uid_t> owner = {};  ///< of that directory and of the record in it; not stored
};

/// `waits_for` of a queued run that only waits for its next attempt.
inline constexpr char next_attempt_wait[] = "its next attempt";
/// What a queued run waits for at that time, a clause: "run a to end", "its next attempt in 12 s".
[[nodiscard]] std::string describe_wait(const RunRecord& record, std::int64_t wall_ns);

/// What a process is in its run.
enum class Role : std::uint8_t { launcher, trainer, rank, loader_worker, helper, other };

/// One process of a run.
struct Member {
  std::size_t process = 0;  ///< index into Snapshot::processes
  Role role = Role::other;
  int number = -1;   ///< rank, or the worker's number within its trainer (from 0); -1 when it has none
  int trainer = -1;  ///< for a loader worker: index into Run::members of its trainer
};

/// "launcher", "trainer", "rank 3", "loader worker 2", "helper", "".
[[nodiscard]] std::string describe(const Member& member);

struct Run {
  std::string id;    ///< of the record; observed runs have "p" and the leader's pid
  std::string name;  ///< of the record; observed runs are called script-pid
  bool supervised = false;
  RunState state = RunState::running;
  ProcessId leader;
  unsigned attempt = 1;
  std::optional<std::int64_t> started_wall_ns, ended_wall_ns;
  std::string command;  ///< raw text
  std::string cwd;
  std::vector<Member> members;  ///< alive ones, leader first, then by start time
  Reading<Progress> progress;   ///< unsupported for observed runs: their terminal cannot be read
  std::optional<ExitRecord> exit;
  RunGroup group;                 ///< empty for observed runs
  std::string directory;          ///< empty for observed runs
  std::string waits_for;          ///< while queued: what for
  std::string elsewhere;          ///< in that state: why, a clause ("it runs on node7")
  std::vector<std::string> gpus;  ///< UUIDs of those it was promised; empty for observed runs
};

/// All runs of a snapshot.
struct RunView {
  std::vector<Run> runs;       ///< alive first (by start, newest last), then the ended ones
  std::vector<int> run_of;     ///< per Snapshot::processes: index into runs, -1 for none
  std::vector<int> member_of;  ///< per Snapshot::processes: index into Run::members, -1 for none
};

}  // namespace vigie
