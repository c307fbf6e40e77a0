#include "keep/end/hooks.hpp"

#include <fcntl.h>
#include <linux/sched.h>
#include <pwd.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <utmpx.h>

#include <algorithm>
#include <csignal>
#include <cstring>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "base/argv.hpp"
#include "base/clock.hpp"
#include "base/fd.hpp"
#include "base/file.hpp"
#include "base/text.hpp"
#include "base/units.hpp"
#include "control/process.hpp"
#include "keep/start/job.hpp"
#include "keep/start/own_limits.hpp"

namespace vigie::keep {
namespace {

std::vector<std::string> hook_environment(const RunRecord& record, std::string_view message) {
  std::vector<std::string> environment = environment_of(record);
  const ExitRecord exit = record.exit.value_or(ExitRecord{});
  const auto when = [&](ExitRecord::Kind kind) {
    return record.exit && exit.kind == kind ? std::to_string(exit.value) : std::string();
  };
  environment.push_back(fmt::format("VIGIE_STATE={}", name_of(record.state)));
  environment.push_back("VIGIE_EXIT_REASON=" + exit.reason);
  environment.push_back("VIGIE_EXIT_CODE=" + when(ExitRecord::Kind::code));
  environment.push_back("VIGIE_EXIT_SIGNAL=" + when(ExitRecord::Kind::signal));
  environment.push_back(fmt::format("VIGIE_MESSAGE={}", message));
  return environment;
}

/// A file that holds the message and is gone once it is closed.
Fd message_file(std::string_view message) {
  Fd file(::memfd_create("vigie-message", MFD_CLOEXEC));
  if (!message.empty()) (void)write_all(file.get(), fmt::format("{}\n", message));
  ::lseek(file.get(), 0, SEEK_SET);
  return file;
}

}  // namespace

Fd run_hook(const RunRecord& record, const std::string& line, std::string_view message) {
  if (line.empty()) return {};
  // Everything is made before the fork: the child of a process with threads may allocate nothing.
  std::vector<std::string> environment = hook_environment(record, message);
  std::vector<std::string> arguments{"/bin/sh", "-c", line};
  const std::vector<char*> argv = pointers(arguments);
  const std::vector<char*> envp = pointers(environment);
  const Fd input = message_file(message);
  const std::string path = record.directory + "/hooks.log";
  const Result<Fd> log = open_own_file(path, O_WRONLY | O_CREAT | O_APPEND);
  int pidfd = -1;
  const long pid =
      ::syscall(SYS_clone, static_cast<unsigned long>(CLONE_PIDFD | SIGCHLD), nullptr, &pidfd, nullptr, nullptr);
  if (pid != 0) return Fd(pid > 0 ? pidfd : -1);
  ::setsid();
  ::dup2(input.get(), STDIN_FILENO);
  if (log) {
    ::dup2(log->get(), STDOUT_FILENO);
    ::dup2(log->get(), STDERR_FILENO);
  }
  restore_limits();
  reset_signals();
  if (::chdir(record.spec.cwd.c_str()) != 0) (void)!::chdir("/");
  ::execve(argv[0], argv.data(), envp.data());
  ::_exit(127);
}

std::string end_message(const RunRecord& record) {
  std::string text = fmt::format("{} {}", record.name, name_of(record.state));
  if (!record.exit) return text;
  const double seconds = static_cast<double>(record.exit->wall_ns - record.started_wall_ns) / nanoseconds_per_second;
  text += fmt::format(": {} (", record.exit->reason);
  if (record.attempt > 1) text += fmt::format("attempt {}, ", record.attempt);
  return text + fmt::format("after {})", human_duration(seconds));
}

void tell_terminals(std::string_view message) {
  const passwd* self = ::getpwuid(::geteuid());
  if (self == nullptr) return;
  const std::string name = self->pw_name;
  const std::string line = fmt::format("\r\nvigie: {}\r\n", safe_text(message));
  ::setutxent();
  while (const utmpx* entry = ::getutxent()) {
    const std::string_view user(entry->ut_user, ::strnlen(entry->ut_user, sizeof entry->ut_user));
    const std::string_view terminal(entry->ut_line, ::strnlen(entry->ut_line, sizeof entry->ut_line));
    if (entry->ut_type != USER_PROCESS || user != name || terminal.find("..") != std::string_view::npos) continue;
    const Fd device(::open(fmt::format("/dev/{}", terminal).c_str(), O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
    struct stat about{};
    const bool takes_messages =
        device && ::fstat(device.get(), &about) == 0 && S_ISCHR(about.st_mode) && (about.st_mode & S_IWGRP) != 0;
    if (takes_messages) (void)write_all(device.get(), line);
  }
  ::endutxent();
}

void Hooks::start(const RunRecord& record, const std::string& line, std::string_view message) {
  if (Fd hook = run_hook(record, line, message)) running_.push_back(std::move(hook));
}

void Hooks::tell_end(const RunRecord& ended, bool run_is_over) {
  constexpr double longest_hook_seconds = 30;
  const RunPolicy& policy = ended.spec.policy;
  const std::string message = end_message(ended);
  start(ended, policy.hooks.on_exit, message);
  if (run_is_over) {
    start(ended, policy.hooks.notify, message);
    if (policy.notify_terminals) tell_terminals(message);
  }
  // A client that waits for the run finds its hooks done; a hook that hangs holds nothing up for long.
  const Instant begin = now();
  for (const Fd& hook : running_) {
    (void)control::wait_for_end(hook, std::max(longest_hook_seconds - seconds_between(begin, now()), 0.0));
  }
}

}  // namespace vigie::keep
