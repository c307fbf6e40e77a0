#include "sources/trace/tracer.hpp"

#include <sys/ptrace.h>
#include <sys/wait.h>
#include <time.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include <fmt/format.h>

#include "base/clock.hpp"
#include "sources/proc/call.hpp"
#include "sources/proc/read_once.hpp"
#include "sources/proc/stat.hpp"
#include "sources/trace/file_names.hpp"
#include "sources/trace/interrupts.hpp"
#include "sources/trace/ledger.hpp"
#include "sources/trace/seize.hpp"

namespace vigie::trace {
namespace {

#if defined(__x86_64__)
constexpr std::uint32_t native_architecture =
    0xc000003e;  // AUDIT_ARCH_X86_64 of linux/audit.h, which clashes with libc
#elif defined(__aarch64__)
constexpr std::uint32_t native_architecture = 0xc00000b7;
#else
#error "which AUDIT_ARCH_... of linux/audit.h is native here?"
#endif

/// A thread in uninterruptible sleep cannot be let go before it wakes; the kernel does so when vigie ends.
constexpr std::int64_t longest_farewell = 2 * nanoseconds_per_second;

bool is_stop_signal(int signal) {
  return signal == SIGSTOP || signal == SIGTSTP || signal == SIGTTIN || signal == SIGTTOU;
}

class Tracing {
 public:
  explicit Tracing(const Root& root) : root_(root), names_(root), ledger_(names_) {}
  Tracing(const Tracing&) = delete;
  Tracing& operator=(const Tracing&) = delete;
  ~Tracing() { let_go(); }

  Result<void> begin(std::span<const ProcessId> processes);
  void follow_until(std::int64_t deadline);
  /// Lets every thread run on untraced.
  void let_go();
  Result<CallTrace> finish();

 private:
  void add(pid_t thread, pid_t process);
  void hear(pid_t thread, int status);
  void hear_stop(pid_t thread, int status);
  void hear_event(pid_t thread, int event);
  void hear_call(ThreadRef thread);
  void begin_thread(ThreadRef thread);
  void go_on(pid_t thread, int signal);
  bool wait_for_one(std::int64_t deadline);

  const Root& root_;
  FileNames names_;
  Ledger ledger_;
  std::unordered_map<pid_t, pid_t> threads_;  ///< each with its process
  std::unordered_set<pid_t> processes_;
  std::unordered_set<pid_t> early_;  ///< heard of before its maker has told of it
  std::vector<UntracedProcess> untraced_;
  std::uint64_t thread_count_ = 0;
  std::int64_t begin_ = 0, end_ = 0;
  bool leaving_ = false, unsupported_ = false, all_ended_ = false;
};

void Tracing::add(pid_t thread, pid_t process) {
  if (!threads_.try_emplace(thread, process).second) return;
  ++thread_count_;
  processes_.insert(process);
}

Result<void> Tracing::begin(std::span<const ProcessId> processes) {
  std::optional<Error> first;
  for (const ProcessId& id : processes) {
    Result<std::vector<pid_t>> seized = seize_process(root_, id);
    if (seized) {
      for (const pid_t thread : *seized) add(thread, id.pid);
      continue;
    }
    if (seized.error().kind == ErrorKind::denied) {
      std::string comm;
      if (proc::read_once(root_.proc(), fmt::format("{}/comm", id.pid).c_str(), comm) == 0)
        comm.resize(std::min(comm.find('\n'), comm.size()));
      untraced_.push_back({id, std::move(comm), Untraced::denied});
    }
    if (!first || first->kind != ErrorKind::denied) first = std::move(seized).error();
  }
  if (threads_.empty() && first) return std::unexpected(std::move(*first));
  begin_ = end_ = monotonic_ns();
  for (const auto& [thread, process] : threads_) begin_thread({process, thread});
  return {};
}

/// Resumes a stopped thread, with `signal` delivered to it unless that is 0; for good when leaving.
void Tracing::go_on(pid_t thread, int signal) {
  // The kernel wants the number in a pointer. A thread that was killed meanwhile is heard of by its end.
  const auto data = static_cast<std::uintptr_t>(signal);
  if (!leaving_) {
    ::ptrace(PTRACE_SYSCALL, thread, nullptr, data);
  } else if (::ptrace(PTRACE_DETACH, thread, nullptr, data) == 0) {
    threads_.erase(thread);
  }
}

/// Stops a thread once, so that from then on its calls are heard of. A call that it waits in is told before: the kernel
/// will take that up again.
void Tracing::begin_thread(ThreadRef thread) {
  std::string text;
  std::optional<Entry> begun;
  if (proc::read_once(root_.proc(), fmt::format("{}/syscall", thread.thread).c_str(), text) == 0) {
    const std::optional<proc::CallLine> line = proc::parse_call(text);
    if (line && !line->running && line->number >= 0)
      begun = Entry{.number = line->number, .arguments = line->arguments};
  }
  ledger_.thread_began(thread, monotonic_ns(), begun);
  ::ptrace(PTRACE_INTERRUPT, thread.thread, nullptr, nullptr);
}

void Tracing::hear_call(ThreadRef thread) {
  const std::int64_t now = monotonic_ns();
  __ptrace_syscall_info info{};
  if (::ptrace(PTRACE_GET_SYSCALL_INFO, thread.thread, sizeof info, &info) <= 0) {
    unsupported_ = unsupported_ || errno == EIO || errno == EINVAL;
    return;
  }
  if (info.op == PTRACE_SYSCALL_INFO_ENTRY) {
    if (leaving_) return;
    Entry entry{.number = static_cast<long>(info.entry.nr),
                .instruction = info.instruction_pointer,
                .native = info.arch == native_architecture};
    std::ranges::copy(info.entry.args, entry.arguments.begin());
    ledger_.entered(thread, entry, now);
  } else if (info.op == PTRACE_SYSCALL_INFO_EXIT) {
    // Taking leave interrupts every call that waits: those that the kernel does not take up again had not returned.
    if (leaving_ && info.exit.rval == -EINTR) return;
    ledger_.left(thread, info.exit.rval, info.exit.is_error != 0, now);
  }
}

void Tracing::hear_event(pid_t thread, int event) {
  unsigned long message = 0;
  ::ptrace(PTRACE_GETEVENTMSG, thread, nullptr, &message);
  const auto other = static_cast<pid_t>(message);
  if (event == PTRACE_EVENT_EXEC) {
    // All other threads are gone, and the one that executes has the id of the first.
    ledger_.renamed(other, {thread, thread});
    if (other != thread) threads_.erase(other);
  } else if (event == PTRACE_EVENT_CLONE || event == PTRACE_EVENT_FORK || event == PTRACE_EVENT_VFORK) {
    if (early_.erase(other) > 0) return;  // it may even have ended by now
    if (const pid_t process = process_of(root_, other); process > 0) add(other, process);
  }
}

void Tracing::hear_stop(pid_t thread, int status) {
  const int signal = WSTOPSIG(status);
  const int event = status >> 16;
  const ThreadRef ref{threads_.at(thread), thread};
  if (signal == (SIGTRAP | 0x80)) {
    hear_call(ref);
    go_on(thread, 0);
  } else if (event == PTRACE_EVENT_STOP) {
    // A stop of the whole process is kept: the thread waits in it for SIGCONT, as it would untraced.
    if (is_stop_signal(signal) && !leaving_) {
      ::ptrace(PTRACE_LISTEN, thread, nullptr, nullptr);
    } else {
      go_on(thread, 0);
    }
  } else if (event != 0) {
    hear_event(thread, event);
    go_on(thread, 0);
  } else {
    go_on(thread, signal);
  }
}

void Tracing::hear(pid_t thread, int status) {
  const bool stopped = WIFSTOPPED(status);
  if (!threads_.contains(thread)) {
    early_.insert(thread);
    const pid_t process = stopped ? process_of(root_, thread) : 0;
    if (stopped) add(thread, process > 0 ? process : thread);
  }
  if (stopped) {
    hear_stop(thread, status);
  } else {
    ledger_.thread_ended({0, thread}, monotonic_ns());
    threads_.erase(thread);
  }
}

/// False when there is nothing left to wait for, or no time.
bool Tracing::wait_for_one(std::int64_t deadline) {
  int status = 0;
  const pid_t thread = ::waitpid(-1, &status, __WALL);
  if (thread > 0) hear(thread, status);
  if (thread < 0 && errno == ECHILD) threads_.clear();
  return !threads_.empty() && monotonic_ns() < deadline;
}

void Tracing::follow_until(std::int64_t deadline) {
  while (wait_for_one(deadline) && !unsupported_ && Interrupts::received() == 0) {
  }
  end_ = monotonic_ns();
  all_ended_ = threads_.empty();
}

void Tracing::let_go() {
  leaving_ = true;
  for (const auto& [thread, process] : threads_) ::ptrace(PTRACE_INTERRUPT, thread, nullptr, nullptr);
  const std::int64_t deadline = monotonic_ns() + longest_farewell;
  while (!threads_.empty() && wait_for_one(deadline)) {
  }
  // A thread whose maker was killed before it could tell of it.
  int status = 0;
  for (pid_t thread = 0; (thread = ::waitpid(-1, &status, __WALL | WNOHANG)) > 0;) hear(thread, status);
}

Result<CallTrace> Tracing::finish() {
  if (unsupported_) {
    return fail(
        "--trace takes Linux 5.3 or later (PTRACE_GET_SYSCALL_INFO); without --trace the calls are looked at instead");
  }
  CallTrace trace = ledger_.finish(end_);
  trace.seconds = static_cast<double>(end_ - begin_) / static_cast<double>(nanoseconds_per_second);
  trace.processes = processes_.size();
  trace.threads = thread_count_;
  trace.untraced = std::move(untraced_);
  trace.all_ended = all_ended_;
  trace.ended_by_signal = Interrupts::received();
  return trace;
}

}  // namespace

Result<CallTrace> trace_calls(const Root& root, std::span<const ProcessId> processes, double seconds) {
  const Interrupts interrupts;
  Tracing tracing(root);
  RETURN_IF_ERROR(tracing.begin(processes));
  tracing.follow_until(monotonic_ns() + to_nanoseconds(seconds));
  tracing.let_go();
  return tracing.finish();
}

}  // namespace vigie::trace
