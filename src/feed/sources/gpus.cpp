#include "feed/sources/gpus.hpp"

#include <utility>

namespace vigie {

Result<void> GpusOfSnapshot::begin(Taking&) {
  gpus_.begin();
  return {};
}

/// The snapshot before only gives counters: unless the look is about GPUs, a driver is not waited for then.
double GpusOfSnapshot::patience_seconds(Purpose purpose) const {
  if (wish_ == GpuWish::needed) return 1.5;
  return purpose == Purpose::shown ? 0.5 : 0;
}

Result<void> GpusOfSnapshot::finish(Taking& taking) {
  Snapshot& snapshot = *taking.snapshot;
  std::vector<GpuSample> gpus;
  SourceStatus status = gpus_.finish(0, gpus);
  if (status.state == SourceState::missing) {
    snapshot.gpus = Presence::unsupported;
    if (wish_ != GpuWish::needed && !gpus_.is_failing()) return {};  // most hosts have none
  } else if (status.state == SourceState::denied) {
    snapshot.gpus = Presence::denied;
  } else if (status.state == SourceState::late && gpus.empty()) {
    snapshot.gpus = Presence::unknown;
  } else {
    snapshot.gpus = std::move(gpus);
  }
  snapshot.sources.push_back(std::move(status));
  return {};
}

}  // namespace vigie
