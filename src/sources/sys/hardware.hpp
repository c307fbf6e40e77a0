// What /sys says of the hardware: kinds of disks and interfaces, sensors, clock, NUMA nodes.
#pragma once

#include <string>
#include <vector>

#include "base/root.hpp"
#include "model/host_parts.hpp"

namespace vigie::sys {

/// Tells partitions and rotating disks apart.
void add_disk_kinds(const Root& root, std::vector<DiskSample>& disks, std::string& buffer);
/// Tells interfaces with hardware (or a hypervisor) behind them.
void add_interface_kinds(const Root& root, std::vector<InterfaceSample>& interfaces);
/// Every hwmon temperature, fan and power. Unsupported where there are none.
[[nodiscard]] Reading<std::vector<SensorSample>> read_sensors(const Root& root, std::string& buffer);
/// Average clock of at most 16 CPUs spread over all: each is one read, which may wake the CPU up.
[[nodiscard]] Reading<double> read_cpu_hertz(const Root& root, unsigned cpus, std::string& buffer);
/// Ascending by number. Unsupported where the kernel knows no nodes.
[[nodiscard]] Reading<std::vector<NumaNode>> read_numa(const Root& root, std::string& buffer);

}  // namespace vigie::sys
