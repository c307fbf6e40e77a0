// What the driver says is wrong with a GPU: for the diagnosis and for the checklist.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "model/finding.hpp"
#include "model/gpu.hpp"

namespace vigie::rules {

struct GpuFault {
  std::string_view metric;
  std::string text;  ///< a clause: "the driver reported Xid 48: ..."
  std::string_view cause, action;
  double value = 0;
  Severity severity = Severity::critical;
  double confidence = 0.95;
};

/// What is wrong with one GPU; the worst first, of equals the one that explains the others. A card that is denied or
/// asleep has no fault.
[[nodiscard]] std::vector<GpuFault> faults_of(const GpuSample& gpu);

/// What the driver itself asks for before the GPU works again; empty when it asks for nothing.
[[nodiscard]] std::string_view action_for(GpuRecovery recovery);

}  // namespace vigie::rules
