// What is read of chosen processes only, as sources of a snapshot: sockets, and what is asked in depth.
#pragma once

#include <cstddef>
#include <vector>

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
  Result<void> finish(Taking& taking) override;

 private:
  [[nodiscard]] proc::Details what_for(Purpose purpose) const;

  const Root& root_;
  const FeedOptions& options_;
};

}  // namespace vigie
