// The room that file systems have. A dead network mount never answers statvfs(2): it is asked in a thread that may be
// left behind.
#pragma once

#include <sys/statvfs.h>

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/root.hpp"
#include "model/host_parts.hpp"

namespace vigie::sys {

/// Asks one file system, by the path it is mounted at. Blocks as long as the file system likes.
using AskMount = std::function<Reading<MountUse>(const std::string& path)>;

[[nodiscard]] MountUse use_of(const struct statvfs& said);

/// statvfs(3).
[[nodiscard]] Reading<MountUse> ask_statvfs(const std::string& path);

/// Remembers who did not answer: such a mount is not asked again before it has answered, so that at most one thread
/// waits for it, and its last known use is shown as stale.
class MountSampler {
 public:
  explicit MountSampler(std::chrono::milliseconds deadline = std::chrono::milliseconds(200),
                        AskMount ask = ask_statvfs);

  /// The mounts of vigie's own mount namespace. Of a saved host their use is unsupported.
  Reading<std::vector<MountSample>> sample(const Root& root);

  /// Fills in `use` of each. All together wait for at most the deadline once for each that stalls.
  void add_use(std::vector<MountSample>& mounts);

 private:
  struct Shared;

  std::chrono::milliseconds deadline_;
  std::shared_ptr<Shared> shared_;
};

}  // namespace vigie::sys
