// Shared by the look commands: their flags, frames to look at, and writing the result once or again and again.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "feed/feed.hpp"
#include "format/table.hpp"
#include "model/frame.hpp"
#include "views/long_table.hpp"

namespace vigie::cli {

class Command;

/// The flags of every look command, as given.
struct LookOptions {
  const Command* command = nullptr;  ///< knows --root, and whether --watch and --interval were given
  bool json = false;
  bool csv = false;
  bool no_header = false;
  bool no_color = false;
  std::string watch;           ///< seconds after -w; may be empty
  std::string interval = "1";  ///< text of --interval
  std::string replay;          ///< a recording to look at instead of the present
  bool scrolls = false;        ///< with -w each look stands below the one before instead of taking its place

  [[nodiscard]] bool watching() const;
  /// Text, and neither JSON nor CSV.
  [[nodiscard]] bool for_people() const { return !json && !csv; }
};

/// Adds --json, --csv, -w, --interval, --no-header and --no-color. `interval` is the default shown.
void add_look_options(Command& command, LookOptions& options, const std::string& interval = "1");

/// Adds --replay, for the looks whose facts a recording holds. After add_look_options.
void add_replay_option(Command& command, LookOptions& options);

/// The output of a look for one frame, and the exit status that it stands for.
struct View {
  std::string text;
  int status = 0;
  bool last = false;  ///< with -w: no further one is wanted
};
using Render = std::function<Result<View>(const Frame& frame)>;

/// Takes frames as the options say and writes each one's view to standard output in one go. Status of the last view.
Result<int> look(const LookOptions& options, FeedOptions feed, const Render& render);

/// Appends the table in the format the user chose; in JSON with `more` in the same document.
void append_table(std::string& out, const LookOptions& options, const Frame& frame, std::string_view rows_name,
                  const format::Table& table, std::span<const format::Section> more = {});

/// Appends one line below a table for people, when `when` holds: what the table could not show, and how to see it.
/// Nothing in JSON and CSV: there the sources tell it.
void append_note(std::string& out, const LookOptions& options, bool when, std::string_view note);

/// Appends what the processes' source could not do in time, and which records could not be read, as notes.
void append_late_note(std::string& out, const LookOptions& options, const Frame& frame);

/// Fails when `what` could be read of no process in the frame's details, and says why; success when none was asked for.
Result<void> detail_failure(const Frame& frame, std::string_view what, bool denied);

/// Fails when the part was wanted of some process and could be read of none: with kind denied when that is the reason.
template <class T>
Result<void> some_detail_readable(const Frame& frame, Reading<T> ProcessDetail::* part, std::string_view what) {
  bool denied = false;
  for (const ProcessDetail& process : frame.snapshot->details) {
    if ((process.*part).has_value()) return {};
    denied = denied || (process.*part).presence() == Presence::denied;
  }
  return detail_failure(frame, what, denied);
}

/// Appends how many processes the part may not be read of, as a note.
template <class T>
void append_denied_note(std::string& out, const LookOptions& options, const Frame& frame,
                        Reading<T> ProcessDetail::* part) {
  std::size_t denied = 0;
  for (const ProcessDetail& process : frame.snapshot->details)
    denied += (process.*part).presence() == Presence::denied ? 1 : 0;
  append_note(out, options, denied > 0,
              std::to_string(denied) + " processes may not be looked into; root (CAP_SYS_PTRACE) sees them");
}

/// Columns of the terminal on standard output; 0 when it is none.
[[nodiscard]] std::size_t terminal_width();

/// Lines of the terminal on standard output; 0 when it is none.
[[nodiscard]] std::size_t terminal_height();

/// Where a table that grows look after look is written to.
[[nodiscard]] views::LongPlace long_place(const LookOptions& options);

/// Whether colours and bold text are wanted and possible.
[[nodiscard]] bool may_color(const LookOptions& options);

}  // namespace vigie::cli
