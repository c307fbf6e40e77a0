// Sentences about GPUs beside their tables. All of frames that have GPUs.
#pragma once

#include <string>
#include <vector>

#include "model/frame.hpp"
#include "views/gpu_columns.hpp"

namespace vigie::views {

/// Their troubles, and what can be done about them and by which user.
[[nodiscard]] std::vector<std::string> gpu_troubles(const Frame& frame);
/// Notes that values are old, and processes hidden.
[[nodiscard]] std::vector<std::string> gpu_notes(const Frame& frame, const std::vector<GpuClientRow>& clients);
/// "GPU 0 instance 1 1g.10gb: 3.2G of 10G used, SM 40.0%".
[[nodiscard]] std::vector<std::string> gpu_instance_lines(const Frame& frame);

}  // namespace vigie::views
