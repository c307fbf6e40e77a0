// What the kernel tells of a DRM client: /proc/PID/fdinfo/N of an open /dev/dri/*
// (Documentation/gpu/drm-usage-stats.rst).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/gpu.hpp"

namespace vigie::gpu {

struct FdInfo {
  std::string driver, pci;
  std::uint64_t client = 0;        ///< the same for every descriptor of one client: to be counted once
  std::vector<EngineUse> engines;  ///< in cycles where the driver counts those, divided by the engine's capacity
  std::optional<std::uint64_t> vram_bytes;
  std::optional<std::uint64_t> host_bytes;  ///< memory of the host that is mapped for the GPU

  friend bool operator==(const FdInfo&, const FdInfo&) = default;
};

/// Nothing when the text is not that of a DRM client with an id. Unknown lines are passed over, garbage in one does not
/// spoil the others.
[[nodiscard]] std::optional<FdInfo> parse_fdinfo(std::string_view text);

}  // namespace vigie::gpu
