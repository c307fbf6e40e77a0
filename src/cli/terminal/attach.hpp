// Showing a run's terminal on the user's.
#pragma once

#include <string>

#include "base/result.hpp"
#include "model/run.hpp"

namespace vigie::cli {

struct AttachOptions {
  bool read_only = false;
  std::string detach_keys;  ///< empty: those of VIGIE_DETACH_KEYS, else Ctrl-b d
};

/// Whether attaching can work at all: a terminal here, sensible keys.
Result<void> check_attach(const AttachOptions& options);

/// Until the user detaches (0) or the run ends: then tells how, and returns its exit status. If the run is over before
/// its terminal could be shown, shows its log.
Result<int> attach_to(const RunRecord& record, const AttachOptions& options);

}  // namespace vigie::cli
