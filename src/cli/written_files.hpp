// Which files a run wrote since a moment: the checkpoint that a training saves when it is stopped.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "cli/target.hpp"
#include "model/frame.hpp"

namespace vigie::cli {

struct WrittenFile {
  std::string path;
  std::uint64_t bytes = 0;
  std::int64_t modified_wall_ns = 0;
};

/// Looks in the directories that the target's command lines name (relative to its working directory): a
/// checkpoint is written where the command was told to. Bounded in depth and number, so that a data set named on the
/// command line costs little.
class WrittenFiles {
 public:
  WrittenFiles(const Frame& frame, const Target& target);

  /// Regular files there that changed after this object was made, at most 20, by path.
  [[nodiscard]] std::vector<WrittenFile> since_start() const;

 private:
  std::vector<std::string> directories_;
  std::int64_t start_wall_ns_;
};

}  // namespace vigie::cli
