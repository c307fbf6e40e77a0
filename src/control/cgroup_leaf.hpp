// A control group (version 2) that holds the processes of one run and no others: an act on it reaches all of them at
// once, and those forked meanwhile, too. It takes no controllers (Documentation/admin-guide/cgroup-v2.rst).
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

#include "base/fd.hpp"
#include "base/result.hpp"
#include "model/run.hpp"

namespace vigie::control {

class CgroupLeaf {
 public:
  /// An existing one.
  explicit CgroupLeaf(std::string directory) : directory_(std::move(directory)) {}
  /// The one that a record says its run has. A record is a file, and its owner may write anything into it: each use
  /// fails unless the directory is reached without symbolic links, is a control group of version 2, has a name that
  /// vigie gives to those of this run, and belongs to the owner of the record.
  static CgroupLeaf of_run(const RunRecord& record);
  /// Makes `parent`/`name`. Fails, and leaves nothing behind, where the kernel cannot kill it as a whole (before 5.14).
  static Result<CgroupLeaf> make(const std::string& parent, const std::string& name);

  [[nodiscard]] const std::string& directory() const { return directory_; }
  /// For clone3(2) with CLONE_INTO_CGROUP.
  [[nodiscard]] Result<Fd> open() const;
  /// Every process in it and in groups below it, zombies included; empty when it is gone.
  [[nodiscard]] std::vector<pid_t> pids() const;
  /// SIGKILL to all of them at once.
  Result<void> kill() const;
  /// Waits until the last of them has left the kernel, at most `timeout_seconds`. When that is not enough, as for a
  /// process that waits for a dead disk, the kernel goes on freezing the group, and the Error says so.
  Result<void> freeze(double timeout_seconds) const;
  Result<void> thaw() const;
  [[nodiscard]] bool frozen() const;
  /// Removes it with the groups below it; kind failed while a process is in it.
  Result<void> remove() const;

 private:
  /// What a record of this run may claim.
  struct Claim {
    std::string run_id;
    std::optional<uid_t> owner;
  };

  [[nodiscard]] Result<Fd> open_claimed() const;
  Result<void> write(const char* file, std::string_view text) const;

  std::string directory_;
  std::optional<Claim> claim_;
};

/// "vigie-ID", and of later attempts "vigie-ID-N".
[[nodiscard]] std::string group_name(const std::string& run_id, unsigned attempt);

/// Removes the empty groups below `parent`, of either version, that runs with killed keepers left behind: those called
/// vigie-… that the kernel's cache has known for a minute. A group that was only just made is spared.
void remove_abandoned(const std::string& parent);

}  // namespace vigie::control
