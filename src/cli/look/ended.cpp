#include "cli/look/ended.hpp"

#include <fmt/format.h>

#include <utility>

#include "base/units.hpp"
#include "runs/ended.hpp"
#include "views/long_table.hpp"
#include "views/process_choice.hpp"

namespace vigie::cli {

namespace {

/// Writes look after look below each other.
class Stream {
 public:
  Stream(const EndedOptions& options, const act::ProcessSelection& which, const views::EndedChoice& choice)
      : options_(options),
        which_(which),
        columns_(options.look.for_people() ? views::for_people(choice.columns) : choice.columns),
        sort_(choice.sort) {
    if (!options.look.for_people()) return;
    text_.keep_widths(columns_);
    constexpr std::pair<std::string_view, std::uint8_t> narrow[] = {
        {"end_time", 8}, {"elapsed_seconds", 5}, {"cpu_seconds", 5}, {"pid", 5}, {"ppid", 5}, {"user", 4}, {"run", 3}};
    for (const auto& [name, width] : narrow) text_.set_width(name, width);
  }

  View next(const Frame& frame) {
    const std::vector<std::vector<pid_t>> ancestors = ancestors_of_ended(*frame.snapshot);
    std::vector<views::EndedRow> rows = which_.ended_in(frame, ancestors);
    views::sort_by(rows, sort_);
    if (options_.count > 0 && rows.size() > options_.count) rows.resize(options_.count);
    View view{.text = {}, .status = rows.empty() && which_.is_named() ? 1 : 0};
    if (options_.pids) {
      for (const views::EndedRow& row : rows) view.text += fmt::format("{}\n", row.process->id.pid);
      return view;
    }
    const format::Table table = views::make_table(columns_, rows);
    if (options_.look.json) {
      append_table(view.text, options_.look, frame, "ended", table);
    } else if (options_.look.csv) {
      format::append_csv(view.text, table, first_ && !options_.look.no_header);
    } else {
      text_.append(view.text, long_place(options_.look), table);
      append_notes(view.text, frame, rows.empty());
    }
    first_ = false;
    return view;
  }

 private:
  void append_notes(std::string& out, const Frame& frame, bool nothing) const {
    append_note(out, options_.look, nothing && !options_.look.watching(),
                fmt::format("(no{} process ended within {})", which_.is_named() ? " such" : "",
                            human_duration(frame.delta.elapsed_seconds)));
    for (const SourceStatus& source : frame.snapshot->sources) {
      append_note(out, options_.look, source.name == "events" && source.state != SourceState::ok,
                  "(" + source.reason + ")");
    }
  }

  const EndedOptions& options_;
  const act::ProcessSelection& which_;
  std::vector<views::EndedColumn> columns_;
  const std::vector<views::SortKey<views::EndedRow>>& sort_;
  views::LongTable text_;
  bool first_ = true;
};

}  // namespace

Result<int> look_at_ended(const act::ProcessSelection& which, const EndedOptions& options) {
  if (!which.pids().empty()) return fail("--ended takes one PID, run or pattern", ErrorKind::usage);
  const Result<views::EndedChoice> choice =
      views::ended_choice(options.columns, options.sort, options.look.for_people(), options.look.watching());
  RETURN_IF_ERROR(choice);
  Result<double> interval = parse_duration(options.look.interval);
  RETURN_IF_ERROR(interval);
  if (*interval <= 0) return fail("--ended needs an --interval above 0: the time to look for", ErrorKind::usage);
  FeedOptions feed;
  feed.what.fields = proc::Field::cmdline;
  feed.what.events = true;
  LookOptions look_options = options.look;
  look_options.scrolls = true;
  Stream stream(options, which, *choice);
  return look(look_options, feed, [&](const Frame& frame) -> Result<View> { return stream.next(frame); });
}

}  // namespace vigie::cli
