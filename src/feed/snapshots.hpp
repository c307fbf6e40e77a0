// Takes snapshots of the host: what is wanted of it, from each source.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "base/result.hpp"
#include "base/root.hpp"
#include "feed/feed_options.hpp"
#include "feed/members.hpp"
#include "feed/sampling.hpp"
#include "model/snapshot.hpp"
#include "sources/gpu/gpu_source.hpp"
#include "sources/proc/call_sampler.hpp"
#include "sources/proc/state_sampler.hpp"
#include "sources/sys/host_source.hpp"
#include "wire/record_list.hpp"

namespace vigie {

/// What a snapshot is for: rates begin at it, it is one of those once a second in between, or it is shown.
enum class Purpose : std::uint8_t { first, between, shown };

/// A snapshot is begun, and finished when its sources have answered: what may be slow to answer (a GPU's driver, a
/// network mount) does so meanwhile, on a thread or in a process of its own.
class Snapshots {
 public:
  /// `options` outlives this.
  Snapshots(const Root& root, const FeedOptions& options);

  /// Errors: the proc tree could not be listed at all.
  Result<void> begin(Purpose purpose);
  /// Whether finish() would still wait for a source.
  [[nodiscard]] bool waits();
  Result<std::shared_ptr<Snapshot>> finish();
  /// The snapshot that was begun, with the processes of its scan.
  [[nodiscard]] const Snapshot& begun() const { return *snapshot_; }

  /// Looks at the threads of the processes of runs, as of find_members().
  void look_at_states() { sampler_.look(members_.watched, members_.below); }
  void find_members(const Snapshot& snapshot);
  /// What those looks saw, which took so many seconds in all.
  void add_states(Snapshot& snapshot, double looking_seconds);

  /// Looks at the calls of these processes.
  void look_at_calls(std::span<const ProcessId> processes) { calls_.look(processes); }
  void add_calls(Snapshot& snapshot);

 private:
  Result<void> add_records();
  Result<SourceStatus> scan(const std::vector<RunRecord>& records, std::vector<ProcessSample>& processes);
  void add_gpus(Snapshot& snapshot);
  Result<void> add_net(const std::shared_ptr<Snapshot>& snapshot) const;
  Result<void> add_details(const std::shared_ptr<Snapshot>& snapshot) const;

  const Root& root_;
  const FeedOptions& options_;
  wire::RecordList records_;
  ProcessSampler sampled_;
  sys::HostSource host_;
  proc::StateSampler sampler_;
  proc::CallSampler calls_;
  gpu::GpuSource gpu_;
  Members members_;  ///< as of when they were last looked for

  // The snapshot that is being taken.
  Purpose purpose_ = Purpose::first;
  std::shared_ptr<Snapshot> snapshot_;
  std::vector<RunRecord> read_;
  SourceStatus runs_;
  std::int64_t gpus_until_ns_ = 0;  ///< how long its GPUs are waited for, monotonic clock
};

}  // namespace vigie
