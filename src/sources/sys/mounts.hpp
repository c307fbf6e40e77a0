// The room that file systems have. A dead network mount never answers statvfs(2), and a process that asks a FUSE server
// that is gone cannot even be killed. So they are asked in a process of their own, which may be left behind.
#pragma once

#include <sys/statvfs.h>
#include <sys/types.h>

#include <chrono>
#include <cstddef>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/fd.hpp"
#include "base/root.hpp"
#include "model/host_parts.hpp"

namespace vigie::sys {

/// Asks one file system, by the path it is mounted at. Blocks as long as the file system likes.
using AskMount = std::function<Reading<MountUse>(const std::string& path)>;

[[nodiscard]] MountUse use_of(const struct statvfs& said);

/// statvfs(3).
[[nodiscard]] Reading<MountUse> ask_statvfs(const std::string& path);

/// Remembers mounts that did not answer: such a mount is not asked again before it has answered, so that at most one
/// process waits for it, and its last known use is shown as stale.
class MountSampler {
 public:
  /// `ask` is called in a child of this process: it must not allocate memory, which another thread may have locked. To
  /// make a child costs as much as to read a hundred files, so answers hold for the time `fresh`, unless there is a
  /// mount without one.
  explicit MountSampler(std::chrono::milliseconds deadline = std::chrono::milliseconds(200), AskMount ask = ask_statvfs,
                        std::chrono::milliseconds fresh = {});
  MountSampler(const MountSampler&) = delete;
  MountSampler& operator=(const MountSampler&) = delete;
  /// An asker that is stuck in the kernel is left to init.
  ~MountSampler();

  /// Finds the mounts of vigie's own mount namespace, to be asked. Of a saved host their use is unsupported.
  void begin(const Root& root);
  void begin(std::vector<MountSample> mounts);
  /// Begins to ask them: from here on this process has a child. Processes must be listed before.
  void ask();
  /// Takes the answers that have come. Whether one is still waited for: each mount that stalls has the deadline.
  [[nodiscard]] bool waits() { return waits(std::chrono::milliseconds(0)); }
  /// The mounts with their use, as far as it is known.
  Reading<std::vector<MountSample>> finish();

  /// Fills in `use` of each, and waits for it.
  void add_use(std::vector<MountSample>& mounts);

 private:
  /// A child that asks one mount after the other.
  struct Asker {
    pid_t pid = 0;
    Fd answers;
    std::vector<std::string> paths;
    std::size_t answered = 0;
  };

  [[nodiscard]] Asker start(std::vector<std::string> paths) const;
  [[nodiscard]] bool has_fresh_answers() const;
  void ask_next();
  bool waits(std::chrono::milliseconds patience);
  bool hear(Asker& asker, std::chrono::milliseconds patience);
  void reap(int options);

  std::chrono::milliseconds deadline_;
  AskMount ask_;
  std::chrono::nanoseconds fresh_;
  std::map<std::string, Reading<MountUse>, std::less<>> known_;  ///< the last answers
  std::vector<Asker> left_behind_;
  std::vector<pid_t> ending_;

  // What is being asked.
  Reading<std::vector<MountSample>> mounts_;
  std::vector<std::string> open_;                  ///< paths that no asker has asked in vain
  std::set<std::string, std::less<>> stuck_ = {};  ///< those that do not answer
  std::optional<Asker> asking_;
  std::int64_t asking_until_ns_ = 0;         ///< monotonic clock
  std::optional<std::int64_t> answered_ns_;  ///< when all had answered, or could not
};

}  // namespace vigie::sys
