// How many threads of a run want to run at once, and which processes have the CPUs that others want.
#pragma once

#include <string>
#include <vector>

#include "rules/case.hpp"

namespace vigie::rules {

/// Those threads of a run that are there to compute side by side: of a training its trainers, ranks and loader workers;
/// of other programs the processes of one command line. Different programs beside each other (a build) are no demand:
/// each waits for its turn and loses nothing by it.
struct Demand {
  double threads = 0;                ///< running or ready, on average over the looks
  double delay_percent = 0;          ///< time that a main thread of them waited for a CPU, the most of all
  std::vector<std::size_t> members;  ///< indices into the run's members
  std::size_t most_threads = 0;      ///< member with the most threads running
  double most_threads_running = 0;
};
[[nodiscard]] Demand demand_of(const Case& run);

/// Whether these threads get in each other's way on so many CPUs.
[[nodiscard]] bool is_oversubscribed(const Demand& demand, double cpus);

/// "2 CPUs", "1 CPU", "0.5 CPUs".
[[nodiscard]] std::string plural_cpus(double cpus);

/// CPU that processes of others use on the CPUs of the run, in percent of one CPU.
struct Others {
  double cpu_percent = 0;
  std::string names;  ///< "ffmpeg (pid 4711) 180 %, run other 95 %", the largest three
  std::string owner;  ///< of the largest, where the user who looks may not change it; empty: may
  std::string first;  ///< what `vigie renice` takes for the largest: a run's name or a pid
};
[[nodiscard]] Others others_beside(const Case& run);

}  // namespace vigie::rules
