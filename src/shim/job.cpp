#include "shim/job.hpp"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <string>
#include <vector>

#include <fmt/format.h>

namespace vigie::shim {
namespace {

constexpr winsize default_size{.ws_row = 50, .ws_col = 200, .ws_xpixel = 0, .ws_ypixel = 0};

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

/// The command; from the second attempt on what the user wants instead, when he does.
std::vector<std::string> command_of(const RunRecord& record) {
  const std::string& resume = record.spec.policy.resume_command;
  if (record.attempt > 1 && !resume.empty()) return {"/bin/sh", "-c", "exec " + resume};
  return record.spec.command;
}

[[noreturn]] void become_program(const RunRecord& record, const Streams& streams, int report) {
  const auto give_up = [report](StartReport::Step step) {
    const StartReport reason = failed(step, errno);
    (void)!::write(report, &reason, sizeof reason);
    ::_exit(127);
  };
  ::setpgid(0, 0);
  if (streams.pty) {
    // Foreground, so that Ctrl-C through the terminal reaches the program; SIGTTOU is ignored here still.
    ::tcsetpgrp(streams.theirs.get(), ::getpid());
    ::dup2(streams.theirs.get(), STDIN_FILENO);
  }
  ::dup2(streams.theirs.get(), STDOUT_FILENO);
  ::dup2(streams.theirs.get(), STDERR_FILENO);
  if (::chdir(record.spec.cwd.c_str()) != 0) give_up(StartReport::directory);
  if (record.spec.nice) ::setpriority(PRIO_PROCESS, 0, *record.spec.nice);
  reset_signals();
  std::vector<std::string> arguments = command_of(record);
  std::vector<std::string> environment = environment_of(record);
  ::execvpe(arguments.front().c_str(), pointers(arguments).data(), pointers(environment).data());
  give_up(StartReport::exec);
  ::_exit(127);
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
    if (!entry.starts_with("VIGIE_")) environment.push_back(entry);
  }
  environment.push_back("VIGIE_RUN_ID=" + record.id);
  environment.push_back("VIGIE_RUN_NAME=" + record.name);
  environment.push_back(fmt::format("VIGIE_ATTEMPT={}", record.attempt));
  environment.push_back("VIGIE_RUN_DIR=" + record.directory);
  return environment;
}

std::vector<char*> pointers(std::vector<std::string>& strings) {
  std::vector<char*> result;
  for (std::string& text : strings) result.push_back(text.data());
  result.push_back(nullptr);
  return result;
}

StartReport open_streams(bool pty, Streams& streams) {
  streams.pty = pty;
  if (!pty) return open_pipe(streams);
  streams.ours.reset(::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC));
  if (!streams.ours || ::grantpt(streams.ours.get()) != 0 || ::unlockpt(streams.ours.get()) != 0) {
    return failed(StartReport::terminal, errno);
  }
  // TIOCGPTPEER opens the slave through the master: right even when /dev/pts is another instance (containers).
  streams.theirs.reset(::ioctl(streams.ours.get(), TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC));
  if (!streams.theirs) return failed(StartReport::terminal, errno);
  ::ioctl(streams.ours.get(), TIOCSWINSZ, &default_size);
  termios settings{};
  if (::tcgetattr(streams.theirs.get(), &settings) == 0) {
    settings.c_iflag |= IUTF8;
    ::tcsetattr(streams.theirs.get(), TCSANOW, &settings);
  }
  if (::ioctl(streams.theirs.get(), TIOCSCTTY, 0) != 0) return failed(StartReport::terminal, errno);
  return {};
}

StartReport start_job(const RunRecord& record, const Streams& streams) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return failed(StartReport::process, errno);
  const Fd read_end(ends[0]);
  Fd write_end(ends[1]);
  const pid_t job = ::fork();
  if (job < 0) return failed(StartReport::process, errno);
  if (job == 0) become_program(record, streams, write_end.get());
  write_end.reset();
  StartReport report;
  ssize_t got = 0;
  do {
    got = ::read(read_end.get(), &report, sizeof report);
  } while (got < 0 && errno == EINTR);
  if (got == sizeof report) {
    ::waitpid(job, nullptr, 0);
    return report;
  }
  return {.failed_at = StartReport::nothing, .errno_value = 0, .pid = job};  // closed by execve: it runs
}

}  // namespace vigie::shim
