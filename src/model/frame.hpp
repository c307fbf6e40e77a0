// A Frame: everything a view needs for one moment. Views get Frames and nothing else, live or replayed.
#pragma once

#include <memory>
#include <vector>

#include "model/delta.hpp"
#include "model/finding.hpp"
#include "model/run.hpp"
#include "model/snapshot.hpp"

namespace vigie {

struct Frame {
  std::shared_ptr<const Snapshot> snapshot;
  std::shared_ptr<const Snapshot> before;  ///< since which `delta` is; nullptr when there is none
  Delta delta;
  RunView view;
  std::vector<Finding> findings;
  std::vector<TooEarly> too_early;
  std::vector<Suspicion> suspicions;  ///< what the rules are not sure of, about runs without such a finding
};

}  // namespace vigie
