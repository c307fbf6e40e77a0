#include "cli/look/syscalls_trace.hpp"

#include <signal.h>

#include <algorithm>
#include <iterator>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "base/text.hpp"
#include "cli/say.hpp"
#include "views/traced_call_rows.hpp"

namespace vigie::cli {

namespace {

/// "futex 3, read 1": what threads were in when the recording ended.
std::string unfinished_text(const CallTrace& trace) {
  std::string text;
  for (const TracedCall& call : trace.calls) {
    if (call.unfinished > 0)
      fmt::format_to(std::back_inserter(text), "{}{} {}", text.empty() ? "" : ", ", call.name, call.unfinished);
  }
  return text;
}

std::string plural(std::uint64_t count, std::string_view what) {
  return fmt::format("{} {}{}", count, what, count == 1 ? "" : count > 1 && what.back() == 's' ? "es" : "s");
}

void append_notes(View& view, const CallTrace& trace, const LookOptions& look, std::size_t files_hidden) {
  append_note(view.text, look, files_hidden > 0, fmt::format("and {}; -n 0 shows all", plural(files_hidden, "file")));
  const std::string unfinished = unfinished_text(trace);
  append_note(view.text, look, !unfinished.empty(), "not yet returned, their time counts: " + unfinished);
  append_note(view.text, look, true,
              fmt::format("{}, {}, traced for {:.1f} s{}", plural(trace.processes, "process"),
                          plural(trace.threads, "thread"), trace.seconds, trace.all_ended ? "; all have ended" : ""));
  for (const UntracedProcess& one : trace.untraced) {
    append_note(view.text, look, true,
                fmt::format("process {} ({}) was left out: {}", one.id.pid, safe_text(one.comm), name_of(one.why)));
  }
}

}  // namespace

Result<View> render_trace(const Frame& frame, const LookOptions& look, const TraceOptions& options) {
  const CallTrace& trace = *frame.snapshot->trace;
  const bool people = look.for_people();
  const std::vector<views::TracedCallRow> calls = views::traced_call_rows(frame);
  std::vector<views::TracedFileRow> files = views::traced_file_rows(frame);
  std::size_t hidden = 0;
  if (people && options.count > 0 && files.size() > options.count) {
    hidden = files.size() - options.count;
    files.resize(options.count);
  }
  const format::Table call_table =
      views::make_table(people ? views::traced_call_columns_for_people() : views::traced_call_columns(), calls);
  const format::Table file_table = views::make_table(views::traced_file_columns(), files);
  View view;
  if (options.files) {
    append_table(view.text, look, frame, "files", file_table);
  } else {
    const format::Section section{"files", &file_table};
    append_table(view.text, look, frame, "calls", call_table, std::span(&section, 1));
    if (people) {
      view.text += '\n';
      append_table(view.text, look, frame, "files", file_table);
    }
  }
  append_notes(view, trace, look, hidden);
  view.last = trace.ended_by_signal != 0;
  return view;
}

void warn_of_tracing(std::size_t processes) {
  complain("tracing slows {} down: each system call takes some 20 microseconds longer",
           processes == 1 ? "the process" : fmt::format("{} processes", processes));
}

void obey(int signal) {
  if (signal == 0) return;
  ::signal(signal, SIG_DFL);
  ::raise(signal);
}

}  // namespace vigie::cli
