// Packs finished segments of the log beside the reading of the terminal, on a thread that gives way to all others and
// lives only as long as there is something to pack.
#pragma once

#include <mutex>
#include <string>
#include <thread>

namespace vigie::keep {

class LogPacker {
 public:
  explicit LogPacker(std::string directory) : directory_(std::move(directory)) {}
  /// Waits until the current segment is packed.
  ~LogPacker();
  LogPacker(const LogPacker&) = delete;
  LogPacker& operator=(const LogPacker&) = delete;

  /// There may be segments to pack. A segment that cannot be packed (a full disk, little address space) stays as it is
  /// until the next time.
  void wake();

 private:
  void work();
  bool more();

  std::string directory_;
  std::mutex mutex_;
  bool wanted_ = false, running_ = false;
  std::thread thread_;
};

}  // namespace vigie::keep
