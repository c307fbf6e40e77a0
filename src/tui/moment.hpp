// What graphs keep of a frame: small, so that an hour of it costs little. Frames themselves are too large to keep.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "model/frame.hpp"
#include "model/reading.hpp"

namespace vigie::tui {

/// The host as a whole.
struct HostMoment {
  Reading<double> cpu_percent = {};  ///< of all CPUs together: 0 to 100
  Reading<double> system_percent = {}, iowait_percent = {};
  Reading<double> memory_percent = {}, memory_bytes = {}, swap_percent = {};
  Reading<double> cpu_pressure = {}, io_pressure = {},
                  memory_pressure = {};                  ///< percent of the time in which some task waited
  Reading<double> read_bytes = {}, written_bytes = {};   ///< a second, of all physical disks
  Reading<double> received_bytes = {}, sent_bytes = {};  ///< a second, of all physical interfaces
  Reading<double> load1 = {};
};

struct GpuMoment {
  std::string pci = {};  ///< which one
  Reading<double> busy_percent = {}, sm_percent = {}, memory_percent = {}, power_watts = {}, celsius = {};
};

struct DiskMoment {
  std::string name = {};
  Reading<double> read_bytes = {}, written_bytes = {};  ///< a second
  Reading<double> busy_percent = {};
};

struct InterfaceMoment {
  std::string name = {};
  Reading<double> received_bytes = {}, sent_bytes = {};  ///< a second
};

struct RunMoment {
  std::string id = {};
  RunState state = RunState::running;
  Reading<double> rate_per_second = {};  ///< steps
  Reading<double> cpu_percent = {};      ///< 100 per CPU, all of its processes
  Reading<double> gpu_percent = {};      ///< 100 is one GPU
  Reading<double> io_bytes = {};         ///< read and written a second, storage
  /// What its trainers did, as shares of the looks, 0 to 1; of a program without trainers, what the process did that
  /// slept least. Absent where threads were not looked at.
  Reading<double> running = {}, disk = {}, stopped = {}, asleep = {};
};

struct Moment {
  std::int64_t wall_ns = 0;
  double elapsed_seconds = 0;  ///< that its rates are of
  HostMoment host = {};
  std::vector<GpuMoment> gpus = {};
  std::vector<DiskMoment> disks = {};  ///< physical ones
  std::vector<InterfaceMoment> interfaces = {};
  std::vector<RunMoment> runs = {};  ///< alive

  /// nullptr when it was not there.
  [[nodiscard]] const GpuMoment* gpu(std::string_view pci) const;
  [[nodiscard]] const DiskMoment* disk(std::string_view name) const;
  [[nodiscard]] const InterfaceMoment* interface(std::string_view name) const;
  [[nodiscard]] const RunMoment* run(std::string_view id) const;
};

/// Pure.
[[nodiscard]] Moment moment_of(const Frame& frame);

}  // namespace vigie::tui
