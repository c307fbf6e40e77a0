// The processes on an NVIDIA GPU.
#pragma once

#include <cstdint>
#include <map>
#include <string_view>
#include <vector>

#include "model/gpu.hpp"
#include "sources/gpu/nvml_library.hpp"

namespace vigie::gpu::nvml {

/// Whether this driver's nvmlDeviceGet*RunningProcesses_v3 fill a larger structure than they say: 535.43 to 535.86.
[[nodiscard]] bool wrong_process_structs(std::string_view driver);

/// Processes of one device, from one look to the next.
class Clients {
 public:
  Clients(const Functions& functions, Device device, bool wrong_v3)
      : functions_(functions), device_(device), wrong_v3_(wrong_v3) {}

  /// `wall_us`: now, microseconds since the Unix epoch. `mig`: its use cannot be told. `busy`: of the whole GPU. Absent
  /// when the driver does not list compute processes; `result` is what it said to that.
  Reading<std::vector<GpuClient>> sample(std::int64_t wall_us, bool mig, const Reading<double>& busy, Return& result);

 private:
  /// What the driver said of one process last.
  struct Use {
    std::uint64_t timestamp = 0;
    unsigned sm = 0, memory = 0;
  };

  Return list(GpuWork work, std::vector<GpuClient>& into) const;
  Presence look_at_use(std::int64_t wall_us);
  [[nodiscard]] Reading<double> use_without_sample(const Reading<double>& busy) const;
  void add_use(std::vector<GpuClient>& clients, const Reading<double>& busy) const;

  const Functions& functions_;
  Device device_;
  bool wrong_v3_;
  unsigned looks_ = 0;
  std::vector<GpuClient> others_;  ///< graphics and MPS, which are asked for more rarely
  std::uint64_t seen_ = 0;         ///< newest timestamp so far
  std::map<unsigned, Use> use_;
};

}  // namespace vigie::gpu::nvml
