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
#include "feed/sources/source.hpp"
#include "model/snapshot.hpp"
#include "sources/proc/call_sampler.hpp"
#include "sources/proc/state_sampler.hpp"

namespace vigie {

/// Every source there is, in the order in which they are asked: a source is an entry here and nothing else in the feed.
[[nodiscard]] std::span<const SourceEntry> all_sources();

/// A snapshot is begun, and finished when its sources have answered. A source that may be slow (a GPU's driver, a
/// network mount) answers meanwhile, on a thread or in a process of its own.
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
  [[nodiscard]] const Snapshot& begun() const { return *taking_.snapshot; }

  /// Looks at the threads of the processes of runs, as of find_members().
  void look_at_states() { sampler_.look(members_.watched, members_.below); }
  void find_members(const Snapshot& snapshot);
  /// Adds the results of those looks, which took so many seconds in all.
  void add_states(Snapshot& snapshot, double looking_seconds);

  /// Looks at the calls of these processes.
  void look_at_calls(std::span<const ProcessId> processes) { calls_.look(processes); }
  void add_calls(Snapshot& snapshot);

 private:
  /// A source that is wanted, and until when it is waited for (monotonic clock).
  struct Asked {
    std::unique_ptr<Source> source;
    bool of_chosen = false;
    std::int64_t until_ns = 0;
  };

  Result<void> begin_one(Asked& asked);
  Result<void> begin_chosen();
  bool any_waits(bool of_chosen);

  const Root& root_;
  const FeedOptions& options_;
  std::vector<Asked> sources_;
  Taking taking_;
  std::optional<Result<void>> chosen_begun_;  ///< what came of begin_chosen(); empty before it
  proc::StateSampler sampler_;
  proc::CallSampler calls_;
  Members members_;  ///< as of when they were last looked for
};

}  // namespace vigie
