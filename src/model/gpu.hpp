// GPUs of any vendor in one snapshot, as the driver gave them. What a device cannot tell is absent, with the reason.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "model/reading.hpp"

namespace vigie {

enum class GpuVendor : std::uint8_t { nvidia, amd, intel };

[[nodiscard]] std::string_view name_of(GpuVendor vendor);

enum class GpuState : std::uint8_t {
  working,
  asleep,       ///< runtime power management has switched it off; nothing was asked, so that it stays so
  lost,         ///< fell off the bus: the driver says so, and it is not asked again
  denied,       ///< there, and not for this user or this control group
  unpowered,    ///< its power cable is not connected, says the driver
  needs_reset,  ///< every call is answered with: it has to be reset first
  unopened,     ///< the driver gives no handle to it, and no reason that is one of these
};

/// "working", "asleep", "lost", "denied", "unpowered", "needs reset", "unopened".
[[nodiscard]] std::string_view name_of(GpuState state);

/// Why the clocks are lower than they could be; a set of bits, of which only those that cost speed are kept.
enum class Throttle : std::uint8_t {
  power_cap = 1,     ///< the power limit, in software
  hardware = 2,      ///< the hardware slows itself down, by half or more
  thermal = 4,       ///< too hot: by the driver
  hot_hardware = 8,  ///< too hot: by the hardware
  power_brake = 16,  ///< the power supply of the host asks for less
};

/// "power cap, thermal"; empty when nothing throttles.
[[nodiscard]] std::string describe_throttle(std::uint8_t set);

/// Whether a set of Throttle has a reason other than the power limit: a healthy card has none of these.
[[nodiscard]] constexpr bool is_slowed(std::uint8_t throttle) {
  return (throttle & ~static_cast<unsigned>(Throttle::power_cap)) != 0;
}

/// What the driver says has to be done before a GPU works again (NVML's field 230).
enum class GpuRecovery : std::uint8_t { none, reset, reboot, drain_links, drain_and_reset };

/// "nothing", "reset", ...
[[nodiscard]] std::string_view name_of(GpuRecovery action);

/// What a process does on a GPU.
enum class GpuWork : std::uint8_t { compute, graphics, mps };

[[nodiscard]] std::string_view name_of(GpuWork work);

/// Time of one engine that a client has used: nanoseconds where `total` is 0, else cycles out of `total` cycles.
struct EngineUse {
  std::string engine;
  std::uint64_t used = 0, total = 0;

  friend bool operator==(const EngineUse&, const EngineUse&) = default;
};

/// One process on one GPU.
struct GpuClient {
  pid_t pid = 0;
  GpuWork work = GpuWork::compute;
  int instance = -1;  ///< number of the MIG instance; -1 without MIG
  Reading<std::uint64_t> memory_bytes = {};
  /// As the driver measured it last; of a compute client of AMD, the part of the compute units that hold its work.
  Reading<double> busy_percent = {};
  Reading<double> memory_busy_percent = {};  ///< time in which it read or wrote the GPU's memory
  std::vector<EngineUse> engines = {};       ///< counters of drivers that count time; empty for NVIDIA

  friend bool operator==(const GpuClient&, const GpuClient&) = default;
};

/// One MIG instance: a GPU within the GPU.
struct GpuInstance {
  int number = -1;
  std::string uuid, name;
  Reading<std::uint64_t> memory_total_bytes, memory_used_bytes;
  Reading<double> sm_active_percent;

  friend bool operator==(const GpuInstance&, const GpuInstance&) = default;
};

struct GpuSample {
  GpuVendor vendor = GpuVendor::nvidia;
  GpuState state = GpuState::working;
  unsigned index = 0;          ///< by PCI address within the vendor's GPUs: as nvidia-smi counts
  std::string uuid;            ///< empty where the driver has none
  std::string name;            ///< raw
  std::string pci;             ///< "0000:18:00.0"
  std::string driver;          ///< name or version of the driver
  double age_seconds = 0;      ///< of the values, when they are stale
  bool shared_memory = false;  ///< it has no memory of its own, or next to none, and uses the host's

  Reading<std::uint64_t> memory_total_bytes, memory_used_bytes, memory_reserved_bytes;
  Reading<double> busy_percent;         ///< time in which some kernel ran, not how much of the GPU it used
  Reading<double> memory_busy_percent;  ///< time in which memory was read or written
  // Of the interval before, where the hardware counts (GPM: Hopper and later); first_sight at the first look.
  Reading<double> sm_active_percent, sm_occupancy_percent, tensor_active_percent, dram_active_percent;
  Reading<double> gpm_pcie_sent_per_second, gpm_pcie_received_per_second;      ///< bytes
  Reading<double> gpm_nvlink_sent_per_second, gpm_nvlink_received_per_second;  ///< bytes
  Reading<double> power_watts, power_limit_watts;
  Reading<double> power_default_watts;  ///< the limit that the card has when its owner sets none
  Reading<double> energy_joules;        ///< counter
  Reading<double> temperature_celsius, memory_temperature_celsius, slowdown_celsius;
  Reading<double> fan_percent;
  Reading<double> sm_clock_hertz, sm_clock_max_hertz, memory_clock_hertz, memory_clock_max_hertz;
  Reading<std::uint8_t> throttle;                                 ///< set of Throttle
  Reading<std::uint64_t> throttle_power_ns, throttle_thermal_ns;  ///< counters
  Reading<std::uint64_t> pcie_sent_bytes, pcie_received_bytes;    ///< counters, 32 bits wide on some
  Reading<unsigned> pcie_generation, pcie_width, pcie_generation_max, pcie_width_max;
  Reading<std::uint64_t> nvlink_sent_bytes, nvlink_received_bytes;  ///< counters of all links together
  Reading<std::uint64_t> ecc_corrected, ecc_uncorrected;            ///< since the driver was loaded
  Reading<std::uint64_t> remapped_rows;                             ///< rows of memory replaced by spare ones
  Reading<bool> remap_pending, remap_failed;
  Reading<unsigned> xid;                ///< the error that explains the others which the driver reported; absent: none
  Reading<std::vector<unsigned>> xids;  ///< each number once, in the order in which they came while vigie looked
  Reading<bool> mig;
  std::vector<GpuInstance> instances;
  Reading<std::vector<GpuClient>> clients;
  Reading<GpuRecovery> recovery;

  friend bool operator==(const GpuSample&, const GpuSample&) = default;
};

/// Calls `visit` with every reading of one GPU.
template <class Sample, class Visit>
void each_reading(Sample& gpu, Visit visit) {
  for (auto* one : {&gpu.memory_total_bytes, &gpu.memory_used_bytes, &gpu.memory_reserved_bytes, &gpu.throttle_power_ns,
                    &gpu.throttle_thermal_ns, &gpu.pcie_sent_bytes, &gpu.pcie_received_bytes, &gpu.nvlink_sent_bytes,
                    &gpu.nvlink_received_bytes, &gpu.ecc_corrected, &gpu.ecc_uncorrected, &gpu.remapped_rows})
    visit(*one);
  for (auto* one : {&gpu.busy_percent,
                    &gpu.memory_busy_percent,
                    &gpu.sm_active_percent,
                    &gpu.sm_occupancy_percent,
                    &gpu.tensor_active_percent,
                    &gpu.dram_active_percent,
                    &gpu.gpm_pcie_sent_per_second,
                    &gpu.gpm_pcie_received_per_second,
                    &gpu.gpm_nvlink_sent_per_second,
                    &gpu.gpm_nvlink_received_per_second,
                    &gpu.power_watts,
                    &gpu.power_limit_watts,
                    &gpu.power_default_watts,
                    &gpu.energy_joules,
                    &gpu.temperature_celsius,
                    &gpu.memory_temperature_celsius,
                    &gpu.slowdown_celsius,
                    &gpu.fan_percent,
                    &gpu.sm_clock_hertz,
                    &gpu.sm_clock_max_hertz,
                    &gpu.memory_clock_hertz,
                    &gpu.memory_clock_max_hertz})
    visit(*one);
  for (auto* one : {&gpu.pcie_generation, &gpu.pcie_width, &gpu.pcie_generation_max, &gpu.pcie_width_max, &gpu.xid})
    visit(*one);
  for (auto* one : {&gpu.remap_pending, &gpu.remap_failed, &gpu.mig}) visit(*one);
  visit(gpu.throttle);
  visit(gpu.recovery);
  visit(gpu.xids);
  visit(gpu.clients);
}

/// The same GPU with every known value marked as an old one.
[[nodiscard]] GpuSample as_stale(GpuSample gpu, double age_seconds);

/// The same GPU with nothing known but its identity.
[[nodiscard]] GpuSample without_values(const GpuSample& gpu, Presence reason);

/// Whether two samples are of one device.
[[nodiscard]] bool is_same_gpu(const GpuSample& one, const GpuSample& other);

/// "0", and "amd 0" for those of other vendors than NVIDIA: each counts from 0.
[[nodiscard]] std::string number_of(const GpuSample& gpu);

/// "GPU 0 (NVIDIA H200)"; the name raw.
[[nodiscard]] std::string label_of(const GpuSample& gpu);

/// Bytes a second that the PCIe link can carry one way as it runs now: generation and width, without the protocol's
/// overhead (PCI Express Base Specification); absent as these are.
[[nodiscard]] Reading<double> link_bytes_per_second(const GpuSample& gpu);

/// Whether the driver says that it has to be reset or replaced, or that its hardware failed: a run that begins there is
/// lost.
[[nodiscard]] bool is_broken(const GpuSample& gpu);

/// Whether a run may be given the GPU: it is not broken, no process is on it, and no memory to speak of is held (a
/// process in another container may hold some).
[[nodiscard]] bool is_free(const GpuSample& gpu);

/// What two looks tell about a GPU; absent as the counters are.
struct GpuRates {
  /// All clients' time on the busiest engine, where drivers count that: of those clients that may be read.
  Reading<double> busy_by_clients_percent;
  Reading<double> power_watts;  ///< from the energy counter
  Reading<double> pcie_sent_bytes_per_second, pcie_received_bytes_per_second;
  Reading<double> nvlink_sent_bytes_per_second, nvlink_received_bytes_per_second;
  Reading<double> throttle_power_percent, throttle_thermal_percent;  ///< of the time
  std::vector<Reading<double>> client_busy_percent;                  ///< parallel to the GPU's clients
};

/// Time in which the GPU did something. Where the driver does not tell (Intel), the time of its clients, which is too
/// little when others use it, too. `rates` may be nullptr.
[[nodiscard]] Reading<double> busy_percent_of(const GpuSample& gpu, const GpuRates* rates);

struct GpuDelta {
  std::vector<GpuRates> gpus;  ///< parallel to the later snapshot's GPUs
};

}  // namespace vigie
