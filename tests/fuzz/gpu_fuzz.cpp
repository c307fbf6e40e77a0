// What the kernel says of DRM clients and of amdgpu's clocks.
#include "input.hpp"
#include "sources/gpu/fdinfo.hpp"
#include "sources/gpu/sysfs.hpp"

FUZZ(text) {
  namespace gpu = vigie::gpu;
  if (const auto info = gpu::parse_fdinfo(text)) must(!info->driver.empty() && info->engines.size() <= 64);
  if (const auto clock = gpu::highest_clock(text)) must(*clock > 0);
  static_cast<void>(gpu::pcie_generation(text));
  must(gpu::value_of(text, "ue", ':').size() <= text.size());
}
