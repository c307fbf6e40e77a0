// Processes from a BPF task iterator: one read for hundreds of them instead of three system calls for each. Needs
// CAP_BPF and CAP_PERFMON, Linux 6.7 (open-coded task iterators) with BTF, and the host's own PID namespace.
#pragma once

#include <utility>
#include <vector>

#include "base/fd.hpp"
#include "base/result.hpp"
#include "base/root.hpp"
#include "sources/bpf/record.h"
#include "sources/proc/proc_source.hpp"

namespace vigie::bpf {

/// The loaded iterator. Loading takes some ten milliseconds; scanning then costs a fraction of reading /proc.
class TaskSource {
 public:
  /// Errors say in one sentence why BPF cannot be used here.
  static Result<TaskSource> load(const Root& root);

  /// Reads all processes as they are now.
  Result<void> look();

  /// As proc::StatProvider::fill, of the last look. CPU time is /proc's to the tick. Declines kernel threads whose
  /// names /proc alone has in full.
  bool fill(pid_t pid, proc::Fields& fields, ProcessSample& process);

 private:
  explicit TaskSource(Fd link) : link_(std::move(link)) {}

  Fd link_;
  std::vector<vigie_task> tasks_;   ///< of the last look, ascending by pid
  std::vector<vigie_task> before_;  ///< of the look before
  std::size_t next_ = 0;            ///< into tasks_: the process to be asked for next
};

/// Fills in what the record holds of `fields` and of PID/stat.
void fill_sample(const vigie_task& task, proc::Fields fields, ProcessSample& process);

/// Whether the kernel shows a longer name of it in /proc than a task's 15 bytes.
[[nodiscard]] bool name_may_be_cut(const vigie_task& task);

/// Puts into `shown_user` and `shown_system` what /proc would show now, given what was shown `before`: both ascending
/// by pid.
void settle_times(std::vector<vigie_task>& tasks, const std::vector<vigie_task>& before);

}  // namespace vigie::bpf
