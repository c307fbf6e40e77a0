// The records of all runs of this user.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "model/run.hpp"

namespace vigie::wire {

/// A run whose record is empty, damaged or may not be read: its name is not known.
struct UnreadableRun {
  std::string id;  ///< the name of its directory
  std::string directory;
  std::string reason;
  bool kept = false;  ///< its keeper is there, but does not write the record anew
};

/// A sentence about it, and what can be done; safe.
[[nodiscard]] std::string describe(const UnreadableRun& run);

/// Lists records again and again: one that has not been written since the last time is not read again. People keep
/// hundreds of runs that are over.
class RecordList {
 public:
  /// Every record, by creation time; half-made ones are skipped. The keeper of a run has its record in memory, and
  /// writes a damaged one anew. No error when nothing was ever run; kind failed when records cannot be read for want of
  /// descriptors or memory.
  Result<std::vector<RunRecord>> read();
  /// Those that could not be read by the last read(), and are no more half-made.
  [[nodiscard]] const std::vector<UnreadableRun>& unreadable() const { return unreadable_; }

 private:
  /// Tells one version of a file from the next.
  struct Version {
    ino_t inode = 0;
    off_t size = 0;
    std::int64_t changed_ns = 0;
    bool operator==(const Version&) const = default;
  };
  struct Known {
    Version version;
    RunRecord record;
    bool listed = true;  ///< by the list that is being made
  };

  /// nullptr when there is none.
  [[nodiscard]] Result<const RunRecord*> find(int runs, const std::string& id, const std::string& directory);

  std::map<std::string, Known> known_;  ///< by the name of the directory
  std::vector<UnreadableRun> unreadable_;
};

/// RecordList::read(), once.
Result<std::vector<RunRecord>> list_records();

/// Those of them whose name or id may begin with `text`; the others are not parsed. Those that cannot be read, and may
/// be called anything, are added to `unreadable`.
Result<std::vector<RunRecord>> list_records_like(std::string_view text,
                                                 std::vector<UnreadableRun>* unreadable = nullptr);

}  // namespace vigie::wire
