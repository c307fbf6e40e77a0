#include "sources/trace/seize.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <memory>
#include <string_view>

#include <fmt/format.h>

#include "base/fd.hpp"
#include "base/text.hpp"
#include "sources/proc/read_once.hpp"
#include "sources/proc/stat.hpp"

namespace vigie::trace {
namespace {

/// The number that begins with the text after `name` in a status file; 0 when there is none.
pid_t number_of(std::string_view status, std::string_view name) {
  const std::size_t at = status.find(name);
  if (at == std::string_view::npos) return 0;
  std::string_view rest = status.substr(at + name.size());
  rest.remove_prefix(std::min(rest.find_first_not_of(" \t"), rest.size()));
  pid_t number = 0;
  std::from_chars(rest.data(), rest.data() + rest.size(), number);
  return number;
}

int yama_scope(const Root& root) {
  std::string text;
  if (proc::read_once(root.proc(), "sys/kernel/yama/ptrace_scope", text) != 0) return 0;
  int scope = 0;
  std::from_chars(text.data(), text.data() + text.size(), scope);
  return scope;
}

Refused facts_of(const Root& root, pid_t pid) {
  Refused facts{.pid = pid, .tracer_name = {}, .root = ::geteuid() == 0, .yama = yama_scope(root)};
  std::string text;
  if (proc::read_once(root.proc(), fmt::format("{}/status", pid).c_str(), text) == 0)
    facts.tracer = number_of(text, "\nTracerPid:");
  if (facts.tracer != 0 && proc::read_once(root.proc(), fmt::format("{}/comm", facts.tracer).c_str(), text) == 0)
    facts.tracer_name = text.substr(0, text.find('\n'));
  ProcessSample sample;
  if (proc::read_once(root.proc(), fmt::format("{}/stat", pid).c_str(), text) == 0 && proc::parse_stat(text, sample))
    facts.kernel_thread = sample.kernel_thread;
  struct stat owner{};
  if (::fstatat(root.proc(), fmt::format("{}", pid).c_str(), &owner, 0) == 0) facts.own = owner.st_uid == ::geteuid();
  return facts;
}

std::uint64_t start_of(int process_dir) {
  std::string text;
  return proc::read_once(process_dir, "stat", text) == 0 ? proc::parse_state(text).start_ticks : 0;
}

/// Seizes the threads that `tasks` lists and that are not seized yet. Returns 0 or, when none could be, the errno of
/// one. A thread that was made by a seized one refuses, because it is traced: it will be heard of; so does a first
/// thread that ended before the others.
int seize_listed(DIR& tasks, std::vector<pid_t>& seized) {
  constexpr long options =
      PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACECLONE | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACEEXEC;
  int error = 0;
  ::rewinddir(&tasks);
  while (const dirent* entry = ::readdir(&tasks)) {
    pid_t tid = 0;
    const std::string_view name = entry->d_name;
    if (std::from_chars(name.data(), name.data() + name.size(), tid).ec != std::errc() || tid <= 0) continue;
    if (std::ranges::find(seized, tid) != seized.end()) continue;
    if (::ptrace(PTRACE_SEIZE, tid, nullptr, options) == 0) {
      seized.push_back(tid);
    } else if (errno != ESRCH) {
      error = errno;
    }
  }
  return seized.empty() ? error : 0;
}

std::unexpected<Error> gone(ProcessId id) {
  return fail(fmt::format("process {} has ended", id.pid), ErrorKind::no_target);
}

}  // namespace

std::string why_refused(const Refused& facts) {
  if (facts.tracer != 0) {
    return fmt::format(
        "process {} is traced by process {} ({}) already, and a process can have one tracer only: end "
        "that one, or leave out --trace",
        facts.pid, facts.tracer, safe_text(facts.tracer_name));
  }
  if (facts.kernel_thread) return fmt::format("process {} is a kernel thread: it makes no system calls", facts.pid);
  const std::string may_not = fmt::format("may not trace process {}: ", facts.pid);
  if (facts.yama >= 3) {
    return may_not +
           "kernel.yama.ptrace_scope is 3, which forbids all tracing until the next boot; without --trace "
           "the calls are looked at instead";
  }
  if (facts.root) return may_not + "a container, or a security module, withholds CAP_SYS_PTRACE from this root";
  if (!facts.own) return may_not + "it belongs to another user; root (CAP_SYS_PTRACE) may";
  if (facts.yama == 2) return may_not + "kernel.yama.ptrace_scope is 2, which allows it to root (CAP_SYS_PTRACE) only";
  if (facts.yama == 1) {
    return may_not +
           "kernel.yama.ptrace_scope is 1, which lets only root trace a running process; run it as "
           "root, or let root say `sysctl kernel.yama.ptrace_scope=0` for as long as you need it";
  }
  return may_not + "it gave itself other rights (as setuid programs do); root (CAP_SYS_PTRACE) may";
}

Result<std::vector<pid_t>> seize_process(const Root& root, ProcessId id) {
  const Fd dir(::openat(root.proc(), fmt::format("{}", id.pid).c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!dir || start_of(dir.get()) != id.start_ticks) return gone(id);
  const int fd = ::openat(dir.get(), "task", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  const std::unique_ptr<DIR, int (*)(DIR*)> tasks(fd < 0 ? nullptr : ::fdopendir(fd), ::closedir);
  if (tasks == nullptr) return gone(id);
  std::vector<pid_t> seized;
  // A thread may make another between the listing and its own turn: until a whole listing brings none.
  for (std::size_t before = 1; before != seized.size();) {
    before = seized.size();
    const int error = seize_listed(*tasks, seized);
    if (error != 0) return std::unexpected(Error{why_refused(facts_of(root, id.pid)), ErrorKind::denied, error});
    if (seized.empty()) return gone(id);
  }
  return seized;
}

pid_t process_of(const Root& root, pid_t thread) {
  std::string text;
  if (proc::read_once(root.proc(), fmt::format("{}/status", thread).c_str(), text) != 0) return 0;
  return number_of(text, "\nTgid:");
}

}  // namespace vigie::trace
