// The supervised runs, as a source of a snapshot.
#pragma once

#include <string>

#include "feed/sources/source.hpp"
#include "wire/record_list.hpp"

namespace vigie {

/// Their records are listed before the processes are scanned, and their keepers are asked afterwards.
class RunsOfSnapshot : public Source {
 public:
  RunsOfSnapshot(const Root& root, const FeedOptions& options) : root_(root), options_(options) {}
  Result<void> begin(Taking& taking) override;
  Result<void> finish(Taking& taking) override;

 private:
  Result<void> list(std::vector<RunRecord>& records);

  const Root& root_;
  const FeedOptions& options_;
  wire::RecordList records_;
  SourceStatus status_;
};

}  // namespace vigie
