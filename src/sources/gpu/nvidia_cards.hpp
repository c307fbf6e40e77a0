// What the kernel tells of NVIDIA's cards without their library, for cards that the library does not open.
#pragma once

#include <string>
#include <vector>

#include "base/root.hpp"

namespace vigie::gpu::nvml {

/// PCI addresses of NVIDIA's GPUs, ascending as the driver counts them; not of their sound and USB.
[[nodiscard]] std::vector<std::string> nvidia_cards(const Root& root);

struct CardIdentity {
  std::string pci, name, uuid;  ///< empty when not told
};

/// As /proc/driver/nvidia/gpus says.
[[nodiscard]] CardIdentity identity_of(const Root& root, const std::string& pci);

}  // namespace vigie::gpu::nvml
