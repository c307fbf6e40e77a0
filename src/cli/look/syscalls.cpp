// vigie syscalls: what the threads of a process or run wait in.
#include <algorithm>
#include <cmath>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "act/target.hpp"
#include "cli/command.hpp"
#include "cli/look.hpp"
#include "cli/look/syscalls_trace.hpp"

namespace vigie::cli {

namespace {

using format::Cell;
using format::Column;

struct SyscallsOptions {
  LookOptions look;
  std::string target;
  TraceOptions trace;
};

struct Row {
  pid_t pid = 0;
  const CallShare* seen = nullptr;
};

/// The file of the call; without one, what such a call waits for.
Cell waits_for(const Row& row) {
  const CallKey& key = row.seen->key;
  if (!key.file.empty()) return std::string_view(key.file);
  if (!key.call || key.call->empty()) return Presence::not_read;
  switch (wait_kind(*key.call)) {
    case WaitKind::poll: return std::string_view("any of several files");
    case WaitKind::lock: return std::string_view("a lock or another thread");
    case WaitKind::stream: return std::string_view("a pipe or socket");
    case WaitKind::timer: return std::string_view("time to pass");
    case WaitKind::child: return std::string_view("a child process");
    case WaitKind::other: break;
  }
  return Presence::unknown;
}

Cell call_of(const Row& row) {
  const Reading<std::string>& call = row.seen->key.call;
  if (call && call->empty()) return Presence::not_read;  // in its own code
  return format::cell_of(call);
}

const std::vector<Column<Row>>& columns() {
  static const std::vector<Column<Row>> all = {
      {&metric("pid"), [](const Row& row) -> Cell { return std::int64_t{row.pid}; }, {}},
      {&metric("comm"), [](const Row& row) -> Cell { return std::string_view(row.seen->key.comm); }, {}},
      {&metric("thread_state"), [](const Row& row) -> Cell { return name_of(row.seen->key.state); }, {}},
      {&metric("sample_percent"), [](const Row& row) -> Cell { return 100 * row.seen->share; }, {}},
      {&metric("threads"),
       [](const Row& row) -> Cell { return static_cast<std::int64_t>(std::ceil(row.seen->threads)); },
       {}},
      {&metric("call"), call_of, {}},
      {&metric("waits_for"), waits_for, {}},
  };
  return all;
}

bool denied(const Row& row) {
  return row.seen->key.call.presence() == Presence::denied;
}

Result<View> render(const Frame& frame, const SyscallsOptions& options) {
  View view;
  std::vector<Row> rows;
  const std::vector<ProcessDetail>& details = frame.snapshot->details;
  for (std::size_t index = 0; index < details.size(); ++index) {
    if (!frame.delta.calls[index]) continue;
    for (const CallShare& seen : *frame.delta.calls[index]) rows.push_back({details[index].id.pid, &seen});
  }
  if (rows.empty()) return pass(detail_failure(frame, "threads", false));
  const bool any_denied = std::ranges::any_of(rows, denied);
  const auto told = [](const Row& row) { return row.seen->key.call.has_value(); };
  if (any_denied && std::ranges::none_of(rows, told)) {
    return fail(fmt::format("may not see the system calls of process {}: that takes the right to trace it, which root "
                            "(CAP_SYS_PTRACE) has, and its owner unless /proc/sys/kernel/yama/ptrace_scope is above 0",
                            rows.front().pid),
                ErrorKind::denied);
  }
  append_table(view.text, options.look, frame, "syscalls",
               format::make_table(std::span<const Column<Row>>(columns()), std::span<const Row>(rows)));
  append_note(view.text, options.look, any_denied, "calls shown as - may not be seen; root (CAP_SYS_PTRACE) sees them");
  return view;
}

Result<int> sample(const SyscallsOptions& options) {
  const FeedOptions feed = act::feed_about(options.target, proc::Detail::calls);
  return look(options.look, feed, [&](const Frame& frame) { return render(frame, options); });
}

Result<int> trace(SyscallsOptions& options) {
  if (!options.look.command->given("--interval")) options.look.interval = "5";
  FeedOptions feed = act::feed_about(options.target, proc::Detail::trace);
  feed.alone = false;  // who must not be stopped is told by all processes
  feed.detail.before_trace = [warned = false](std::size_t processes) mutable {
    if (!std::exchange(warned, true)) warn_of_tracing(processes);
  };
  int signal = 0;
  Result<int> status = look(options.look, feed, [&](const Frame& frame) {
    signal = frame.snapshot->trace->ended_by_signal;
    return render_trace(frame, options.look, options.trace);
  });
  if (status) obey(signal);
  return status;
}

}  // namespace

void define_syscalls(Command& command) {
  auto options = std::make_shared<SyscallsOptions>();
  command.examples(
      "Examples:\n"
      "  vigie syscalls resnet              where every process of a run waits, over two seconds\n"
      "  vigie syscalls --interval 10 4711  looked at for longer\n"
      "  vigie syscalls --trace 4711        every call for five seconds: counts, time, errors; which file is slow\n"
      "  vigie syscalls --trace --files -n 0 --interval 30 resnet\n"
      "Without --trace nothing is stopped: the threads are looked at twenty times a second.\n"
      "With --trace (ptrace, as strace does it) every thread is stopped at every call, for about 20 microseconds: a "
      "read\n"
      "of 4 KiB from memory takes 30 times as long, one of 10 milliseconds from a disk as long as before. Times "
      "include\n"
      "that. What the target starts meanwhile is traced too; a call that waits may return early with EINTR when the\n"
      "trace begins and ends. Whatever ends the trace, and Ctrl-C shows what there is, the target goes on.");
  command.option("TARGET", options->target, "PID, run, or %PATTERN").required();
  command.flag("--trace", options->trace.trace, "record every call, exactly; slows the target down meanwhile");
  command.flag("--files", options->trace.files, "with --trace: the files alone (in CSV they stand alone, too)");
  command.option("-n,--count", options->trace.count, "with --trace: so many of the files; 0 = all (10)")
      .value_name("N");
  add_look_options(command, options->look, "2");
  command.does([options, &command]() -> Result<int> {
    const bool given = command.given("--files") || command.given("--count");
    if (!options->trace.trace && given) return fail("--files and --count go with --trace", ErrorKind::usage);
    return options->trace.trace ? trace(*options) : sample(*options);
  });
}

}  // namespace vigie::cli
