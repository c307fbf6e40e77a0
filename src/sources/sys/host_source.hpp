// The host itself: CPU ticks, memory, load, pressure, disks, interfaces, file systems, sensors.
#pragma once

#include <string>

#include "base/root.hpp"
#include "model/snapshot.hpp"
#include "sources/sys/mounts.hpp"
#include "sources/sys/parts.hpp"

namespace vigie::sys {

/// Reads the host part of snapshots.
class HostSource {
 public:
  explicit HostSource(const Root& root, Parts parts) : root_(root), parts_(parts) {}

  /// Reads the host's names and the parts asked for, except the use of its mounts. Files that are missing leave their
  /// readings absent with the reason.
  SourceStatus begin(HostSample& host);
  /// Begins to ask the mounts, in a child: after a scan of processes, which would show it.
  void ask_mounts() {
    if (parts_.has(Part::mounts)) mounts_.ask();
  }
  /// Whether finish() would come too early for a mount that may still answer.
  [[nodiscard]] bool waits() { return mounts_.waits(); }
  void finish(HostSample& host);

  /// All of it, however long its mounts take.
  SourceStatus sample(HostSample& host);

 private:
  void sample_counters(HostSample& host, SourceStatus& status);
  void sample_devices(HostSample& host);
  void sample_names(HostSample& host);

  const Root& root_;
  Parts parts_;
  MountSampler mounts_{std::chrono::milliseconds(200), ask_statvfs, std::chrono::seconds(5)};
  std::string buffer_;
};

/// This moment on the host that the tree shows. A fixture or a saved host has its own: its uptime after its boot, so
/// that ages of its processes are right and the same at each look.
[[nodiscard]] Instant instant_of(const Root& root);

}  // namespace vigie::sys
