// The processes and their threads, as a source of a snapshot.
#pragma once

#include "feed/sampling.hpp"
#include "feed/sources/source.hpp"
#include "sources/proc/scanner.hpp"

namespace vigie {

class ProcessesOfSnapshot : public Source {
 public:
  ProcessesOfSnapshot(const Root& root, const FeedOptions& options);
  /// Errors: the proc tree could not be listed at all.
  Result<void> read(Taking& taking) override;

 private:
  [[nodiscard]] proc::ScanRequest request_for(const Taking& taking) const;

  const FeedOptions& options_;
  ProcessSampler sampler_;
};

/// What the users of the processes are called.
class UsersOfSnapshot : public Source {
 public:
  UsersOfSnapshot(const Root&, const FeedOptions&) {}
  Result<void> finish(Taking& taking) override;
};

}  // namespace vigie
