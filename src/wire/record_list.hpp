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

/// Lists records again and again: one that has not been written since the last time is not read again. People keep
/// hundreds of runs that are over.
class RecordList {
 public:
  /// Every readable record, by creation time; unreadable or half-made ones are skipped. No error when nothing was ever
  /// run.
  Result<std::vector<RunRecord>> read();

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

  [[nodiscard]] const RunRecord* find(int runs, const std::string& id, const std::string& directory);

  std::map<std::string, Known> known_;  ///< by the name of the directory
};

/// RecordList::read(), once.
Result<std::vector<RunRecord>> list_records();

/// Those of them whose name or id may begin with `text`; the others are not parsed.
Result<std::vector<RunRecord>> list_records_like(std::string_view text);

}  // namespace vigie::wire
