// Live frames: scans the host, compares with the scan before, recognises runs and judges them.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "base/result.hpp"
#include "base/root.hpp"
#include "feed/feed_options.hpp"
#include "feed/frame_of.hpp"
#include "feed/members.hpp"
#include "feed/sampling.hpp"
#include "model/frame.hpp"
#include "sources/events/event_source.hpp"
#include "sources/gpu/gpu_source.hpp"
#include "sources/proc/call_sampler.hpp"
#include "sources/proc/state_sampler.hpp"
#include "sources/sys/host_source.hpp"
#include "wire/record_list.hpp"

namespace vigie {

/// Yields frames. One thread, blocking.
class LiveFeed {
 public:
  LiveFeed(const Root& root, FeedOptions options);

  /// Scans; for the first frame with an interval scans twice. Errors: the proc tree could not be listed at all.
  Result<Frame> next();

 private:
  /// What a snapshot is for: rates begin at it, one of those once a second in between, or the one that is shown.
  enum class Purpose : std::uint8_t { first, between, shown };

  Result<std::shared_ptr<Snapshot>> take_snapshot(Purpose purpose);
  Result<SourceStatus> scan(Purpose purpose, const std::vector<RunRecord>& records,
                            std::vector<ProcessSample>& processes);
  /// A frame whose interval is a recording of system calls after the scan, not between two: the target may end in it.
  Result<Frame> next_traced();
  Result<void> add_net(const std::shared_ptr<Snapshot>& snapshot, bool holders) const;
  Result<void> add_details(const std::shared_ptr<Snapshot>& snapshot, Purpose purpose) const;
  /// Sleeps for so long, with looks at the processes of runs in between when they are wanted; keeps the frames of each
  /// second.
  void wait(double seconds);
  /// Judges `frame`, and while a rule is not sure goes on looking as long as patience reaches.
  Result<Frame> judged(Frame frame);
  void keep(const std::shared_ptr<const Snapshot>& snapshot);
  void find_members(const Snapshot& snapshot);
  Result<Frame> frame_now();
  /// Sleeps for the interval, looking at the calls of the processes that details were asked of.
  void wait_for_calls();
  void add_calls(Snapshot& snapshot);
  void add_samples(Snapshot& snapshot, double seconds);
  void add_gpus(Snapshot& snapshot, bool shown);

  const Root& root_;
  FeedOptions options_;
  wire::RecordList records_;
  ProcessSampler sampled_;
  sys::HostSource host_;
  proc::StateSampler sampler_;
  proc::CallSampler calls_;
  gpu::GpuSource gpu_;
  std::unique_ptr<events::EventSource> events_;  ///< from the first frame on, when events are asked for
  std::shared_ptr<const Snapshot> previous_;
  Moments moments_;             ///< frames of each second so far
  Members members_;             ///< as of when they were last looked for
  double looking_seconds_ = 0;  ///< the time that looks took since the frame before
};

}  // namespace vigie
