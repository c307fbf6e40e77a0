#include "sources/sys/hardware.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <string_view>

#include "base/directory.hpp"
#include "base/fd.hpp"
#include "base/file.hpp"
#include "sources/sys/parse.hpp"

namespace vigie::sys {
namespace {

bool exists(const Root& root, const std::string& path) {
  return ::faccessat(root.sys(), path.c_str(), F_OK, 0) == 0;
}

std::string read_line(const Root& root, const std::string& path, std::string& buffer) {
  if (read_file(root.sys(), path.c_str(), buffer) != 0) return {};
  return buffer.substr(0, buffer.find('\n'));
}

Reading<double> read_number(const Root& root, const std::string& path, std::string& buffer) {
  if (const int error = read_file(root.sys(), path.c_str(), buffer)) return presence_of_errno(error);
  std::int64_t value = 0;
  if (std::from_chars(buffer.data(), buffer.data() + buffer.size(), value).ec != std::errc{}) return Presence::unknown;
  return static_cast<double>(value);
}

struct SensorInput {
  std::string_view prefix;
  SensorKind kind;
  double scale;  ///< of the unit that sysfs has
};

void add_sensors(const Root& root, const std::string& chip, const SensorInput& input, std::string& buffer,
                 std::vector<SensorSample>& sensors) {
  constexpr std::string_view ending = "_input";
  for (const std::string& name : names_in(root.sys(), chip, input.prefix)) {
    if (!name.ends_with(ending) && name != "power1_average") continue;
    const Reading<double> value = read_number(root, chip + "/" + name, buffer);
    if (!value) continue;  // a sensor that is switched off says EAGAIN or ENODATA
    const std::string stem = name.substr(0, name.find('_'));
    if (read_number(root, chip + "/" + stem + "_fault", buffer).value_or(0) == 1) continue;  // not connected
    SensorSample sensor;
    sensor.chip = read_line(root, chip + "/name", buffer);
    sensor.label = read_line(root, chip + "/" + stem + "_label", buffer);
    if (sensor.label.empty()) sensor.label = stem;
    sensor.kind = input.kind;
    sensor.value = *value * input.scale;
    sensor.critical = read_number(root, chip + "/" + stem + "_crit", buffer);
    if (sensor.critical) *sensor.critical *= input.scale;
    sensors.push_back(std::move(sensor));
  }
}

/// An attribute that an interface may lack: a down or virtual one answers with EINVAL.
Reading<std::string> read_attribute(const Root& root, const std::string& path, std::string& buffer) {
  if (const int error = read_file(root.sys(), path.c_str(), buffer)) {
    return error == EINVAL ? Presence::unsupported : presence_of_errno(error);
  }
  return buffer.substr(0, buffer.find('\n'));
}

/// Bytes per second, from megabits (Documentation/ABI/testing/sysfs-class-net).
Reading<std::uint64_t> link_speed(const Reading<std::string>& text) {
  if (!text) return text.presence();
  constexpr std::int64_t bytes_per_megabit = 1'000'000 / 8;
  constexpr std::int64_t most = 100'000'000;  // 100 Tbit/s: more is a driver's way to say that it does not know
  std::int64_t megabits = -1;
  std::from_chars(text->data(), text->data() + text->size(), megabits);
  if (megabits <= 0 || megabits >= most) return Presence::unsupported;
  return static_cast<std::uint64_t>(megabits * bytes_per_megabit);
}

}  // namespace

void add_disk_kinds(const Root& root, std::vector<DiskSample>& disks, std::string& buffer) {
  if (root.sys() < 0) return;
  std::string path;
  for (DiskSample& disk : disks) {
    path = "class/block/" + disk.name;
    std::replace(path.begin() + 12, path.end(), '/', '!');  // cciss/c0d0
    const bool own_kind = disk.kind != DiskKind::other && disk.kind != DiskKind::nvme;
    if (own_kind) {
      // Partitions of loop, md and the like are named so: loop0p1, md0p1.
      const std::size_t letter = disk.name.rfind('p');
      if (letter == std::string::npos || letter == 0 || disk.name[letter - 1] < '0' || disk.name[letter - 1] > '9')
        continue;
    }
    disk.partition = exists(root, path + "/partition");
    if (own_kind || disk.partition || disk.kind == DiskKind::nvme) continue;
    const std::string rotational = read_line(root, path + "/queue/rotational", buffer);
    if (!rotational.empty()) disk.kind = rotational == "1" ? DiskKind::hdd : DiskKind::ssd;
  }
  // A partition is of the kind of its disk, which stands before it.
  for (std::size_t index = 1; index < disks.size(); ++index) {
    if (disks[index].partition && disks[index].kind == DiskKind::other) disks[index].kind = disks[index - 1].kind;
  }
}

void add_interface_kinds(const Root& root, std::vector<InterfaceSample>& interfaces) {
  if (root.sys() < 0) return;
  std::string buffer;
  for (InterfaceSample& interface : interfaces) {
    if (interface.name.find('/') != std::string::npos) continue;  // no interface: a path that leads elsewhere
    const std::string directory = "class/net/" + interface.name;
    interface.physical = exists(root, directory + "/device");
    interface.state = read_attribute(root, directory + "/operstate", buffer);
    interface.link_bytes_per_second = link_speed(read_attribute(root, directory + "/speed", buffer));
  }
}

Reading<std::vector<SensorSample>> read_sensors(const Root& root, std::string& buffer) {
  const std::string directory = "class/hwmon";
  if (root.sys() < 0 || !exists(root, directory)) return Presence::unsupported;
  std::vector<SensorSample> sensors;
  for (const std::string& name : names_in(root.sys(), directory, "hwmon")) {
    const std::string chip = directory + "/" + name;
    add_sensors(root, chip, {"temp", SensorKind::temperature, 0.001}, buffer, sensors);
    add_sensors(root, chip, {"fan", SensorKind::fan, 1}, buffer, sensors);
    add_sensors(root, chip, {"power", SensorKind::power, 0.000001}, buffer, sensors);
  }
  return sensors;
}

Reading<double> read_cpu_hertz(const Root& root, unsigned cpus, std::string& buffer) {
  if (root.sys() < 0) return Presence::unsupported;
  constexpr unsigned most = 16;
  const unsigned step = std::max(1U, (cpus + most - 1) / most);
  double sum = 0;
  unsigned read = 0;
  for (unsigned cpu = 0; cpu < std::max(1U, cpus); cpu += step) {
    const std::string path = "devices/system/cpu/cpu" + std::to_string(cpu) + "/cpufreq/scaling_cur_freq";
    const Reading<double> kilohertz = read_number(root, path, buffer);
    if (!kilohertz) {
      if (cpu == 0) return kilohertz.presence();
      continue;
    }
    sum += *kilohertz * 1000;
    ++read;
  }
  return sum / read;
}

Reading<std::vector<NumaNode>> read_numa(const Root& root, std::string& buffer) {
  const std::string directory = "devices/system/node";
  if (root.sys() < 0 || !exists(root, directory)) return Presence::unsupported;
  std::vector<NumaNode> nodes;
  for (const std::string& name : names_in(root.sys(), directory, "node")) {
    const std::string path = directory + "/" + name;
    if (read_file(root.sys(), (path + "/meminfo").c_str(), buffer) != 0) continue;
    NumaNode node = parse_node_meminfo(buffer);
    node.cpus = read_line(root, path + "/cpulist", buffer);
    if (node.total_bytes > 0) nodes.push_back(std::move(node));
  }
  std::ranges::sort(nodes, {}, &NumaNode::number);
  return nodes;
}

}  // namespace vigie::sys
