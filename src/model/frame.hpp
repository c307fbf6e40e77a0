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
  Delta delta;
  RunView view;
  std::vector<Finding> findings;
};

}  // namespace vigie
