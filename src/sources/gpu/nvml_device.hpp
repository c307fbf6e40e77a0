// One NVIDIA GPU, asked as far as it can answer.
#pragma once

#include <bitset>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/root.hpp"
#include "model/gpu.hpp"
#include "sources/gpu/nvml_clients.hpp"
#include "sources/gpu/nvml_gpm.hpp"
#include "sources/gpu/nvml_library.hpp"

namespace vigie::gpu::nvml {

class NvmlDevice {
 public:
  /// A device that cannot be opened is lost from the beginning.
  NvmlDevice(const Functions& functions, unsigned index, const std::string& driver);

  /// Asks it everything. A GPU that sleeps by `root`'s sysfs, or is lost, is not asked.
  [[nodiscard]] GpuSample sample(const Root& root, std::int64_t wall_us);

  [[nodiscard]] Device handle() const { return device_; }
  void note_xid(unsigned xid);

 private:
  /// What is asked; what the device does not support is not asked again.
  enum Item : std::uint8_t {
    memory_v2,
    memory_v1,
    utilisation,
    power,
    power_limit,
    energy,
    temperature,
    slowdown,
    fan,
    clock_sm_now,
    clock_memory_now,
    clock_sm_most,
    clock_memory_most,
    reasons,
    old_reasons,
    pcie_generation,
    pcie_width,
    pcie_generation_most,
    pcie_width_most,
    ecc_corrected,
    ecc_uncorrected,
    remapped,
    mig_mode,
    item_count,
  };

  /// The value that `function(device, arguments..., &value)` gives.
  template <class T, class Function, class... Arguments>
  Reading<T> ask(Item item, Function function, Arguments... arguments);
  template <class Function, class... Arguments>
  Reading<double> ask_scaled(Item item, double scale, Function function, Arguments... arguments);
  Presence absent(Item item, Return result);

  void add_memory(GpuSample& gpu);
  void add_often(GpuSample& gpu);
  void add_rarely(GpuSample& gpu);
  void add_fields(GpuSample& gpu);
  void add_remapped(GpuSample& gpu);
  void add_mig(GpuSample& gpu);
  void add_errors(GpuSample& gpu) const;

  struct Instance {
    GpuInstance told;
    Device device = nullptr;
    std::optional<GpmPair> gpm;
  };
  void find_instances();

  const Functions& functions_;
  Device device_ = nullptr;
  GpuSample who_;  ///< what never changes
  bool lost_ = false;
  std::bitset<item_count> unsupported_;
  std::optional<Clients> clients_;
  std::optional<GpmPair> gpm_;
  std::vector<Instance> instances_;
  std::vector<unsigned> xids_;  ///< each once, in the order in which they came
  GpuSample rare_;              ///< what is asked for more rarely
  unsigned looks_ = 0;
};

}  // namespace vigie::gpu::nvml
