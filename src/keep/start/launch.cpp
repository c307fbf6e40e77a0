#include "keep/start/launch.hpp"

#include <fcntl.h>
#include <linux/close_range.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "base/clock.hpp"
#include "base/fd.hpp"
#include "keep/end/exit_record.hpp"
#include "keep/start/origin.hpp"
#include "keep/start/own_limits.hpp"
#include "keep/start/start_report.hpp"
#include "wire/run_directory.hpp"

#if defined(__has_feature)
#define VIGIE_HAS_ASAN __has_feature(address_sanitizer)
#else
#define VIGIE_HAS_ASAN 0
#endif

extern char** environ;

namespace vigie::keep {
namespace {

/// Values for a new keeper.
struct Launch {
  const char* id;
  const char* attempt;
  int report, lock;
  char* const* environment;
};

/// Runs in the grandchild, on the memory of the launching process, which it does not change. Executes the keeper under
/// a neutral command line: `pkill -f train.py` must hit the training, not its keeper.
[[noreturn]] void become_keeper(const Launch& what) {
  ::setsid();
  restore_limits();
  const int lock = what.lock == status_number ? ::fcntl(what.lock, F_DUPFD, lock_number) : what.lock;
  ::dup2(what.report, status_number);
  if (lock >= 0) ::dup2(lock, lock_number);
  // First, so that there is room for another one.
  ::close_range(static_cast<unsigned>(lock >= 0 ? lock_number : status_number) + 1, ~0U, 0);
  const int null = ::open("/dev/null", O_RDWR | O_CLOEXEC);
  for (int standard = 0; null >= 0 && standard < 3; ++standard) ::dup2(null, standard);
  for (const int number : {status_number, lock_number}) ::fcntl(number, F_SETFD, 0);
  ::execle("/proc/self/exe", "vigie", "shim", what.id, what.attempt, nullptr, what.environment);
  const StartReport failed{.failed_at = StartReport::keeper, .errno_value = errno, .pid = 0};
  (void)!::write(status_number, &failed, sizeof failed);
  ::_exit(1);
}

std::unexpected<Error> no_process(int error) {
  std::unexpected<Error> failed = fail_errno("cannot start a process for the keeper of the run", error);
  if (error == EAGAIN) failed.error().message += ": there are as many as there may be (ulimit -u)";
  return failed;
}

/// This process's own, without the marker of a run that it may be in: the new run is no part of that.
std::vector<char*> own_environment() {
  std::vector<char*> entries;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    if (!std::string_view(*entry).starts_with("VIGIE_RUN_")) entries.push_back(*entry);
  }
  entries.push_back(nullptr);
  return entries;
}

}  // namespace

Result<pid_t> launch(const RunRecord& record, const wire::ChangeLock& lock) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return fail_errno("cannot make a pipe", errno);
  const Fd read_end(ends[0]);
  Fd write_end(ends[1]);
  const std::vector<char*> environment = own_environment();
  const std::string attempt = std::to_string(record.attempt);
  const Launch what{.id = record.id.c_str(),
                    .attempt = attempt.c_str(),
                    .report = write_end.get(),
                    .lock = lock.fd(),
                    .environment = environment.data()};
  // Twice: the keeper must not be a child of the process that runs vigie. And with the memory of this process, not a
  // copy of it: it waits until the keeper executes. The second vfork is called in a child of the first: both run in
  // the frame of this function, which outlives them.
  // NOLINTBEGIN(bugprone-unsafe-functions,clang-analyzer-unix.Vfork,clang-analyzer-security.insecureAPI.vfork)
  volatile int error = 0;  // the child's word: this memory is its own
  const pid_t child = ::vfork();
  if (child < 0) return no_process(errno);
  if (child == 0) {
#if VIGIE_HAS_ASAN
    const pid_t grandchild = ::fork();  // ASan keeps one return address for all vforks of a thread
#else
    const pid_t grandchild = ::vfork();
#endif
    if (grandchild == 0) become_keeper(what);
    if (grandchild < 0) error = errno;
    ::_exit(0);
  }
  // NOLINTEND(bugprone-unsafe-functions,clang-analyzer-unix.Vfork,clang-analyzer-security.insecureAPI.vfork)
  write_end.reset();
  ::waitpid(child, nullptr, 0);
  if (error != 0) return no_process(error);
  OriginNote origin(record);
  StartReport report;
  ssize_t got = 0;
  do {
    got = ::read(read_end.get(), &report, sizeof report);
  } while (got < 0 && errno == EINTR);
  if (got != sizeof report)
    return fail("the keeper of the run ended before it could start " + record.spec.command.front());
  if (report.failed_at != StartReport::nothing) return std::unexpected(error_of(report, record));
  origin.write();
  return report.pid;
}

void start_next_attempt(const std::string& directory, LifeLock& life) {
  // A lock that cannot be had must not end the run; the next keeper's life lock keeps others out all the same.
  Result<wire::ChangeLock> lock = wire::ChangeLock::take(directory);
  Result<RunRecord> record = wire::read_own_record(directory);
  if (!record || record->state != RunState::queued) return;
  life.release();
  const wire::ChangeLock none;
  const Result<pid_t> launched = launch(*record, lock ? *lock : none);
  if (launched || is_kept_by_another(launched.error())) return;
  record->state = RunState::failed;
  record->exit = not_started(launched.error().message, now().wall_ns);
  ignore_error(wire::write_record(*record));
}

}  // namespace vigie::keep
