// What sysfs says of one card (Documentation/gpu/amdgpu/thermal.rst and driver-misc.rst,
// ABI/testing/sysfs-driver-intel-*).
#pragma once

#include <string>
#include <vector>

#include "base/root.hpp"
#include "model/gpu.hpp"

namespace vigie::gpu {

/// The cards of AMD and Intel, ascending by PCI address, numbered by vendor, without their clients. A card that sleeps
/// is named and left asleep.
[[nodiscard]] std::vector<GpuSample> read_cards(const Root& root);

}  // namespace vigie::gpu
