#include "keep/start/job.hpp"

#include <fcntl.h>
#include <linux/sched.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "base/argv.hpp"
#include "control/cgroup_leaf.hpp"
#include "control/priority.hpp"
#include "keep/groups/run_group.hpp"
#include "keep/start/own_limits.hpp"
#include "keep/start/resume_command.hpp"

namespace vigie::keep {
namespace {

constexpr winsize usual_size{.ws_row = 50, .ws_col = 200, .ws_xpixel = 0, .ws_ypixel = 0};

/// The terminal that a client is about to show it on, so that the program's first question is answered right.
winsize first_size(const RunStart& start) {
  constexpr int most = 1000;  // of a Screen
  winsize size = usual_size;
  if (start.terminal_rows > 0) size.ws_row = static_cast<unsigned short>(std::min(start.terminal_rows, most));
  if (start.terminal_columns > 0) size.ws_col = static_cast<unsigned short>(std::min(start.terminal_columns, most));
  return size;
}

StartReport failed(StartReport::Step step, int errno_value) {
  return {.failed_at = step, .errno_value = errno_value, .pid = 0};
}

StartReport open_pipe(Streams& streams) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return failed(StartReport::terminal, errno);
  streams.ours.reset(ends[0]);
  streams.theirs.reset(ends[1]);
  return {};
}

/// The command; from the second attempt on the resume command, if the user gave one.
std::vector<std::string> command_of(const RunRecord& record) {
  const std::string& resume = record.spec.policy.resume_command;
  if (record.attempt > 1 && !resume.empty()) return shell_of(resume);
  return record.spec.command;
}

/// Waits for the keeper's go; exits when the keeper ends before.
void wait_for_go(const Fd& go) {
  char byte = 0;
  ssize_t got = 0;
  do {
    got = ::read(go.get(), &byte, 1);
  } while (got < 0 && errno == EINTR);
  if (got != 1) ::_exit(127);
}

/// Closes all descriptors of the keeper but these two and the standard streams. execve(2) would close the others, but
/// until then a paused job would hold what they stand for, such as the lock on a change of the run.
void keep_only(int one, int other) {
  const auto low = static_cast<unsigned>(std::min(one, other)), high = static_cast<unsigned>(std::max(one, other));
  const unsigned first = STDERR_FILENO + 1;
  if (low > first) ::close_range(first, low - 1, 0);
  if (high > low + 1) ::close_range(low + 1, high - 1, 0);
  ::close_range(high + 1, ~0U, 0);
}

[[noreturn]] void become_program(const RunRecord& record, const Streams& streams,
                                 const std::vector<std::string>& limit_groups, const Fd& go, int report) {
  const auto give_up = [report](StartReport::Step step) {
    const StartReport reason = failed(step, errno);
    ::signal(SIGPIPE, SIG_IGN);  // after a pause there may be no reader any more
    (void)!::write(report, &reason, sizeof reason);
    ::_exit(127);
  };
  ::prctl(PR_SET_NAME, "vigie-job");  // no keeper any more
  ::setpgid(0, 0);
  if (streams.pty) {
    // Foreground, so that Ctrl-C through the terminal reaches the program; SIGTTOU is ignored here still.
    ::tcsetpgrp(streams.theirs.get(), ::getpid());
    ::dup2(streams.theirs.get(), STDIN_FILENO);
  }
  ::dup2(streams.theirs.get(), STDOUT_FILENO);
  ::dup2(streams.theirs.get(), STDERR_FILENO);
  keep_only(go.get(), report);
  if (::chdir(record.spec.cwd.c_str()) != 0) give_up(StartReport::directory);
  if (!std::ranges::all_of(limit_groups, enter_group)) give_up(StartReport::limit);
  if (const int error = control::apply_to_self(record.spec.start); error != 0) {
    errno = error;
    give_up(StartReport::priority);
  }
  std::vector<std::string> arguments = command_of(record);
  std::vector<std::string> environment = environment_of(record);
  restore_limits();
  reset_signals();  // before the wait: the record is written meanwhile
  wait_for_go(go);
  ::execvpe(arguments.front().c_str(), pointers(arguments).data(), pointers(environment).data());
  give_up(StartReport::exec);
  ::_exit(127);
}

/// As fork(2), but the child begins in the control group: no action of it can be outside.
pid_t fork_into_group(RunGroup& group) {
  if (!group.directory.empty()) {
    const control::CgroupLeaf leaf(group.directory);
    Result<Fd> directory = leaf.open();
    if (!directory) {  // between two attempts it was empty, and may have been removed as abandoned
      const std::size_t slash = leaf.directory().rfind('/');
      ignore_error(control::CgroupLeaf::make(leaf.directory().substr(0, slash), leaf.directory().substr(slash + 1)));
      directory = leaf.open();
    }
    clone_args arguments{};
    arguments.flags = CLONE_INTO_CGROUP;
    arguments.exit_signal = SIGCHLD;
    arguments.cgroup = static_cast<__u64>(directory ? directory->get() : -1);
    const long pid = ::syscall(SYS_clone3, &arguments, sizeof arguments);
    if (pid >= 0) return static_cast<pid_t>(pid);
    const int error = errno;
    ignore_error(leaf.remove());
    group = {.directory = {},
             .reason = fmt::format("the kernel lets no process into {}: {}", leaf.directory(), ::strerror(error))};
  }
  return ::fork();
}

}  // namespace

void reset_signals() {
  for (int signal = 1; signal < NSIG; ++signal) ::signal(signal, SIG_DFL);
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
}

std::vector<std::string> environment_of(const RunRecord& record) {
  std::vector<std::string> environment;
  for (const std::string& entry : record.spec.environment) {
    const bool replaced =
        !record.gpus.empty() && (entry.starts_with("CUDA_VISIBLE_DEVICES=") || entry.starts_with("CUDA_DEVICE_ORDER="));
    if (!entry.starts_with("VIGIE_") && !replaced) environment.push_back(entry);
  }
  if (!record.gpus.empty()) {
    environment.push_back(fmt::format("CUDA_VISIBLE_DEVICES={}", fmt::join(record.gpus, ",")));
    // As nvidia-smi and vigie count, for programs that choose by number.
    environment.emplace_back("CUDA_DEVICE_ORDER=PCI_BUS_ID");
  }
  environment.push_back("VIGIE_RUN_ID=" + record.id);
  environment.push_back("VIGIE_RUN_NAME=" + record.name);
  environment.push_back(fmt::format("VIGIE_ATTEMPT={}", record.attempt));
  environment.push_back("VIGIE_RUN_DIR=" + record.directory);
  return environment;
}

StartReport open_streams(const RunSpec& spec, Streams& streams) {
  streams.pty = spec.pty;
  if (!spec.pty) return open_pipe(streams);
  streams.ours.reset(::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC));
  if (!streams.ours || ::grantpt(streams.ours.get()) != 0 || ::unlockpt(streams.ours.get()) != 0) {
    return failed(StartReport::terminal, errno);
  }
  // TIOCGPTPEER opens the slave through the master: right even when /dev/pts is another instance (containers).
  streams.theirs.reset(::ioctl(streams.ours.get(), TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC));
  if (!streams.theirs) return failed(StartReport::terminal, errno);
  const winsize size = first_size(spec.start);
  ::ioctl(streams.ours.get(), TIOCSWINSZ, &size);
  termios settings{};
  if (::tcgetattr(streams.theirs.get(), &settings) == 0) {
    settings.c_iflag |= IUTF8;
    ::tcsetattr(streams.theirs.get(), TCSANOW, &settings);
  }
  if (::ioctl(streams.theirs.get(), TIOCSCTTY, 0) != 0) return failed(StartReport::terminal, errno);
  return {};
}

namespace {

/// Whether it is paused, by SIGSTOP or with its control group.
bool is_paused(pid_t job, const RunGroup& group) {
  siginfo_t stopped{};
  const int options = WSTOPPED | WNOWAIT | WNOHANG;
  if (::waitid(P_PID, static_cast<id_t>(job), &stopped, options) == 0 && stopped.si_pid == job) return true;
  return !group.directory.empty() && control::CgroupLeaf(group.directory).frozen();
}

/// Why the job could not become its program. Nothing: it did, or it was paused before and will when it goes on;
/// otherwise every change of the run would have to wait for this start.
std::optional<StartReport> reported(const Fd& from, pid_t job, const RunGroup& group) {
  constexpr int between_looks_ms = 50;
  while (true) {
    pollfd item{from.get(), POLLIN, 0};
    const int ready = ::poll(&item, 1, between_looks_ms);
    if (ready == 0 && is_paused(job, group)) return std::nullopt;
    if (ready <= 0) continue;
    StartReport report;
    const ssize_t got = ::read(from.get(), &report, sizeof report);
    if (got < 0 && errno == EINTR) continue;
    if (got == sizeof report) return report;
    return std::nullopt;  // closed by execve(2)
  }
}

}  // namespace

StartReport start_job(RunRecord& record, const Streams& streams, const std::vector<std::string>& limit_groups,
                      const MakeKnown& make_known) {
  int ends[2], gate[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return failed(StartReport::process, errno);
  const Fd read_end(ends[0]);
  Fd write_end(ends[1]);
  if (::pipe2(gate, O_CLOEXEC) != 0) return failed(StartReport::process, errno);
  Fd waits(gate[0]);
  Fd lets_go(gate[1]);
  const pid_t job = fork_into_group(record.group);
  if (job < 0) return failed(StartReport::process, errno);
  if (job == 0) {
    lets_go.reset();  // or it would wait for itself
    become_program(record, streams, limit_groups, waits, write_end.get());
  }
  write_end.reset();
  if (const int error = make_known(job); error != 0) {
    lets_go.reset();
    ::waitpid(job, nullptr, 0);
    return failed(StartReport::record, error);
  }
  (void)!::write(lets_go.get(), "", 1);
  if (const std::optional<StartReport> report = reported(read_end, job, record.group)) {
    ::waitpid(job, nullptr, 0);
    return *report;
  }
  return {.failed_at = StartReport::nothing, .errno_value = 0, .pid = job};
}

}  // namespace vigie::keep
