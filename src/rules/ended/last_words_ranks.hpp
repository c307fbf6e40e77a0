// Which process of a run a launcher says has failed first; pure.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace vigie::rules {

/// A process of a run that ended, and the run with it.
struct Casualty {
  std::string who;   ///< "rank 5 (pid 2630)"
  int signal = 0;    ///< that killed it; 0: none
  int code = 0;      ///< that it exited with, where no signal killed it
  std::string line;  ///< that says so
};

/// The first one by the words of torchrun, DeepSpeed, accelerate, torch.multiprocessing, mpirun or srun.
[[nodiscard]] std::optional<Casualty> first_casualty(const std::vector<std::string>& lines);

}  // namespace vigie::rules
