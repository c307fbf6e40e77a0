// Rows about processes, for ps and tree: what each column shows and what must be read for it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "format/table.hpp"
#include "model/frame.hpp"
#include "sources/proc/proc_source.hpp"

namespace vigie::cli {

/// One process of a frame, or several workers of one trainer folded into one row.
struct ProcessRow {
  const Frame* frame = nullptr;
  std::size_t index = 0;            ///< in the snapshot
  std::vector<std::size_t> folded;  ///< more processes that this row stands for; sums include them
  int depth = 0;
  std::string branch;              ///< lines of the tree before the command
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

struct ProcessColumn {
  std::string_view name;
  proc::Fields fields;      ///< to be read for it
  bool needs_runs = false;  ///< runs must be recognised for it
  format::Cell (*cell)(const ProcessRow&) = nullptr;
  bool needs_gpus = false;  ///< the GPUs' drivers must be asked for it
};

/// All columns, in the order of JSON.
[[nodiscard]] const std::vector<ProcessColumn>& process_columns();
/// What programs get unless they choose: all but gpus, which --gpu adds, and the totals of --since-start.
[[nodiscard]] std::vector<ProcessColumn> process_columns_for_programs();

/// The columns of these names, or of what procps calls them (`-o pcpu,rss,args`, ps(1)). An unknown name is an error of
/// kind usage that offers the nearest ones.
Result<std::vector<ProcessColumn>> columns_named(const std::vector<std::string>& names);

/// Puts gpus, gpu_memory_bytes and gpu_busy_percent before the last column, unless they are there.
void add_gpu_columns(std::vector<ProcessColumn>& columns);

/// What vigie calls the column that procps calls `name`; `name` itself when procps has none of that name.
[[nodiscard]] std::string_view without_alias(std::string_view name);

/// Name of a user: as it was recorded, or asked once; the number when nobody has it.
[[nodiscard]] std::string_view user_name(const Snapshot& snapshot, uid_t uid);

[[nodiscard]] std::vector<format::Column<ProcessRow>> format_columns(const std::vector<ProcessColumn>& columns);

/// What to read, all columns together.
[[nodiscard]] proc::Fields fields_of(const std::vector<ProcessColumn>& columns);

}  // namespace vigie::cli
