// What `vigie stat` shows of GPUs.
#pragma once

#include <vector>

#include "views/stat_columns.hpp"

namespace vigie::views {

/// All GPUs together, in the host's row: average use, memory in use, power.
[[nodiscard]] const std::vector<StatColumn>& stat_all_gpus_columns();

/// A row for each GPU: the columns of nvidia-smi dmon, and more.
[[nodiscard]] const std::vector<StatColumn>& stat_gpu_columns(bool people);

}  // namespace vigie::views
