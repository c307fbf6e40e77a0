// Follows a run's progress on its screen, at a bounded cost however much it prints.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/regex.hpp"
#include "keep/progress/progress.hpp"
#include "model/run.hpp"
#include "terminal/late_screen.hpp"

namespace vigie::keep {

class ProgressTracker {
 public:
  /// With a pattern (progress_pattern.hpp) only a line that matches it is progress, without one any line that looks
  /// like it. Reports with VIGIE_PROGRESS win over both, from the first one on.
  ProgressTracker(int rows, int columns, std::string_view pattern = {});

  /// Output of the program; looks for progress at most every half second.
  void write(std::string_view bytes, std::int64_t wall_ns);
  /// What was written until now is of the attempt before: the time until the next step is no pause of a training.
  void begin_attempt();
  /// The latest progress, looked for now when there was output since.
  [[nodiscard]] const std::optional<Progress>& latest();
  /// The screen that the output is drawn on: clients are shown it, and may change its size.
  [[nodiscard]] terminal::LateScreen& screen() { return screen_; }

 private:
  struct Point {
    std::int64_t wall_ns;
    std::uint64_t step;
  };

  void look_for_reports(std::string_view bytes);
  void read_screen(std::int64_t wall_ns);
  [[nodiscard]] std::optional<ProgressLine> read_line(const std::string& line) const;
  [[nodiscard]] std::optional<ProgressLine> read_row(const std::vector<std::string>& rows, std::size_t& row,
                                                     bool below_says_more) const;
  [[nodiscard]] std::vector<ProgressLine> lines_on_screen();
  [[nodiscard]] std::optional<Progress> chosen_of(std::vector<ProgressLine>& lines);
  void note_asides(const std::vector<ProgressLine>& lines);
  [[nodiscard]] std::vector<ProgressLine>::iterator outer_of(std::vector<ProgressLine>& lines);
  void fill_in(Progress& progress, const std::vector<ProgressLine>& lines) const;
  void note_heading(const std::vector<ProgressLine>& lines, std::size_t chosen);
  void accept(Progress progress);
  void measure(Progress& progress);
  void measure_gap(Progress& progress);

  terminal::LateScreen screen_;
  std::optional<Regex> pattern_;
  std::optional<Progress> progress_;
  std::deque<Point> points_;          ///< of the current epoch, the last ten seconds
  std::optional<Progress> heading_;   ///< the epoch that the program announced for what follows
  std::optional<Progress> reported_;  ///< the newest report that was not taken yet
  std::string line_;                  ///< the beginning of the line that is being written, while it may be a report
  bool reports_ = false;              ///< the program has reported once
  bool counts_steps_ = false;         ///< it has shown steps, not epochs alone
  std::string asides_;                ///< what bars beside the training counted at the last look
  std::uint64_t alone_total_ = 0;     ///< of the bar that was last seen with no other one
  int alone_moves_ = 0;               ///< how often it moved then: it counts steps, not loops of another bar
  std::int64_t read_wall_ns_ = 0;
  std::int64_t written_wall_ns_ = 0;  ///< when the last output came
  std::int64_t seen_wall_ns_ = 0;     ///< when its progress was last on the screen
  std::int64_t step_wall_ns_ = 0;     ///< when the step last moved
  bool dirty_ = false;
  bool begins_line_ = true;  ///< the next byte is the first of a line
};

}  // namespace vigie::keep
