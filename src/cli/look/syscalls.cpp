// vigie syscalls: what the threads of a process or run wait in.
#include <algorithm>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "act/target.hpp"
#include "cli/command.hpp"
#include "cli/look.hpp"
#include "cli/look/syscalls_trace.hpp"
#include "views/call_rows.hpp"

namespace vigie::cli {

namespace {

struct SyscallsOptions {
  LookOptions look;
  std::string target;
  TraceOptions trace;
};

bool denied(const views::CallRow& row) {
  return row.seen->key.call.presence() == Presence::denied;
}

Result<View> render(const Frame& frame, const SyscallsOptions& options) {
  View view;
  const std::vector<views::CallRow> rows = views::call_rows(frame);
  if (rows.empty()) return pass(detail_failure(frame, "threads", false));
  const bool any_denied = std::ranges::any_of(rows, denied);
  const auto told = [](const views::CallRow& row) { return row.seen->key.call.has_value(); };
  if (any_denied && std::ranges::none_of(rows, told)) {
    return fail(fmt::format("may not see the system calls of process {}: that takes the right to trace it, which root "
                            "(CAP_SYS_PTRACE) has, and its owner unless /proc/sys/kernel/yama/ptrace_scope is above 0",
                            rows.front().pid),
                ErrorKind::denied);
  }
  append_table(view.text, options.look, frame, "syscalls", views::make_table(views::call_columns(), rows));
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
  feed.whom.alone = false;  // all processes show which ones must not be stopped
  feed.what.detail.before_trace = [warned = false](std::size_t processes) mutable {
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
