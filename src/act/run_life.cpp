#include "act/run_life.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <ranges>
#include <utility>

#include <fmt/format.h>

#include "act/runs_by_name.hpp"
#include "base/boot.hpp"
#include "base/clock.hpp"
#include "base/file.hpp"
#include "base/life_lock.hpp"
#include "base/process.hpp"
#include "base/text.hpp"
#include "control/cgroup_leaf.hpp"
#include "control/process.hpp"
#include "keep/groups/run_group.hpp"
#include "keep/start/launch.hpp"
#include "keep/stop/run_tree.hpp"
#include "views/ending_text.hpp"
#include "wire/record_list.hpp"
#include "wire/run_directory.hpp"

namespace vigie::act {
namespace {

std::string random_id() {
  constexpr std::string_view letters = "abcdefghijkmnpqrstuvwxyz23456789";  // 32, none that look alike
  constexpr std::size_t first = letters.find('2');                          // it begins with a letter, as no PID does
  unsigned char bytes[6];
  std::string id;
  if (::getrandom(bytes, sizeof bytes, 0) != sizeof bytes)
    std::ranges::fill(bytes, static_cast<unsigned char>(::getpid()));
  for (const unsigned char byte : bytes) id += letters[byte % (id.empty() ? first : letters.size())];
  return id;
}

/// train for "python3 -u examples/train.py --epochs 3" and for "bash train.sh", sleep for "/bin/sleep 5", run-7z for
/// "7z".
std::string name_from(const std::vector<std::string>& command) {
  std::string from = command.front();
  for (const std::string& argument : command) {
    if (argument.ends_with(".py") || argument.ends_with(".sh")) {
      from = argument;
      break;
    }
  }
  std::string name = std::filesystem::path(from).stem().string();
  std::erase_if(
      name, [](char c) { return !std::isalnum(static_cast<unsigned char>(c)) && c != '-' && c != '_' && c != '.'; });
  if (name.empty()) return "run";
  return std::isalpha(static_cast<unsigned char>(name[0])) ? name : "run-" + name;
}

Result<void> check_name(const std::string& name) {
  const bool good = !name.empty() && name.size() <= 64 && std::isalpha(static_cast<unsigned char>(name[0])) &&
                    std::ranges::all_of(name, [](char c) {
                      return std::isalnum(static_cast<unsigned char>(c)) || c == '-' || c == '_' || c == '.';
                    });
  if (good) return {};
  return fail("the name " + safe_text(name) +
                  " will not do: start with a letter, then letters, digits, '-', '_' or '.', at most 64",
              ErrorKind::usage);
}

/// Removes the run of a client that was killed while it started it: nothing has begun, so nothing is lost.
bool was_never_started(const RunRecord& record) {
  if (record.attempt != 1 || record.state != RunState::starting || record.leader.pid != 0) return false;
  Result<OpenRun> run = open_to_change(record.directory);
  return run && run->record.state == RunState::lost && run->record.leader.pid == 0 && !run->record.exit &&
         forget_run(*run).has_value();
}

/// The name that is wanted, or else the first free one of train, train-2, train-3, ...
Result<std::string> choose_name(const RunSpec& spec, const std::string& wanted) {
  if (!wanted.empty()) {
    RETURN_IF_ERROR(check_name(wanted));
  }
  std::string first = wanted.empty() ? name_from(spec.command) : wanted;
  std::vector<wire::UnreadableRun> unreadable;
  const Result<std::vector<RunRecord>> records = wire::list_records_like(first, &unreadable);
  RETURN_IF_ERROR(records);
  const auto kept = std::ranges::find(unreadable, true, &wire::UnreadableRun::kept);
  if (kept != unreadable.end()) return fail(describe(*kept) + "; it may be the one that is called " + first);
  const auto taken = [&](const std::string& name) { return std::ranges::find(*records, name, &RunRecord::name); };
  if (std::ranges::find(*records, first, &RunRecord::id) != records->end())
    return fail(fmt::format("{} is the id of a run: choose another name", first));
  const auto other = taken(first);
  if (other == records->end() || was_never_started(*other)) return first;
  int number = 2;
  while (taken(fmt::format("{}-{}", first, number)) != records->end()) ++number;
  std::string free = fmt::format("{}-{}", first, number);
  if (wanted.empty()) return free;
  const RunState state = wire::state_of(*other, wire::keepers_of(*other));
  const char* const instead =
      is_over(state) ? "`vigie restart {0}` starts it again, `vigie rm {0}` forgets it" : "`vigie stop {0}` ends it";
  return fail(fmt::format("a run named {} exists already ({}, {}): {}, or choose another name, such as {}", wanted,
                          other->id, name_of(state), fmt::vformat(instead, fmt::make_format_args(wanted)), free));
}

/// Until a keeper ends or, where none can be watched, for a moment; `seconds` at most, negative: as long as it takes.
void wait_for_change(const wire::Keepers& keepers, double seconds) {
  constexpr double unseen_seconds = 0.2, start_seconds = 0.02;
  for (const ProcessId keeper : {keepers.holder, keepers.recorder}) {
    if (keeper.pid == 0) continue;
    if (const Result<Fd> alive = control::open_process(keeper)) return (void)control::wait_for_end(*alive, seconds);
  }
  const double pause = keepers.starting ? start_seconds : unseen_seconds;
  ::poll(nullptr, 0, static_cast<int>(1000 * (seconds < 0 ? pause : std::min(pause, seconds))));
}

/// An adopted process belongs to one run alone, however many clients ask at once.
Result<void> check_not_kept(const RunRecord& wanted) {
  if (!wanted.adopted) return {};
  const Result<std::vector<RunRecord>> records = wire::list_records();
  RETURN_IF_ERROR(records);
  for (const RunRecord& other : *records) {
    if (other.leader == wanted.leader && !is_over(other.state) && wire::keepers_of(other).alive)
      return fail(fmt::format("it belongs to the run {} already", other.name));
  }
  return {};
}

/// Held until the record of a new run exists, so that two clients cannot take the same name.
Result<Fd> lock_names(const std::string& runs) {
  constexpr double patience_seconds = 10;
  constexpr int pace_ms = 5;
  Result<Fd> lock = open_own_file(runs + "/.lock", O_RDWR | O_CREAT);
  if (!lock) return lock;
  const Instant begin = now();
  while (::flock(lock->get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK && errno != EINTR) return fail_errno("cannot lock " + runs, errno);
    if (seconds_between(begin, now()) > patience_seconds) {
      return fail(
          fmt::format("another `vigie run` has been starting for {} s and does not go on: end it (`vigie ps "
                      "%'vigie run'` shows it), or resume it",
                      patience_seconds));
    }
    ::poll(nullptr, 0, pace_ms);
  }
  return lock;
}

/// For this user: some room is root's alone. A quota does not show here.
bool is_full(const std::string& directory) {
  struct statvfs disk{};
  return ::statvfs(directory.c_str(), &disk) == 0 && (::geteuid() == 0 ? disk.f_bfree : disk.f_bavail) == 0;
}

}  // namespace

Result<OpenRun> create_run(const RunRecord& wanted, const std::string& name) {
  if (!proc_is_of_this_namespace()) return fail(foreign_proc, ErrorKind::denied);
  ASSIGN_OR_RETURN(std::string runs, wire::prepare_runs_directory());
  const Result<Fd> lock = lock_names(runs);
  RETURN_IF_ERROR(lock);
  RETURN_IF_ERROR(check_not_kept(wanted));
  ASSIGN_OR_RETURN(std::string chosen, choose_name(wanted.spec, name));
  RunRecord record = wanted;
  record.name = chosen;
  record.place = this_process_space();
  record.owner = ::geteuid();
  record.created_wall_ns = now().wall_ns;
  do {
    record.id = random_id();
    record.directory = runs + "/" + record.id;
  } while (::mkdir(record.directory.c_str(), 0700) != 0 && errno == EEXIST);
  // Its keeper writes the next one, which is kept for sure, before anything is started.
  Result<wire::ChangeLock> change = wire::ChangeLock::take(record.directory);
  Result<void> written = change ? wire::write_record(record, wire::Kept::loosely) : std::unexpected(change.error());
  if (!written) {
    std::error_code ignored;
    std::filesystem::remove_all(record.directory, ignored);
    return pass(std::move(written));
  }
  ignore_error(wire::keep_room(record.directory));
  return OpenRun{.record = std::move(record), .lock = std::move(*change)};
}

Result<OpenRun> open_to_change(const std::string& directory, bool machine_gone) {
  if (!proc_is_of_this_namespace()) return fail(foreign_proc, ErrorKind::denied);
  ASSIGN_OR_RETURN(wire::ChangeLock lock, wire::ChangeLock::take(directory));
  ASSIGN_OR_RETURN(RunRecord record, wire::read_own_record(directory));
  const ProcessSpace here = this_process_space();
  wire::Keepers keepers = wire::keepers_of(record, here, wire::Changing::caller);
  if (machine_gone && keepers.assumed) keepers.alive = false;
  record.state = wire::state_of(record, keepers);
  if (record.state == RunState::lost) wire::drop_foreign_pids(record, here);
  return OpenRun{.record = std::move(record), .lock = std::move(lock)};
}

Result<OpenRun> open_to_restart(const std::string& directory, bool machine_gone) {
  constexpr double patience_seconds = 40;  // longer than hooks may take
  const Instant begin = now();
  while (true) {
    Result<OpenRun> run = open_to_change(directory, machine_gone);
    if (!run || !is_over(run->record.state) || run->record.state == RunState::lost) return run;
    const std::optional<LifeLocks> locks = life_locks(directory + "/" + life_lock_name);
    if (!locks || !(locks->held_by_holder || locks->held_by_recorder)) return run;
    if (seconds_between(begin, now()) > patience_seconds) {
      return fail(fmt::format("the keeper of run {} has not finished with its last attempt: try again in a moment",
                              run->record.name));
    }
    if (is_full(directory)) {
      return fail(
          fmt::format("cannot start {0} again: the disk of {1} is full, and its keeper waits for room to write how "
                      "it ended; make some",
                      run->record.name, directory));
    }
    run->lock.release();
    const pid_t keeper = locks->holder > 0 ? locks->holder : locks->recorder;
    const Result<ProcessId> id = control::identify(keeper);
    wait_for_change({.alive = true, .holder = id ? *id : ProcessId{}}, 1);
  }
}

Result<bool> start_run(OpenRun& run) {
  const RunRecord& record = run.record;
  Result<pid_t> started = keep::launch(record, run.lock);
  if (started) {
    run.lock.release();
    return *started != 0;
  }
  // A keeper that was killed may have let the command go: a process that it executed must belong to a known run.
  const Result<RunRecord> left = wire::read_record(record.directory);
  if (left && left->leader != record.leader && !left->exit) {
    return fail(
        fmt::format("the keeper of {0} was killed while it started it: `vigie ls` shows what became of it, and "
                    "`vigie kill {0}` ends what is left",
                    record.name));
  }
  if (record.attempt == 1) {
    std::error_code ignored;
    std::filesystem::remove_all(record.directory, ignored);
  }
  return pass(std::move(started));
}

namespace {

/// Whether all of it is paused at this moment. Its record does not tell: a user may pause it without vigie.
bool is_paused(const RunRecord& record) {
  if (record.state != RunState::running) return false;
  if (!record.group.directory.empty() && control::CgroupLeaf::of_run(record).frozen()) return true;
  const std::vector<ProcessId> processes = keep::RunTree(record).find().processes;
  return !processes.empty() && std::ranges::all_of(processes, [](const ProcessId& id) {
    const char state = control::state_of(id.pid);
    return state == 'T' || state == 't';
  });
}

/// "is running", "is paused", "is between two attempts, and waits for its next attempt in 12 s".
std::string how_it_is(const RunRecord& record) {
  if (record.state == RunState::queued) {
    return fmt::format("{}waits for {}", record.attempt > 1 ? "is between two attempts, and " : "",
                       describe_wait(record, now().wall_ns));
  }
  return fmt::format("is {}", name_of(is_paused(record) ? RunState::paused : record.state));
}

}  // namespace

std::unexpected<Error> not_over(const RunRecord& record) {
  if (record.state != RunState::elsewhere)
    return fail(fmt::format("run {} {}: `vigie stop {}` first", record.name, how_it_is(record), record.name));
  const wire::Keepers keepers = wire::keepers_of(record);
  return fail(fmt::format("run {} is not to be changed from here: {}; do it there{}", record.name,
                          safe_text(keepers.elsewhere),
                          keepers.assumed ? ", or give --gone if that machine is no more" : ""));
}

std::string leftovers_of(const RunRecord& record) {
  if (record.state != RunState::lost) return {};  // its keepers saw the last one end
  const control::Tree tree = keep::RunTree(record).find();
  if (tree.is_gone()) return {};
  if (tree.unseen) return "/proc cannot be read, and its processes may be alive";
  const std::vector<ProcessId>& left = tree.processes;
  std::string pids;
  constexpr std::size_t most_named = 5;
  for (const ProcessId& id : left | std::views::take(most_named)) pids += fmt::format(" {}", id.pid);
  return fmt::format("{} of its processes {} alive (PID{}{})", left.size(), left.size() == 1 ? "is" : "are", pids,
                     left.size() > most_named ? " …" : "");
}

Result<void> refuse_leftovers(const RunRecord& record) {
  const std::string left = leftovers_of(record);
  if (left.empty()) return {};
  return fail(fmt::format("run {0} is {1}, but {2}: `vigie kill {0}` ends what is left", record.name,
                          name_of(record.state), left));
}

Result<RunRecord> wait_until_over(const std::string& directory, double timeout_seconds) {
  const Instant begin = now();
  const ProcessSpace here = this_process_space();
  bool seen_dead = false;
  while (true) {
    Result<RunRecord> record = wire::read_record(directory);
    if (!record || is_over(record->state)) return record;
    const wire::Keepers keepers = wire::keepers_of(*record, here);
    if (!keepers.alive) {
      // The record may have been written, and another attempt begun, between the two looks.
      if (std::exchange(seen_dead, true)) {
        record->state = RunState::lost;
        wire::drop_foreign_pids(*record, here);
        return record;
      }
      continue;
    }
    seen_dead = false;
    const double left = timeout_seconds < 0 ? -1 : std::max(timeout_seconds - seconds_between(begin, now()), 0.0);
    record->state = wire::state_of(*record, keepers);
    if (left == 0) return record;
    wait_for_change(keepers, left);
  }
}

bool await_listener(const RunRecord& record, const Error& refused) {
  constexpr int moment_ms = 20;
  const int error = refused.errno_value;
  if (error != ENOENT && error != ECONNREFUSED && error != ECONNRESET && error != EPIPE) return false;
  const Result<RunRecord> now = wait_until_over(record.directory, 0);
  if (!now || is_over(now->state)) return false;
  ::poll(nullptr, 0, moment_ms);
  return true;
}

/// Removes it in one step: a later search by name finds nothing. A process that still writes in it (a hook, git) may
/// make it take another try.
Result<void> remove_directory(const std::string& directory) {
  const std::size_t slash = directory.rfind('/');
  const std::string hidden = directory.substr(0, slash + 1) + ".removed-" + directory.substr(slash + 1);
  if (::rename(directory.c_str(), hidden.c_str()) != 0) return fail_errno("cannot remove " + directory, errno);
  std::error_code error;
  for (int tries = 0; tries < 100; ++tries) {
    std::filesystem::remove_all(hidden, error);
    if (!error && ::access(hidden.c_str(), F_OK) != 0) return {};
    ::poll(nullptr, 0, 10);
  }
  return fail("cannot remove " + hidden + ": " + error.message());
}

Result<void> forget_run(const OpenRun& run) {
  RETURN_IF_ERROR(wire::check_own(run.record));
  RunRecord copy = run.record;
  keep::remove_group(copy);  // the keeper could not, because it was killed
  return remove_directory(run.record.directory);
}

int shell_status(const RunRecord& record) {
  if (!record.exit) return 1;
  switch (record.exit->kind) {
    case ExitRecord::Kind::code: return record.exit->value;
    case ExitRecord::Kind::signal: return 128 + record.exit->value;
    case ExitRecord::Kind::unknown: break;
  }
  return 1;
}

std::string describe_end(const RunRecord& record) {
  std::string reason = record.started_wall_ns == 0
                           ? "it was never started: the command or the keeper was killed before that"
                           : "how it ended is not known";
  if (record.exit) reason = views::ending_text(record.exit);
  return fmt::format("{}: {}", name_of(record.state), reason);
}

Result<Ended> wait_for_end(const RunRecord& run) {
  ASSIGN_OR_RETURN(RunRecord record, wait_until_over(run.directory, -1));
  Ended ended{.record = std::move(record), .status = 0, .leftovers = {}};
  ended.status = shell_status(ended.record);
  ended.leftovers = leftovers_of(ended.record);
  return ended;
}

}  // namespace vigie::act
