// The processes and their threads, as a source of a snapshot.
#pragma once

#include <vector>

#include "feed/sampling.hpp"
#include "feed/sources/later.hpp"
#include "feed/sources/source.hpp"
#include "sources/proc/scanner.hpp"

namespace vigie {

class ProcessesOfSnapshot : public Source {
 public:
  ProcessesOfSnapshot(const Root& root, const FeedOptions& options);
  /// A process whose memory is locked holds up a scan for half a second, once (proc::Scanner).
  Result<void> read(Taking& taking) override;
  bool waits(Taking& taking) override;
  /// Errors: the proc tree could not be listed at all.
  Result<void> finish(Taking& taking) override;

 private:
  struct Scanned {
    Result<SourceStatus> status;
    std::vector<ProcessSample> processes;
    std::vector<ThreadSample> threads;
    Instant after;
  };

  Scanned scan(proc::ScanRequest request);
  [[nodiscard]] proc::ScanRequest request_for(const Taking& taking);

  const FeedOptions& options_;
  const Root& root_;
  ProcessSampler sampler_;
  std::vector<pid_t> members_;
  Later<Scanned> scan_;  ///< after all that it uses
};

/// The names of the processes' users.
class UsersOfSnapshot : public Source {
 public:
  UsersOfSnapshot(const Root&, const FeedOptions&) {}
  Result<void> finish(Taking& taking) override;
};

}  // namespace vigie
