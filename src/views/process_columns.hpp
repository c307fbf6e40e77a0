// Rows about processes, for ps and tree: what each column shows and what must be read for it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "model/frame.hpp"
#include "views/column.hpp"

namespace vigie::views {

/// One process of a frame, or several workers of one trainer folded into one row.
struct ProcessRow {
  const Frame* frame = nullptr;
  std::size_t index = 0;                 ///< in the snapshot
  std::vector<std::size_t> folded = {};  ///< more processes that this row stands for; sums include them
  int depth = 0;
  std::string branch = {};         ///< lines of the tree before the command
  bool head = false;               ///< names a run and is no process
  std::size_t thread = no_thread;  ///< index into the snapshot's threads, when the row is one of them

  static constexpr std::size_t no_thread = static_cast<std::size_t>(-1);

  [[nodiscard]] const ProcessSample& process() const { return frame->snapshot->processes[index]; }
  /// nullptr when it belongs to none, or runs were not recognised.
  [[nodiscard]] const Run* run() const;
  [[nodiscard]] const Member* member() const;
  /// nullptr when the row is a whole process.
  [[nodiscard]] const ThreadSample* thread_sample() const;
};

using ProcessColumn = Column<ProcessRow>;

/// The run that a process of the frame belongs to; nullptr when there is none, or no process.
[[nodiscard]] const Run* run_of(const Frame& frame, const ProcessSample* process);

/// One row each of these processes, by their index in the snapshot; with `fold`, the loader workers of one trainer
/// share one.
[[nodiscard]] std::vector<ProcessRow> process_rows(const Frame& frame, const std::vector<std::size_t>& processes,
                                                   bool fold);
/// One row for each of their threads.
[[nodiscard]] std::vector<ProcessRow> thread_rows(const Frame& frame, const std::vector<std::size_t>& processes);

/// All columns, in the order of JSON.
[[nodiscard]] const std::vector<ProcessColumn>& process_columns();
/// The columns for programs by default: all but gpus, which --gpu adds, and the totals of --since-start.
[[nodiscard]] std::vector<ProcessColumn> process_columns_for_programs();

/// The columns of these names, or of those that procps has (`-o pcpu,rss,args`, ps(1)). An unknown name is an error of
/// kind usage that offers the nearest ones.
Result<std::vector<ProcessColumn>> columns_named(const std::vector<std::string>& names);

/// The column of that name, which must exist.
[[nodiscard]] const ProcessColumn& process_column(std::string_view name);

/// Puts gpus, gpu_memory_bytes and gpu_busy_percent before the last column, unless they are there.
void add_gpu_columns(std::vector<ProcessColumn>& columns);

/// Name of a user: as it was recorded, or asked once; the number when no user has it.
[[nodiscard]] std::string_view user_name(const Snapshot& snapshot, uid_t uid);

/// For rows some of which are heads: only the command says anything about a head.
[[nodiscard]] std::vector<ProcessColumn> below_heads(std::vector<ProcessColumn> columns);

/// Seconds since a process or thread started.
[[nodiscard]] double age_seconds(const Snapshot& snapshot, ProcessId id);

}  // namespace vigie::views
