// GPUs within the processor, whose memory is the host's.
#pragma once

#include "model/gpu.hpp"

namespace vigie::gpu {

/// Marks the GPU as one. What its driver says of a PCI Express link is about a bus within the chip: a GB10 claims one
/// lane of the first generation, an APU sixteen of the fourth.
inline void use_host_memory(GpuSample& gpu) {
  gpu.shared_memory = true;
  for (Reading<unsigned>* one : {&gpu.pcie_generation, &gpu.pcie_width, &gpu.pcie_generation_max, &gpu.pcie_width_max})
    *one = Presence::unsupported;
}

}  // namespace vigie::gpu
