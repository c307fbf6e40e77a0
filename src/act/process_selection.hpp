// Which processes `vigie ps` is about, alive or ended.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "act/pattern.hpp"
#include "base/result.hpp"
#include "model/frame.hpp"
#include "views/ended_columns.hpp"

namespace vigie::act {

/// Of a name or a number. Kind usage: this machine knows no such user.
[[nodiscard]] Result<uid_t> uid_named(const std::string& name);

/// As written on the command line.
struct SelectionWish {
  std::vector<std::string> targets;  ///< one PID, run or pattern, or several PIDs
  bool all = false;                  ///< of the host
  bool exact = false;                ///< the target is the name of a program
  std::vector<std::string> users;    ///< names or numbers; empty: any user's
  std::string cgroup;                ///< a pattern over control groups
};

class ProcessSelection {
 public:
  /// Kind usage when a pattern, user or list makes no sense.
  static Result<ProcessSelection> of(const SelectionWish& wish);

  /// The one target; empty when there is none, or several PIDs.
  [[nodiscard]] const std::string& target() const { return target_; }
  /// Several PIDs, ascending, each once; otherwise empty.
  [[nodiscard]] const std::vector<pid_t>& pids() const { return pids_; }
  /// Whether particular processes are meant, so that none of them is an answer.
  [[nodiscard]] bool is_named() const { return !target_.empty() || !pids_.empty(); }
  /// Whether only the processes of runs are meant: nothing else was asked for.
  [[nodiscard]] bool only_runs() const { return !is_named() && !all_ && users_.empty() && !cgroup_; }
  [[nodiscard]] bool exact() const { return exact_; }
  [[nodiscard]] bool by_cgroup() const { return cgroup_.has_value(); }

  /// Whether the target, as a pattern or name, matches the process. Never vigie itself, whose command line has it.
  [[nodiscard]] bool means(const ProcessSample& process) const;
  /// Indices into the snapshot. A PID is that process, a run's name its processes, anything else a pattern over command
  /// lines. Fails with kind no_target when the PID is not there.
  [[nodiscard]] Result<std::vector<std::size_t>> in(const Frame& frame) const;
  /// The processes that ended; a PID stands for its descendants, too. `ancestors` is as ancestors_of_ended() returns
  /// it, and must outlive the rows.
  [[nodiscard]] std::vector<views::EndedRow> ended_in(const Frame& frame,
                                                      const std::vector<std::vector<pid_t>>& ancestors) const;

 private:
  Result<void> read_targets(const std::vector<std::string>& targets);
  [[nodiscard]] Result<std::vector<std::size_t>> of_target(const Frame& frame) const;
  [[nodiscard]] bool has_user(const Reading<uid_t>& uid) const;
  [[nodiscard]] bool is_chosen(const views::EndedRow& row, int named_run) const;

  std::string target_;
  std::vector<pid_t> pids_;
  bool all_ = false, exact_ = false;
  std::vector<uid_t> users_;
  std::optional<Pattern> pattern_;  ///< the target as one; none with `exact`
  std::optional<Pattern> cgroup_;
};

}  // namespace vigie::act
