#include "cli/look/ended.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <span>

#include "act/pattern.hpp"
#include "base/units.hpp"
#include "cli/command.hpp"
#include "cli/look/long_table.hpp"
#include "runs/ended.hpp"
#include "views/choice.hpp"
#include "views/ended_columns.hpp"

namespace vigie::cli {

namespace {

using views::EndedColumn;
using views::EndedRow;

/// The command line, checked and looked up.
struct Request {
  std::vector<EndedColumn> columns;
  std::vector<views::SortKey<EndedRow>> sort;
  pid_t pid = 0;  ///< when the target is one
  std::optional<act::Pattern> pattern;
  bool people = true;
};

views::Choice<EndedRow> all_columns() {
  return {.all = views::ended_columns(), .what = " of processes that ended"};
}

Result<std::vector<EndedColumn>> chosen_columns(const EndedOptions& options, bool people) {
  std::vector<std::string> names = options.columns;
  if (names.empty() && people) {
    names = {"exit", "elapsed_seconds", "cpu_seconds", "pid", "ppid", "parent", "user", "run", "command"};
    if (options.look.watching()) names.insert(names.begin(), "end_time");
  }
  return names.empty() ? views::ended_columns() : all_columns().named(names);
}

Result<Request> understand(const EndedOptions& options) {
  Request request;
  request.people = options.look.for_people();
  Result<std::vector<EndedColumn>> columns = chosen_columns(options, request.people);
  if (!columns) return pass(std::move(columns));
  request.columns = std::move(*columns);
  for (const std::string& name : options.sort) {
    const views::WrittenKey key(name);
    Result<EndedColumn> column = all_columns().named(key.name);
    if (!column) return pass(std::move(column));
    request.sort.push_back({std::move(*column), key.descending});
  }
  const std::string& text = options.target;
  if (text.empty() || options.exact) return request;
  if (text.find_first_not_of("0123456789") == std::string::npos && text.size() < 10) {
    request.pid = static_cast<pid_t>(std::stol(text));
    return request;
  }
  Result<act::Pattern> pattern = act::Pattern::compile(std::string_view(text).substr(text.front() == '%' ? 1 : 0));
  if (!pattern) return pass(std::move(pattern));
  request.pattern = std::move(*pattern);
  return request;
}

/// A run of that name means its processes; a pattern that is no run's name is one over command lines.
bool is_chosen(const EndedRow& row, const EndedOptions& options, const Request& request, int named_run) {
  const EndedProcess& process = *row.process;
  if (!options.users.empty() && (!process.uid || std::ranges::find(options.users, *process.uid) == options.users.end()))
    return false;
  if (options.target.empty()) return true;
  if (options.exact) return process.comm && *process.comm == options.target;
  if (request.pid > 0) {
    return process.id.pid == request.pid || std::ranges::find(row.ancestors, request.pid) != row.ancestors.end();
  }
  if (named_run >= 0) return row.run == named_run;
  const Reading<std::string> command = command_text(process);
  return command && request.pattern->matches(*command);
}

std::vector<EndedRow> rows_of(const Frame& frame, const EndedOptions& options, const Request& request,
                              const std::vector<std::vector<pid_t>>& ancestors) {
  const Snapshot& snapshot = *frame.snapshot;
  const std::vector<int> runs = runs_of_ended(snapshot, frame.view, ancestors);
  const auto named = std::ranges::find_if(frame.view.runs, [&](const Run& run) {
    return !options.target.empty() && (run.name == options.target || run.id == options.target);
  });
  const int named_run = named == frame.view.runs.end() ? -1 : static_cast<int>(named - frame.view.runs.begin());
  std::vector<EndedRow> rows;
  for (std::size_t index = 0; index < snapshot.ended.size(); ++index) {
    const EndedRow row{
        .frame = &frame, .process = &snapshot.ended[index], .ancestors = ancestors[index], .run = runs[index]};
    if (is_chosen(row, options, request, named_run)) rows.push_back(row);
  }
  views::sort_by(rows, request.sort);
  if (options.count > 0 && rows.size() > options.count) rows.resize(options.count);
  return rows;
}

/// Writes look after look below each other.
class Stream {
 public:
  Stream(const EndedOptions& options, const Request& request)
      : options_(options),
        columns_(request.people ? views::for_people(request.columns) : request.columns),
        request_(request) {
    if (!request.people) return;
    text_.keep_widths(columns_);
    constexpr std::pair<std::string_view, std::uint8_t> narrow[] = {
        {"end_time", 8}, {"elapsed_seconds", 5}, {"cpu_seconds", 5}, {"pid", 5}, {"ppid", 5}, {"user", 4}, {"run", 3}};
    for (const auto& [name, width] : narrow) text_.set_width(name, width);
  }

  View next(const Frame& frame) {
    const std::vector<std::vector<pid_t>> ancestors = ancestors_of_ended(*frame.snapshot);
    const std::vector<EndedRow> rows = rows_of(frame, options_, request_, ancestors);
    View view{.text = {}, .status = rows.empty() && !options_.target.empty() ? 1 : 0};
    if (options_.pids) {
      for (const EndedRow& row : rows) view.text += fmt::format("{}\n", row.process->id.pid);
      return view;
    }
    const format::Table table = views::make_table(columns_, rows);
    if (options_.look.json) {
      append_table(view.text, options_.look, frame, "ended", table);
    } else if (options_.look.csv) {
      format::append_csv(view.text, table, first_ && !options_.look.no_header);
    } else {
      text_.append(view.text, options_.look, table);
      append_notes(view.text, frame, rows.empty());
    }
    first_ = false;
    return view;
  }

 private:
  void append_notes(std::string& out, const Frame& frame, bool nothing) const {
    append_note(out, options_.look, nothing && !options_.look.watching(),
                fmt::format("(no{} process ended within {})", options_.target.empty() ? "" : " such",
                            human_duration(frame.delta.elapsed_seconds)));
    for (const SourceStatus& source : frame.snapshot->sources) {
      append_note(out, options_.look, source.name == "events" && source.state != SourceState::ok,
                  "(" + source.reason + ")");
    }
  }

  const EndedOptions& options_;
  std::vector<EndedColumn> columns_;
  const Request& request_;
  LongTable text_;
  bool first_ = true;
};

}  // namespace

Result<int> look_at_ended(const EndedOptions& options) {
  Result<Request> request = understand(options);
  if (!request) return pass(std::move(request));
  Result<double> interval = parse_duration(options.look.interval);
  if (!interval) return pass(std::move(interval));
  if (*interval <= 0) return fail("--ended needs an --interval above 0: the time to look for", ErrorKind::usage);
  FeedOptions feed;
  feed.fields = proc::Field::cmdline;
  feed.events = true;
  LookOptions look_options = options.look;
  look_options.scrolls = true;
  Stream stream(options, *request);
  return look(look_options, feed, [&](const Frame& frame) -> Result<View> { return stream.next(frame); });
}

}  // namespace vigie::cli
