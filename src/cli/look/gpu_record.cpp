#include "cli/look/gpu_record.hpp"

#include <fcntl.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cmath>
#include <utility>

#include <nlohmann/json.hpp>

#include "base/file.hpp"
#include "base/text.hpp"
#include "wire/json_text.hpp"

namespace vigie::cli {
namespace {

using nlohmann::json;

std::uint64_t whole(double value) {
  return static_cast<std::uint64_t>(std::llround(value));
}

template <class T>
void put(json& line, const char* name, const Reading<T>& reading, double scale = 1) {
  if (!reading) return;
  if constexpr (std::is_floating_point_v<T>) {
    line[name] = whole(*reading * scale);
  } else {
    line[name] = *reading;
  }
}

template <class T>
json value_of(const Reading<T>& reading, double scale) {
  if (!reading) return nullptr;
  if constexpr (std::is_floating_point_v<T>) {
    return whole(*reading * scale);
  } else {
    return *reading;
  }
}

/// The half that is not told is null.
template <class T>
void put_pair(json& line, const char* name, const Reading<T>& first, const Reading<T>& second, double scale = 1) {
  if (first || second) line[name] = {value_of(first, scale), value_of(second, scale)};
}

/// What the driver said instead of a handle, or to every call.
void put_state(json& line, GpuState state) {
  switch (state) {
    case GpuState::working:
    case GpuState::asleep: return;
    case GpuState::lost: line["lost"] = true; return;
    case GpuState::needs_reset: line["needs_reset"] = true; return;
    case GpuState::denied: line["handle"] = 4; return;
    case GpuState::unpowered: line["handle"] = 8; return;
    case GpuState::unopened: line["handle"] = 999; return;
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

json fields_of(const GpuSample& gpu) {
  json fields = json::object();
  put(fields, "74", gpu.throttle_power_ns);
  put(fields, "75", gpu.throttle_thermal_ns);
  put(fields, "82", gpu.memory_temperature_celsius);
  put(fields, "197", gpu.pcie_sent_bytes);
  put(fields, "198", gpu.pcie_received_bytes);
  put(fields, "202", gpu.nvlink_sent_bytes);
  put(fields, "204", gpu.nvlink_received_bytes);
  if (gpu.recovery) fields["230"] = static_cast<unsigned>(*gpu.recovery);
  return fields;
}

json gpm_of(const GpuSample& gpu) {
  json metrics = json::object();
  constexpr double mib = 1 << 20;
  const auto add = [&](const char* id, const Reading<double>& reading, double unit = 1) {
    if (reading) metrics[id] = *reading / unit;
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

json clients_of(const GpuSample& gpu) {
  json clients = json::array();
  for (const GpuClient& client : *gpu.clients) {
    json one{{"pid", client.pid}, {"kind", name_of(client.work)}};
    put(one, "memory", client.memory_bytes);
    put(one, "sm", client.busy_percent);
    put(one, "mem", client.memory_busy_percent);
    if (client.instance >= 0) one["instance"] = client.instance;
    clients.push_back(std::move(one));
  }
  return clients;
}

json instances_of(const GpuSample& gpu) {
  json instances = json::array();
  for (const GpuInstance& instance : gpu.instances) {
    json one{{"instance", instance.number}, {"uuid", instance.uuid}, {"name", instance.name}};
    if (instance.memory_total_bytes && instance.memory_used_bytes)
      one["memory"] = {*instance.memory_total_bytes, 0, *instance.memory_used_bytes};
    instances.push_back(std::move(one));
  }
  return instances;
}

/// One GPU as a line of a trace, in NVML's units; what it could not tell is left out.
json trace_line(const GpuSample& gpu, double seconds) {
  json line{{"time", seconds}, {"device", gpu.index}, {"uuid", gpu.uuid}, {"name", gpu.name}, {"pci", gpu.pci}};
  if (gpu.memory_total_bytes && gpu.memory_used_bytes)
    line["memory"] = {*gpu.memory_total_bytes, value_of(gpu.memory_reserved_bytes, 1), *gpu.memory_used_bytes};
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
  if (gpu.throttle) line["reasons"] = reasons_of(*gpu.throttle);
  put_pair(line, "pcie", gpu.pcie_generation, gpu.pcie_width);
  put_pair(line, "pcie_max", gpu.pcie_generation_max, gpu.pcie_width_max);
  put_pair(line, "ecc", gpu.ecc_corrected, gpu.ecc_uncorrected);
  if (gpu.remapped_rows)
    line["remapped"] = {*gpu.remapped_rows, 0, gpu.remap_pending.value_or(false) ? 1 : 0,
                        gpu.remap_failed.value_or(false) ? 1 : 0};
  if (json fields = fields_of(gpu); !fields.empty()) line["fields"] = std::move(fields);
  if (json metrics = gpm_of(gpu); !metrics.empty()) line["gpm"] = std::move(metrics);
  if (gpu.mig.value_or(false)) line["mig"] = instances_of(gpu);
  if (gpu.clients) line["processes"] = clients_of(gpu);
  put_state(line, gpu.state);
  return line;
}

}  // namespace

/// What a GPU does not tell any more is null from here on, and each error is written once.
std::string GpuRecorder::next_line(const GpuSample& gpu, double seconds) {
  json line = trace_line(gpu, seconds);
  Told& told = told_[gpu.index];
  std::vector<unsigned> news;
  for (const unsigned xid : gpu.xids.value_or({})) {
    if (std::ranges::find(told.xids, xid) == told.xids.end()) news.push_back(xid);
  }
  told.xids = gpu.xids.value_or({});
  std::set<std::string> keys;
  for (const auto& [key, value] : line.items()) keys.insert(key);
  for (const std::string& key : told.keys) {
    if (!keys.contains(key)) line[key] = nullptr;
  }
  told.keys = std::move(keys);
  if (!news.empty()) line["xid"] = std::move(news);
  return wire::json_text(std::move(line));
}

Result<GpuRecorder> GpuRecorder::open(const std::string& path) {
  GpuRecorder recorder;
  recorder.path_ = path;
  recorder.file_.reset(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644));
  if (!recorder.file_) return fail_errno("cannot record to " + safe_text(path), errno);
  return recorder;
}

Result<void> GpuRecorder::append(const Frame& frame) {
  const std::int64_t now_ns = frame.snapshot->before.boot_ns;
  std::string text;
  const std::vector<GpuSample>& gpus = *frame.snapshot->gpus;
  if (begin_ns_ == 0) {
    begin_ns_ = now_ns;
    json head{{"trace", "nvml"}, {"version", 1}, {"source", "recorded by vigie " VIGIE_VERSION}};
    for (const GpuSample& gpu : gpus) {
      if (gpu.vendor == GpuVendor::nvidia) head["driver"] = gpu.driver;
    }
    text += wire::json_text(head) + "\n";
  }
  const double seconds = static_cast<double>(now_ns - begin_ns_) / nanoseconds_per_second;
  for (const GpuSample& gpu : gpus) {
    if (gpu.vendor == GpuVendor::nvidia && gpu.age_seconds == 0) text += next_line(gpu, seconds) + "\n";
  }
  if (const int error = write_all(file_.get(), text)) return fail_errno("cannot write to " + safe_text(path_), error);
  return {};
}

}  // namespace vigie::cli
