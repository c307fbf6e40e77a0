// What `vigie ps` shows of processes, and in which order: from the user's wish to columns.
#pragma once

#include <string>
#include <vector>

#include "base/result.hpp"
#include "views/choice.hpp"
#include "views/ended_columns.hpp"
#include "views/process_columns.hpp"

namespace vigie::views {

/// As written on the command line.
struct ProcessWish {
  std::vector<std::string> columns;  ///< empty: those that vigie chooses
  std::vector<std::string> sort;     ///< the first decides, the next where it is equal; - before one: largest first
  bool for_people = true;            ///< and not JSON or CSV
  bool pids = false;                 ///< the PIDs alone
  bool threads = false;              ///< a row for each thread
  bool of_runs = false;              ///< only the processes of runs are shown
  bool gpus = false;                 ///< with the columns about GPUs
  bool since_start = false;          ///< totals instead of rates
};

struct ProcessChoice {
  std::vector<ProcessColumn> columns;
  std::vector<SortKey<ProcessRow>> sort;
  Needs needs;  ///< of both; expensive ones (PSS, GPUs) only where they were asked for
};

/// Kind usage when there is no column of a name.
Result<ProcessChoice> process_choice(const ProcessWish& wish);

/// The same of processes that ended.
struct EndedChoice {
  std::vector<EndedColumn> columns;
  std::vector<SortKey<EndedRow>> sort;
};
/// `again`: looks follow below each other, so that the time of each end is wanted.
Result<EndedChoice> ended_choice(const std::vector<std::string>& columns, const std::vector<std::string>& sort,
                                 bool for_people, bool again);

}  // namespace vigie::views
