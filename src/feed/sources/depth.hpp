// Sources of a snapshot that read chosen processes only: sockets, and details in depth. They begin when the others have
// finished: the choice depends on those.
#pragma once

#include <vector>

#include "feed/sources/later.hpp"
#include "feed/sources/source.hpp"

namespace vigie {

class NetOfSnapshot : public Source {
 public:
  NetOfSnapshot(const Root& root, const FeedOptions& options) : root_(root), options_(options) {}
  Result<void> finish(Taking& taking) override;

 private:
  const Root& root_;
  const FeedOptions& options_;
};

class DetailOfSnapshot : public Source {
 public:
  DetailOfSnapshot(const Root& root, const FeedOptions& options) : root_(root), options_(options) {}
  Result<void> begin(Taking& taking) override;
  bool waits(Taking&) override { return !read_.ready(); }
  Result<void> finish(Taking& taking) override;

 private:
  struct Read {
    std::vector<ProcessDetail> details;
    SourceStatus status;
  };

  [[nodiscard]] proc::Details what_for(Purpose purpose) const;
  [[nodiscard]] Read read_details(proc::Details what, const std::vector<ProcessId>& ids) const;

  const Root& root_;
  const FeedOptions& options_;
  Later<Read> read_;
};

}  // namespace vigie
