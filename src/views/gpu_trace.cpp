#include "views/gpu_trace.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "base/json_writer.hpp"

namespace vigie::views {
namespace {

/// An object, whose members come in the order of their names.
class Members {
 public:
  /// `write` writes the value.
  template <class Write>
  void add(const std::string& name, const Write& write) {
    std::string text;
    JsonWriter writer(text);
    write(writer);
    members_[name] = std::move(text);
  }
  template <class T>
  void set(const std::string& name, const T& value) {
    add(name, [&](JsonWriter& writer) { writer.value(value); });
  }
  void set_null(const std::string& name) { members_[name] = "null"; }
  /// Another object, where it has something.
  void set_object(const std::string& name, const Members& object) {
    if (!object.members_.empty()) members_[name] = object.text();
  }

  [[nodiscard]] std::set<std::string> keys() const {
    std::set<std::string> keys;
    for (const auto& [name, text] : members_) keys.insert(name);
    return keys;
  }
  [[nodiscard]] std::string text() const {
    std::string out = "{";
    for (const auto& [name, text] : members_) {
      if (out.size() > 1) out += ", ";
      JsonWriter(out).value(name);
      out += ": " + text;
    }
    return out + "}";
  }

 private:
  std::map<std::string, std::string> members_;  ///< values as JSON
};

std::uint64_t whole(double value) {
  return static_cast<std::uint64_t>(std::llround(value));
}

/// In the driver's unit, of which `scale` are one of vigie's; null when it is unknown.
template <class T>
void write(JsonWriter& writer, const Reading<T>& reading, double scale = 1) {
  if (!reading) return writer.null();
  if constexpr (std::is_floating_point_v<T>) {
    writer.value(whole(*reading * scale));
  } else {
    writer.value(*reading);
  }
}

template <class T>
void put(Members& line, const char* name, const Reading<T>& reading, double scale = 1) {
  if (reading) line.add(name, [&](JsonWriter& writer) { write(writer, reading, scale); });
}

/// An unknown half is null.
template <class T>
void put_pair(Members& line, const char* name, const Reading<T>& first, const Reading<T>& second, double scale = 1) {
  if (!first && !second) return;
  line.add(name, [&](JsonWriter& writer) {
    writer.begin_array();
    write(writer, first, scale);
    write(writer, second, scale);
    writer.end_array();
  });
}

/// Total, reserved, used.
void write_memory(JsonWriter& writer, std::uint64_t total, const Reading<std::uint64_t>& reserved, std::uint64_t used) {
  writer.begin_array();
  writer.value(total);
  write(writer, reserved);
  writer.value(used);
  writer.end_array();
}

/// The driver's answer instead of a handle, or to every call.
void put_state(Members& line, GpuState state) {
  switch (state) {
    case GpuState::working:
    case GpuState::asleep: return;
    case GpuState::lost: return line.set("lost", true);
    case GpuState::needs_reset: return line.set("needs_reset", true);
    case GpuState::denied: return line.set("handle", 4);
    case GpuState::unpowered: return line.set("handle", 8);
    case GpuState::unopened: return line.set("handle", 999);
  }
}

unsigned reasons_of(std::uint8_t set) {
  constexpr std::array<std::pair<Throttle, unsigned>, 5> reasons = {{{Throttle::power_cap, 0x4},
                                                                     {Throttle::hardware, 0x8},
                                                                     {Throttle::thermal, 0x20},
                                                                     {Throttle::hot_hardware, 0x40},
                                                                     {Throttle::power_brake, 0x80}}};
  unsigned theirs = 0;
  for (const auto& [ours, reason] : reasons) {
    if ((set & static_cast<unsigned>(ours)) != 0) theirs |= reason;
  }
  return theirs;
}

Members fields_of(const GpuSample& gpu) {
  Members fields;
  put(fields, "74", gpu.throttle_power_ns);
  put(fields, "75", gpu.throttle_thermal_ns);
  put(fields, "82", gpu.memory_temperature_celsius);
  put(fields, "197", gpu.pcie_sent_bytes);
  put(fields, "198", gpu.pcie_received_bytes);
  put(fields, "202", gpu.nvlink_sent_bytes);
  put(fields, "204", gpu.nvlink_received_bytes);
  if (gpu.recovery) fields.set("230", static_cast<unsigned>(*gpu.recovery));
  return fields;
}

Members gpm_of(const GpuSample& gpu) {
  Members metrics;
  constexpr double mib = 1 << 20;
  const auto add = [&](const char* id, const Reading<double>& reading, double unit = 1) {
    if (reading) metrics.set(id, *reading / unit);
  };
  add("2", gpu.sm_active_percent);
  add("3", gpu.sm_occupancy_percent);
  add("5", gpu.tensor_active_percent);
  add("10", gpu.dram_active_percent);
  add("20", gpu.gpm_pcie_sent_per_second, mib);
  add("21", gpu.gpm_pcie_received_per_second, mib);
  add("60", gpu.gpm_nvlink_received_per_second, mib);
  add("61", gpu.gpm_nvlink_sent_per_second, mib);
  return metrics;
}

void write_clients(JsonWriter& writer, const GpuSample& gpu) {
  const auto member = [&](const char* name, const auto& reading) {
    if (!reading) return;
    writer.key(name);
    write(writer, reading);
  };
  writer.begin_array();
  for (const GpuClient& client : *gpu.clients) {
    writer.begin_object();
    writer.member("pid", client.pid);
    writer.member("kind", name_of(client.work));
    member("memory", client.memory_bytes);
    member("sm", client.busy_percent);
    member("mem", client.memory_busy_percent);
    if (client.instance >= 0) writer.member("instance", client.instance);
    writer.end_object();
  }
  writer.end_array();
}

void write_instances(JsonWriter& writer, const GpuSample& gpu) {
  writer.begin_array();
  for (const GpuInstance& instance : gpu.instances) {
    writer.begin_object();
    writer.member("instance", instance.number);
    writer.member("uuid", instance.uuid);
    writer.member("name", instance.name);
    if (instance.memory_total_bytes && instance.memory_used_bytes) {
      writer.key("memory");
      write_memory(writer, *instance.memory_total_bytes, std::uint64_t{0}, *instance.memory_used_bytes);
    }
    writer.end_object();
  }
  writer.end_array();
}

void put_remapped(Members& line, const GpuSample& gpu) {
  if (!gpu.remapped_rows) return;
  line.add("remapped", [&](JsonWriter& writer) {
    writer.begin_array();
    writer.value(*gpu.remapped_rows);
    writer.value(0);
    writer.value(gpu.remap_pending.value_or(false) ? 1 : 0);
    writer.value(gpu.remap_failed.value_or(false) ? 1 : 0);
    writer.end_array();
  });
}

/// One GPU as a line of a trace, in NVML's units; unknown values are left out.
Members trace_line(const GpuSample& gpu, double seconds) {
  Members line;
  line.set("time", seconds);
  line.set("device", gpu.index);
  line.set("uuid", gpu.uuid);
  line.set("name", gpu.name);
  line.set("pci", gpu.pci);
  if (gpu.memory_total_bytes && gpu.memory_used_bytes) {
    line.add("memory", [&](JsonWriter& writer) {
      write_memory(writer, *gpu.memory_total_bytes, gpu.memory_reserved_bytes, *gpu.memory_used_bytes);
    });
  }
  put_pair(line, "utilization", gpu.busy_percent, gpu.memory_busy_percent);
  put(line, "power_mw", gpu.power_watts, 1000);
  put(line, "power_limit_mw", gpu.power_limit_watts, 1000);
  put(line, "power_default_mw", gpu.power_default_watts, 1000);
  put(line, "energy_mj", gpu.energy_joules, 1000);
  put(line, "temperature", gpu.temperature_celsius);
  put(line, "slowdown", gpu.slowdown_celsius);
  put(line, "fan", gpu.fan_percent);
  constexpr double to_mega = 1e-6;
  put_pair(line, "clocks", gpu.sm_clock_hertz, gpu.memory_clock_hertz, to_mega);
  put_pair(line, "clocks_max", gpu.sm_clock_max_hertz, gpu.memory_clock_max_hertz, to_mega);
  if (gpu.throttle) line.set("reasons", reasons_of(*gpu.throttle));
  put_pair(line, "pcie", gpu.pcie_generation, gpu.pcie_width);
  put_pair(line, "pcie_max", gpu.pcie_generation_max, gpu.pcie_width_max);
  put_pair(line, "ecc", gpu.ecc_corrected, gpu.ecc_uncorrected);
  put_remapped(line, gpu);
  line.set_object("fields", fields_of(gpu));
  line.set_object("gpm", gpm_of(gpu));
  if (gpu.mig.value_or(false)) line.add("mig", [&](JsonWriter& writer) { write_instances(writer, gpu); });
  if (gpu.clients) line.add("processes", [&](JsonWriter& writer) { write_clients(writer, gpu); });
  put_state(line, gpu.state);
  return line;
}

std::string head_of(const std::vector<GpuSample>& gpus) {
  Members head;
  head.set("trace", "nvml");
  head.set("version", 1);
  head.set("source", "recorded by vigie " VIGIE_VERSION);
  for (const GpuSample& gpu : gpus) {
    if (gpu.vendor == GpuVendor::nvidia) head.set("driver", gpu.driver);
  }
  return head.text() + "\n";
}

}  // namespace

/// A value that a GPU no longer gives is null from here on, and each error is written once.
std::string GpuTrace::next_line(const GpuSample& gpu, double seconds) {
  Members line = trace_line(gpu, seconds);
  Told& told = told_[gpu.index];
  std::vector<unsigned> news;
  for (const unsigned xid : gpu.xids.value_or({})) {
    if (std::ranges::find(told.xids, xid) == told.xids.end()) news.push_back(xid);
  }
  told.xids = gpu.xids.value_or({});
  std::set<std::string> keys = line.keys();
  for (const std::string& key : told.keys) {
    if (!keys.contains(key)) line.set_null(key);
  }
  told.keys = std::move(keys);
  if (news.empty()) return line.text();
  line.add("xid", [&](JsonWriter& writer) {
    writer.begin_array();
    for (const unsigned xid : news) writer.value(xid);
    writer.end_array();
  });
  return line.text();
}

std::string GpuTrace::lines_of(const Frame& frame) {
  const std::int64_t now_ns = frame.snapshot->before.boot_ns;
  const std::vector<GpuSample>& gpus = *frame.snapshot->gpus;
  std::string text;
  if (begin_ns_ == 0) {
    begin_ns_ = now_ns;
    text = head_of(gpus);
  }
  const double seconds = static_cast<double>(now_ns - begin_ns_) / nanoseconds_per_second;
  for (const GpuSample& gpu : gpus) {
    if (gpu.vendor == GpuVendor::nvidia && gpu.age_seconds == 0) text += next_line(gpu, seconds) + "\n";
  }
  return text;
}

}  // namespace vigie::views
