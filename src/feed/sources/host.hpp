// The host itself, as a source of a snapshot.
#pragma once

#include "feed/sources/source.hpp"
#include "sources/sys/host_source.hpp"

namespace vigie {

class HostOfSnapshot : public Source {
 public:
  HostOfSnapshot(const Root& root, const FeedOptions& options);
  Result<void> read(Taking& taking) override;
  bool waits(Taking& taking) override;
  Result<void> finish(Taking& taking) override;

 private:
  /// Asks the mounts in a child, once everything has been read: a scan of processes would show that child.
  void ask_mounts();

  const Root& root_;
  bool others_matter_;
  bool asked_ = false;
  sys::HostSource host_;
};

}  // namespace vigie
