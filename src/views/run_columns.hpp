// Rows about runs, for ls: what each column shows of a run.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "model/frame.hpp"
#include "views/column.hpp"

namespace vigie::views {

struct RunRow {
  const Frame* frame = nullptr;
  const Run* run = nullptr;
};
using RunColumn = Column<RunRow>;

/// All columns, in the order of JSON. The verdict is known where the frame was judged (watch_for_judging).
[[nodiscard]] const std::vector<RunColumn>& run_columns();

/// The user's choice for the table of runs.
struct RunChoice {
  bool users = false;     ///< the user of each run
  bool verdicts = false;  ///< the verdict on each run
  std::size_t width = 0;  ///< of the terminal; 0: any
};

/// The table for people.
struct RunTable {
  std::vector<RunColumn> columns;
  std::string note;  ///< "not shown on 80 columns: PROCS, PID"; empty when everything is
};
/// With GPUs where there are some, and as many columns as a narrow terminal has room for.
[[nodiscard]] RunTable run_table(const Frame& frame, const std::vector<RunRow>& rows, const RunChoice& choice);

/// What must be read for that, before the frame exists.
[[nodiscard]] Needs run_needs(const RunChoice& choice);

/// The course of its progress at the moment: empty of a run that is over or paused.
struct Course {
  std::optional<double> stalled_seconds;  ///< longer than any pause that is usual for it
  std::optional<double> seconds_left;     ///< while it moves
};
[[nodiscard]] Course course_of(const RunRow& row);

/// CPU of a run's live processes together; absent when none of them has any.
[[nodiscard]] Reading<double> cpu_percent_of(const Frame& frame, const Run& run);

}  // namespace vigie::views
