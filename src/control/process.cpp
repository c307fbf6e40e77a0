#include "control/process.hpp"

#include <poll.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cmath>
#include <csignal>

#include <fmt/format.h>

#include "base/clock.hpp"
#include "base/file.hpp"
#include "base/life_lock.hpp"
#include "base/process.hpp"
#include "model/keeper.hpp"

namespace vigie::control {
namespace {

std::unexpected<Error> gone(pid_t pid) {
  return fail(fmt::format("process {} no longer exists", pid), ErrorKind::no_target);
}

}  // namespace

Result<ProcessId> identify(pid_t pid) {
  ProcessStat stat;
  const int error = read_process_stat(pid, stat);
  if (is_shortage(error)) return fail_errno(fmt::format("cannot look at process {}", pid), error);
  if (error != 0) return gone(pid);
  return ProcessId{pid, stat.start_ticks};
}

Result<Fd> open_process(ProcessId id) {
  Fd pidfd(static_cast<int>(::syscall(SYS_pidfd_open, id.pid, 0)));
  if (!pidfd) {
    if (errno == ESRCH || errno == EINVAL) return gone(id.pid);
    return fail_errno(fmt::format("cannot open process {}", id.pid), errno);
  }
  // Compared after opening: from here on the pidfd keeps naming this process whatever happens to its pid.
  const Result<ProcessId> current = identify(id.pid);
  RETURN_IF_ERROR(current);
  if (*current != id) return gone(id.pid);
  return pidfd;
}

bool may_be_alive(ProcessId id) {
  const Result<Fd> process = open_process(id);
  return process || process.error().kind != ErrorKind::no_target;
}

Result<void> send_signal(const Fd& pidfd, int signal) {
  if (::syscall(SYS_pidfd_send_signal, pidfd.get(), signal, nullptr, 0) == 0) return {};
  if (errno == ESRCH) return fail("the process has ended", ErrorKind::no_target);
  return fail_errno("cannot send the signal", errno);
}

Result<void> send_signal(ProcessId id, int signal) {
  ASSIGN_OR_RETURN(Fd pidfd, open_process(id));
  return send_signal(pidfd, signal);
}

Result<void> send_signal_to_group(ProcessId member, pid_t group, int signal) {
  const Result<Fd> pidfd = open_process(member);
  // A group lives as long as it has a member: while this one exists, and is in it, the number names no other group.
  if (!pidfd || ::getpgid(member.pid) != group) return gone(member.pid);
  if (::kill(-group, signal) == 0) return {};
  if (errno == ESRCH) return gone(member.pid);
  return fail_errno(fmt::format("cannot signal process group {}", group), errno);
}

std::optional<Users> users_of(pid_t pid) {
  constexpr std::string_view key = "\nUid:";
  std::string status;
  if (read_file(-1, fmt::format("/proc/{}/status", pid).c_str(), status) != 0) return std::nullopt;
  // Name, above it, has its line ends escaped: this is the kernel's own line.
  std::size_t at = status.find(key);
  if (at == std::string::npos) return std::nullopt;
  at += key.size();
  Users users;
  for (uid_t* user : {&users.real, &users.effective, &users.saved, &users.filesystem}) {
    const auto [end, error] = std::from_chars(status.data() + at + 1, status.data() + status.size(), *user);
    if (error != std::errc{}) return std::nullopt;
    at = static_cast<std::size_t>(end - status.data());
  }
  return users;
}

char state_of(pid_t pid) {
  const std::optional<ProcessStat> stat = stat_of_process(pid);
  return stat ? stat->state : '?';
}

bool keeps_a_run(pid_t pid) {
  const std::optional<ProcessStat> stat = stat_of_process(pid);
  return stat && stat->comm == keeper_comm && may_hold_life_lock(pid);
}

std::optional<std::vector<pid_t>> children_of(pid_t parent) {
  std::string text;
  if (read_file(-1, fmt::format("/proc/{0}/task/{0}/children", parent).c_str(), text) != 0) return std::nullopt;
  std::vector<pid_t> children;
  const char* const last = text.data() + text.size();
  pid_t pid = 0;
  for (auto read = std::from_chars(text.data(), last, pid); read.ec == std::errc{};  // "12 34 "
       read = std::from_chars(std::min(read.ptr + 1, last), last, pid))
    children.push_back(pid);
  return children;
}

std::string why_it_survives(ProcessId id) {
  const Result<Fd> pidfd = open_process(id);
  if (!pidfd) return pidfd.error().kind == ErrorKind::no_target ? "" : pidfd.error().message;
  const char state = state_of(id.pid);
  if (wait_for_end(*pidfd, 0)) return "";  // when only its main thread has ended, the other threads go on
  const Result<void> asked = send_signal(*pidfd, 0);
  if (!asked && asked.error().kind == ErrorKind::denied) return "belongs to another user: only they or root can end it";
  if (!asked) return "";
  if (state == 'D')
    return "stuck in the kernel (state D), as with a dead disk or file server: it ends when that answers";
  return "still there";
}

bool wait_for_end(const Fd& pidfd, double timeout_seconds) {
  const std::int64_t deadline = now().boot_ns + static_cast<std::int64_t>(timeout_seconds * nanoseconds_per_second);
  while (true) {
    int milliseconds = -1;
    if (timeout_seconds >= 0) {
      const double left = static_cast<double>(deadline - now().boot_ns) / 1e6;
      milliseconds = static_cast<int>(std::ceil(std::fmin(std::fmax(left, 0), 1e9)));
    }
    pollfd item{pidfd.get(), POLLIN, 0};
    const int ready = ::poll(&item, 1, milliseconds);
    if (ready > 0) return true;
    if (ready == 0) return false;
    if (errno != EINTR) return false;
  }
}

}  // namespace vigie::control
