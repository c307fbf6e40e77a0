// The holder: session leader, subreaper and parent of the main process. It does almost nothing, so that almost nothing
// can go wrong in it: it waits for children and tells the recorder how they ended. The recorder, which reads the
// terminal and talks to clients, is its child. When the recorder dies, the holder, which keeps the terminal open,
// starts another.
#include <fcntl.h>
#include <linux/sched.h>
#include <malloc.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <exception>
#include <new>
#include <optional>
#include <utility>
#include <vector>

#include "base/boot.hpp"
#include "base/clock.hpp"
#include "base/directory.hpp"
#include "control/process.hpp"
#include "keep/end/exit_record.hpp"
#include "keep/end/kernel_kills.hpp"
#include "keep/groups/limit_groups.hpp"
#include "keep/groups/run_group.hpp"
#include "keep/log/handover.hpp"
#include "keep/queue/queue.hpp"
#include "keep/queue/turn.hpp"
#include "keep/recorder.hpp"
#include "keep/start/job.hpp"
#include "keep/start/launch.hpp"
#include "keep/start/own_limits.hpp"
#include "model/keeper.hpp"
#include "wire/run_directory.hpp"

namespace vigie::keep {
namespace {

/// Signals that end programs at logout, by mistake (`killall vigie`) or at a limit of their resources. That limit is
/// the run's: its keeper outlives them.
void outlive_signals() {
  for (const int signal :
       {SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGPIPE, SIGTTOU, SIGTTIN, SIGTSTP, SIGUSR1, SIGUSR2, SIGXFSZ, SIGXCPU}) {
    ::signal(signal, SIG_IGN);
  }
}

Fd watch_children() {
  sigset_t child;
  ::sigemptyset(&child);
  ::sigaddset(&child, SIGCHLD);
  ::sigprocmask(SIG_BLOCK, &child, nullptr);
  return Fd(::signalfd(-1, &child, SFD_CLOEXEC | SFD_NONBLOCK));
}

/// Writes once: the number may belong to another file afterwards.
void report_to(int status_fd, const StartReport& report) {
  static bool told = false;
  if (std::exchange(told, true)) return;
  (void)!::write(status_fd, &report, sizeof report);
  ::close(status_fd);
}

class Holder {
 public:
  Holder(RunRecord record, Streams streams, Fd children, LifeLock& life)
      : record_(std::move(record)), streams_(std::move(streams)), children_(std::move(children)), life_(life) {}

  /// The run has a holder whatever happens to recorders, and while none can be started (no processes, no descriptors,
  /// no memory left): without a holder its terminal would be hung up.
  void run() {
    while (true) {
      const bool started = start_recorder();
      if (started) watch_patiently();
      const bool finished = started && recorder_finished();  // always asked: it also reaps a recorder that was killed
      if (tree_gone_ && finished) return;
      // A recorder that cannot start must not make the holder spin.
      ::poll(nullptr, 0, ++restarts_ > 3 ? 1000 : 10);
    }
  }

 private:
  /// A child with exit signal 0: waitpid(2) without __WALL does not see it, so ECHILD means that nothing of the run is
  /// left, and a recorder that dies never looks like a process of the run.
  bool start_recorder() {
    int pair[2];
    if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0) return false;
    to_recorder_.reset(pair[0]);
    Fd from_holder(pair[1]);
    int pidfd = -1;
    const long pid = ::syscall(SYS_clone, static_cast<unsigned long>(CLONE_PIDFD), nullptr, &pidfd, nullptr, nullptr);
    if (pid < 0) return false;
    if (pid == 0) {
      to_recorder_.reset();
      children_.reset();
      streams_.theirs.reset();
      ::setsid();
      ::_exit(
          run_recorder(std::move(record_), std::move(streams_.ours), std::move(from_holder), facts_, handover_, life_));
    }
    recorder_pid_ = static_cast<pid_t>(pid);
    recorder_.reset(pidfd);
    return true;
  }

  /// Without memory (bad_alloc) it waits for some: nothing may end the holder.
  void watch_patiently() {
    while (true) {
      try {
        return watch_until_recorder_ends();
      } catch (const std::exception&) {
        ::poll(nullptr, 0, 1000);
      }
    }
  }

  void watch_until_recorder_ends() {
    reap();  // children may have ended while there was no recorder
    while (true) {
      pollfd items[]{{children_.get(), POLLIN, 0}, {recorder_.get(), POLLIN, 0}, {to_recorder_.get(), POLLIN, 0}};
      if (::poll(items, std::size(items), -1) < 0 && errno != EINTR) return;
      if (items[0].revents != 0) {
        signalfd_siginfo ignored[8];
        while (::read(children_.get(), ignored, sizeof ignored) > 0) {
        }
        reap();
      }
      if ((items[2].revents & POLLIN) != 0) move_lock();
      if (items[1].revents != 0) return;
    }
  }

  /// The recorder has made the run's directory anew.
  void move_lock() {
    char asked = 0;
    if (::recv(to_recorder_.get(), &asked, sizeof asked, MSG_DONTWAIT) == sizeof asked)
      life_.take_anew(record_.directory, LifeRole::holder);
  }

  /// A process that has ended keeps its limits until its parent has reaped it.
  void note_limits() {
    siginfo_t ended{};
    const auto id = static_cast<id_t>(record_.leader.pid);
    if (facts_.main_status || ::waitid(P_PID, id, &ended, WEXITED | WNOHANG | WNOWAIT) != 0 || ended.si_pid == 0)
      return;
    const auto limit_of = [&](enum __rlimit_resource resource) -> std::uint64_t {
      struct rlimit limit{};
      const bool known = ::prlimit(record_.leader.pid, resource, nullptr, &limit) == 0;
      return known && limit.rlim_cur != RLIM_INFINITY ? limit.rlim_cur : 0;
    };
    facts_.address_space_bytes = limit_of(RLIMIT_AS);
    facts_.data_bytes = limit_of(RLIMIT_DATA);
  }

  void reap() {
    note_limits();
    while (!tree_gone_) {
      int status = 0;
      const pid_t pid = ::waitpid(-1, &status, WNOHANG);
      const bool interrupted = pid < 0 && errno == EINTR;
      if (pid == record_.leader.pid) {
        facts_.main_status = status;
        tell(facts_);
      }
      if (pid > 0 || interrupted) continue;
      if (pid == 0 && !(facts_.main_status && only_other_runs_left())) return;
      tree_gone_ = true;
      facts_.tree_gone = true;
      // The last holder of the terminal's other side: from here on the recorder reads to the end and not beyond.
      streams_.theirs.reset();
      tell(facts_);
    }
  }

  /// Runs that were started within this one are not part of it. When it is over, a reaper above adopts them.
  [[nodiscard]] bool only_other_runs_left() const {
    const std::optional<std::vector<pid_t>> children = control::children_of(::getpid());
    return children && std::ranges::all_of(
                           *children, [this](pid_t pid) { return pid == recorder_pid_ || control::keeps_a_run(pid); });
  }

  void tell(const HolderFacts& facts) { (void)::send(to_recorder_.get(), &facts, sizeof facts, MSG_NOSIGNAL); }

  bool recorder_finished() {
    int status = 0;
    return ::waitpid(recorder_pid_, &status, __WALL) == recorder_pid_ && WIFEXITED(status) && WEXITSTATUS(status) == 0;
  }

  RunRecord record_;
  Streams streams_;
  Fd children_;
  LifeLock& life_;
  Fd to_recorder_;
  Fd recorder_;  ///< pidfd
  pid_t recorder_pid_ = 0;
  HolderFacts facts_;
  Handover handover_;
  bool tree_gone_ = false;
  int restarts_ = 0;
};

/// The limits are in force before the job is there, and the job is in them before it executes anything.
StartReport start_limited(RunRecord& record, const Streams& streams, const MakeKnown& make_known) {
  std::vector<std::string> groups;
  if (record.spec.start.memory_bytes) {
    const Result<Root> root = Root::open("/");
    const control::Limits limits{.memory_bytes = record.spec.start.memory_bytes, .cpus = {}, .io_bytes_per_second = {}};
    const auto set = root ? set_limits(*root, limits, record.group.directory, 0, limit_group_name(record))
                          : Result<std::vector<LimitGroup>>(std::unexpected(root.error()));
    if (!set) {
      const int error = set.error().kind == ErrorKind::denied ? EACCES : EOPNOTSUPP;
      return {.failed_at = StartReport::limit, .errno_value = error, .pid = 0};
    }
    for (const LimitGroup& group : *set) {
      if (!group.unified) groups.push_back(group.directory);
    }
  }
  return start_job(record, streams, groups, make_known);
}

/// The record names holder and main process, durably.
int make_known(RunRecord& record, pid_t job) {
  const Result<ProcessId> self = control::identify(::getpid());
  const Result<ProcessId> leader = control::identify(job);
  record.holder = self ? *self : ProcessId{::getpid(), 0};
  // The leader cannot be gone: only this process reaps it, and a zombie still has its stat.
  record.leader = leader ? *leader : ProcessId{job, 0};
  record.state = RunState::running;
  record.started_wall_ns = now().wall_ns;
  const Result<Root> root = Root::open("/");
  if (root) record.oom_kills_before = oom_kills(*root);
  // The record of the end must fit, too (RLIMIT_FSIZE): otherwise the end would never be known.
  constexpr std::size_t room_for_the_end = 16 << 10;
  if (!may_write(wire::to_json(record).size() + room_for_the_end)) return EFBIG;
  // A restart could lose the record of the last attempt, a start nothing.
  const Result<void> written =
      wire::write_record(record, record.attempt == 1 ? wire::Kept::at_last : wire::Kept::surely);
  if (written) return 0;
  return written.error().errno_value != 0 ? written.error().errno_value : EIO;
}

StartReport start(RunRecord& record, Streams& streams) {
  StartReport report = open_streams(record.spec, streams);
  if (report.failed_at == StartReport::nothing) {
    record.group = make_group(record);
    report = start_limited(record, streams, [&record](pid_t job) { return make_known(record, job); });
  }
  if (report.failed_at != StartReport::nothing) remove_group(record);
  return report;
}

/// A run that could not be started: the client that wanted it may be gone, so the record says why.
void note_failed_start(RunRecord& record, const StartReport& report) {
  record.state = RunState::failed;
  record.exit = not_started(error_of(report, record).message, now().wall_ns);
  ignore_error(wire::write_record(record));
}

/// Takes the life lock first, then reads the record: anything that another keeper or command did before is in it by
/// then.
Result<RunRecord> take_run(const std::string& directory, unsigned attempt, LifeLock& life) {
  const Fd dir(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!dir) return fail_errno("cannot open " + directory, errno);
  if (life.take(dir.get(), LifeRole::holder) == LifeLock::Taken::by_another) return fail_errno(directory, EALREADY);
  Result<RunRecord> record = wire::read_own_record(directory);
  if (!record) return record;
  const bool due = record->state == RunState::starting || record->state == RunState::queued;
  if (record->attempt != attempt || !due) return fail_errno(directory, EALREADY);
  return record;
}

/// A run that was running already: there is nothing to start, no terminal, and nothing to hear from but its pidfd.
int hold_adopted(RunRecord record, wire::ChangeLock& change, LifeLock& life) {
  const Result<ProcessId> self = control::identify(::getpid());
  if (self) record.holder = record.recorder = *self;
  record.state = RunState::running;
  StartReport report{.failed_at = StartReport::nothing, .errno_value = 0, .pid = record.leader.pid};
  if (const Result<void> written = wire::write_record(record); !written)
    report = {.failed_at = StartReport::record, .errno_value = written.error().errno_value, .pid = 0};
  change.release();
  report_to(status_number, report);
  if (report.failed_at != StartReport::nothing) return 1;
  (void)!::chdir("/");
  Handover nothing;
  return run_recorder(std::move(record), {}, {}, {}, nothing, life);
}

int hold_run(const std::string& directory, unsigned attempt) {
  for (const int number : {status_number, lock_number}) ::fcntl(number, F_SETFD, FD_CLOEXEC);
  wire::ChangeLock change = wire::ChangeLock::inherited(::fcntl(lock_number, F_GETFD) < 0 ? -1 : lock_number);
  outlive_signals();
  raise_own_limits();
  LifeLock life;
  Result<RunRecord> record = take_run(directory, attempt, life);
  if (!record) {
    const int error = record.error().errno_value;
    report_to(
        status_number,
        {.failed_at = error == EALREADY ? StartReport::kept : StartReport::record, .errno_value = error, .pid = 0});
    return 1;
  }
  // The name after the lock: both make a keeper.
  ::prctl(PR_SET_CHILD_SUBREAPER, 1);
  ::prctl(PR_SET_NAME, keeper_comm);
  leave_other_runs();
  Fd children = watch_children();
  record->place = this_process_space();  // it may be an attempt after a reboot, or on another machine
  if (record->adopted) return hold_adopted(std::move(*record), change, life);
  const bool waits = must_wait(*record);
  if (waits) {
    // The client is told at once that the run waits: pid 0. From here on only the record can show a failure.
    const auto queued = [&] {
      change.release();
      report_to(status_number, {});
    };
    if (wait_for_turn(*record, queued) == QueueEnd::cancelled) return 0;
  }
  Streams streams;
  const StartReport report = start(*record, streams);
  const bool failed = report.failed_at != StartReport::nothing;
  if (failed) note_failed_start(*record, report);
  change.release();
  if (!waits) report_to(status_number, report);
  if (failed) return 1;
  (void)!::chdir("/");
  ::malloc_trim(0);  // neither the holder nor its recorders need much of what the start took
  Holder(std::move(*record), std::move(streams), std::move(children), life).run();
  start_next_attempt(directory, life);
  return 0;
}

}  // namespace

int hold(const std::string& directory, unsigned attempt) {
  try {
    return hold_run(directory, attempt);
  } catch (const std::bad_alloc&) {
    report_to(status_number, {.failed_at = StartReport::keeper, .errno_value = ENOMEM, .pid = 0});
    return 1;
  }
}

}  // namespace vigie::keep
