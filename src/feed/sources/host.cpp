#include "feed/sources/host.hpp"

#include <string>

#include "sources/proc/others.hpp"

namespace vigie {
namespace {

/// On hosts with many CPUs and interrupts /proc/stat takes longer than a hundred processes.
sys::Parts parts_to_read(const Root& root, const FeedOptions& options) {
  const bool cpu = options.what.processes && (options.pace.interval_seconds > 0 || !root.live());
  return cpu ? options.what.host | sys::Part::cpu : options.what.host;
}

}  // namespace

HostOfSnapshot::HostOfSnapshot(const Root& root, const FeedOptions& options)
    : root_(root), others_matter_(!options.whom.only), host_(root, parts_to_read(root, options)) {}

Result<void> HostOfSnapshot::read(Taking& taking) {
  Snapshot& snapshot = *taking.snapshot;
  asked_ = false;
  snapshot.sources.push_back(host_.begin(snapshot.host));
  if (others_matter_ && proc::others_are_hidden(root_)) {
    snapshot.sources.push_back({.name = std::string(hidden_processes),
                                .state = SourceState::denied,
                                .reason = "processes of other users are hidden here (hidepid)"});
  }
  return {};
}

void HostOfSnapshot::ask_mounts() {
  if (!asked_) host_.ask_mounts();
  asked_ = true;
}

bool HostOfSnapshot::waits(Taking& taking) {
  if (!taking.scanned) return true;
  ask_mounts();
  return host_.waits();
}

Result<void> HostOfSnapshot::finish(Taking& taking) {
  ask_mounts();
  host_.finish(taking.snapshot->host);
  return {};
}

}  // namespace vigie
