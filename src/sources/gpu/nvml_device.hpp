// One NVIDIA GPU, asked as far as it can answer.
#pragma once

#include <bitset>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/root.hpp"
#include "model/gpu.hpp"
#include "sources/gpu/nvidia_cards.hpp"
#include "sources/gpu/nvml_clients.hpp"
#include "sources/gpu/nvml_gpm.hpp"
#include "sources/gpu/nvml_library.hpp"
#include "sources/gpu/nvml_values.hpp"
#include "sources/gpu/xid_history.hpp"

namespace vigie::gpu::nvml {

class NvmlDevice {
 public:
  NvmlDevice(const Functions& functions, unsigned index, const std::string& driver);

  /// Whether it has no handle, and the driver was not asked for it in the last minute.
  [[nodiscard]] bool is_to_be_opened(const Instant& now) const;
  /// Asks the driver for its handle. True when it is open from now on.
  bool open(const Instant& now);
  /// Asks it everything. A GPU that sleeps by `root`'s sysfs, is lost or cannot be opened is not asked.
  [[nodiscard]] GpuSample sample(const Root& root, const Instant& now);

  [[nodiscard]] Device handle() const { return device_; }  ///< nullptr: not open
  [[nodiscard]] bool is_lost() const { return state_ == GpuState::lost; }
  [[nodiscard]] const std::string& pci() const { return who_.pci; }
  /// Its identity, as far as that is told here.
  void identify(const CardIdentity& told);
  void note_xid(unsigned xid, const Instant& now) { history_.note(xid, now); }

 private:
  /// The calls; one that the device does not support is made again after a minute.
  enum Item : std::uint8_t {
    memory_v2,
    memory_v1,
    utilisation,
    power,
    power_limit,
    power_default,
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
  Reading<T> ask(Item item, const Function& function, Arguments... arguments);
  template <class Function, class... Arguments>
  Reading<double> ask_scaled(Item item, double scale, const Function& function, Arguments... arguments);
  Presence absent(Item item, Return result);

  void begin(const Instant& now);
  GpuSample ask_all(const Instant& now);
  GpuSample bare(GpuState state);
  [[nodiscard]] Reading<std::vector<GpuClient>> clients_before() const;
  /// Whether the driver said in this pass that it has fallen off the bus.
  [[nodiscard]] bool is_gone() const { return answers_.worst() == gpu_is_lost; }
  Reading<Memory> old_memory();
  void add_memory(GpuSample& gpu);
  void add_often(GpuSample& gpu);
  void add_rarely(GpuSample& gpu);
  void add_fields(GpuSample& gpu);
  void add_remapped(GpuSample& gpu);
  void add_mig(GpuSample& gpu);

  struct Instance {
    GpuInstance told;
    Device device = nullptr;
    std::optional<GpmPair> gpm;
  };
  void find_instances();

  const Functions& functions_;
  Device device_ = nullptr;
  GpuSample who_;  ///< what never changes
  GpuState state_ = GpuState::unopened;
  std::optional<Instant> asked_;  ///< for its handle
  Answers answers_;               ///< of this pass
  std::bitset<item_count> unsupported_;
  std::bitset<item_count> given_;  ///< what it has told once
  Instant forgiven_;               ///< when unsupported_ was empty
  bool shared_memory_ = false;
  std::optional<Clients> clients_;
  std::vector<GpuClient> last_clients_;  ///< when it last worked
  std::optional<GpmPair> gpm_;
  std::vector<Instance> instances_;
  XidHistory history_;
  GpuSample rare_;  ///< what is asked for more rarely
  unsigned looks_ = 0;
};

}  // namespace vigie::gpu::nvml
