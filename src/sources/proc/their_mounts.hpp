// The file systems of a process in another mount namespace, or below another root directory: a container. Its paths
// mean nothing in vigie's own namespace.
#pragma once

#include <sys/types.h>

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "model/detail.hpp"
#include "sources/sys/mounts.hpp"

namespace vigie::proc {

/// Asks each file system once for all processes of a namespace.
class TheirMounts {
 public:
  /// Those that its working directory, its open files, /, /tmp and /dev/shm lie in, by the paths that it sees;
  /// `process_dir` is /proc/PID. Unsupported when it sees what vigie sees.
  [[nodiscard]] Reading<std::vector<MountSample>> read(int process_dir, pid_t pid,
                                                       const Reading<std::vector<OpenFile>>& files);

 private:
  sys::MountSampler sampler_;
  std::map<std::pair<std::string, std::string>, Reading<MountUse>> known_;  ///< by namespace and root, and path
};

}  // namespace vigie::proc
