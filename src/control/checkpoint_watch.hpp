// Whether a checkpoint is still being written: which files below a directory change while a run is being stopped.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "model/run_control.hpp"

namespace vigie::control {

class CheckpointWatch {
 public:
  /// A file that has not changed for so long is complete.
  static constexpr double settle_seconds = 3;

  /// Takes the files as they are now for the state before.
  explicit CheckpointWatch(std::string directory);

  /// Looks again. `boot_ns` is the time of the look (CLOCK_BOOTTIME): file times are those of the file server.
  void look(std::int64_t boot_ns);
  /// Whether a file changed within the last settle_seconds before `boot_ns`, as far as the looks tell.
  [[nodiscard]] bool growing(std::int64_t boot_ns) const;
  /// Files that changed since the beginning and still exist; those that changed shortly before `boot_ns` are growing.
  [[nodiscard]] std::vector<CheckpointFile> changed(std::int64_t boot_ns) const;

 private:
  struct File {
    std::uint64_t bytes = 0;
    std::int64_t modified_ns = 0;
    std::int64_t changed_boot_ns = -1;  ///< -1: as it was at the beginning
    bool there = true;
  };
  [[nodiscard]] bool changed_lately(const File& file, std::int64_t boot_ns) const;

  std::string directory_;
  std::map<std::string, File> files_;
};

}  // namespace vigie::control
