// The memory that a run left in /dev/shm: it stays taken until a user removes the file or the host reboots.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "act/target.hpp"
#include "model/detail.hpp"
#include "model/frame.hpp"

namespace vigie::act {

/// Remembers the segments that a target's processes have open or mapped, while they are alive.
class SharedLeftovers {
 public:
  /// `tree`: the target's processes in `frame`; `open` has their open files.
  SharedLeftovers(const Frame& frame, const std::vector<ProcessId>& tree, const Result<Frame>& open);

  /// Those of them that are there now, and those named after one of the processes (torch_PID_…, sem.loky-PID-…); none
  /// that is older than the target's processes, if the file system tells: that was another program's.
  [[nodiscard]] std::vector<SharedSegment> now() const;

 private:
  [[nodiscard]] bool named_after_one(std::string_view name) const;

  std::set<std::string> held_;
  std::vector<std::string> pids_;
  std::int64_t since_wall_ns_ = 0;
};

}  // namespace vigie::act
