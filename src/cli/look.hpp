// What the look commands share: their flags, frames to look at, and writing the result once or again and again.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "feed/feed.hpp"
#include "format/table.hpp"
#include "model/frame.hpp"

namespace CLI {
class App;
}

namespace vigie::cli {

/// The flags of every look command, as given.
struct LookOptions {
  const CLI::App* program = nullptr;  ///< knows --root
  const CLI::App* command = nullptr;  ///< knows whether --watch and --interval were given
  bool json = false;
  bool csv = false;
  bool no_header = false;
  bool no_color = false;
  std::string watch;           ///< seconds after -w; may be empty
  std::string interval = "1";  ///< text of --interval

  [[nodiscard]] bool watching() const;
};

/// Adds --json, --csv, -w, --interval, --no-header and --no-color. `interval` is the default shown.
void add_look_options(CLI::App& command, LookOptions& options, const std::string& interval = "1");

/// What a look prints for one frame, and the exit status it stands for.
struct View {
  std::string text;
  int status = 0;
};
using Render = std::function<Result<View>(const Frame& frame)>;

/// Takes frames as the options say and writes each one's view to standard output in one go. Status of the last view.
Result<int> look(const LookOptions& options, FeedOptions feed, const Render& render);

/// Appends the table in the format the user chose.
void append_table(std::string& out, const LookOptions& options, const Frame& frame, std::string_view rows_name,
                  const format::Table& table);

/// Writes to standard output. A reader that went away ends the program quietly.
Result<void> write_output(std::string_view text);

/// Columns of the terminal on standard output; 0 when it is none.
[[nodiscard]] std::size_t terminal_width();

/// "did you mean" for a misspelt name: the nearest of `names`, at most three, or an empty string.
[[nodiscard]] std::string suggestion(std::string_view wanted, const std::vector<std::string>& names);

/// Seconds since the process started.
[[nodiscard]] double age_seconds(const Snapshot& snapshot, const ProcessSample& process);

/// CPU of a run's live processes together; absent when none of them has any.
[[nodiscard]] Reading<double> cpu_percent_of(const Frame& frame, const Run& run);

}  // namespace vigie::cli
