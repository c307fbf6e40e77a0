// A library with the names of NVIDIA's that replays a trace and misbehaves on demand; see README.md.
#include <pthread.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "sources/gpu/nvml_abi.hpp"
#include "trace.hpp"

using fake_nvml::json;
using fake_nvml::Trace;
using namespace vigie::gpu::nvml;

namespace {

/// A handle: a device, or with an instance one of its MIG instances.
struct Handle {
  std::size_t device = 0;
  int instance = -1;
};

/// All that the library knows. Values at one moment are kept: they are asked for one by one.
struct Driver {
  std::mutex mutex;
  std::unique_ptr<Trace> trace;
  std::chrono::steady_clock::time_point begun;
  std::vector<std::unique_ptr<Handle>> handles;
  std::vector<json> now;
  double now_is = -1;
  std::vector<std::size_t> told_errors;
};

Driver& driver() {
  static Driver* const one = new Driver;  // outlives every thread that is left behind in it
  return *one;
}

double seconds() {
  if (const char* clock = std::getenv("VIGIE_FAKE_NVML_CLOCK")) {
    std::ifstream file(clock);
    double value = 0;
    file >> value;
    return value;
  }
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - driver().begun).count();
}

void sleep_for(double time) {
  const timespec duration{.tv_sec = static_cast<time_t>(time),
                          .tv_nsec = static_cast<long>((time - static_cast<double>(static_cast<time_t>(time))) * 1e9)};
  ::nanosleep(&duration, nullptr);
}

const json& faults() {
  static const json none = json::object();
  const json& head = driver().trace->head();
  return head.contains("faults") ? head["faults"] : none;
}

/// What every call does first: the faults asked for.
Return enter(const char* name) {
  if (driver().trace == nullptr) return uninitialized;
  const json& wrong = faults();
  if (wrong.contains("slow") && wrong["slow"].contains(name)) sleep_for(wrong["slow"][name].get<double>());
  if (wrong.value("hang", "") == name && seconds() >= wrong.value("hang_after", 0.0)) {
    while (true) ::pause();
  }
  if (wrong.contains("missing")) {
    const json& missing = wrong["missing"];
    if (std::find(missing.begin(), missing.end(), name) != missing.end()) return function_not_found;
  }
  return success;
}

/// What the device of a handle says now; `result` is success when it may be asked by this function.
json device_now(const char* name, Device device, Return& result) {
  result = enter(name);
  if (result != success) return {};
  Driver& all = driver();
  const std::lock_guard lock(all.mutex);
  const auto* handle = reinterpret_cast<const Handle*>(device);
  const bool known =
      std::any_of(all.handles.begin(), all.handles.end(), [&](const auto& one) { return one.get() == handle; });
  if (!known) {
    result = invalid_argument;
    return {};
  }
  const double time = seconds();
  // A trace whose clock stands still is put together once.
  if (time != all.now_is && (time - all.now_is > 0.001 || time < all.now_is)) {
    all.now.clear();
    for (std::size_t at = 0; at < all.trace->devices(); ++at) all.now.push_back(all.trace->at(at, time));
    all.now_is = time;
  }
  const json& values = all.now[handle->device];
  if (values.value("lost", false)) result = gpu_is_lost;
  if (values.contains("errors") && values["errors"].contains(name))
    result = static_cast<Return>(values["errors"][name].get<int>());
  if (handle->instance < 0) return values;
  for (const json& one : values.value("mig", json::array())) {
    if (one.value("instance", -1) == handle->instance) return one;
  }
  result = not_found;
  return {};
}

/// The member of what a device says, at `index` of an array when it is one.
template <class T>
int give(const char* name, Device device, const char* key, T* into, int index = -1) {
  Return result = success;
  const json values = device_now(name, device, result);
  if (result != success) return result;
  if (into == nullptr) return invalid_argument;
  if (!values.contains(key)) return not_supported;
  const json& value = index < 0 ? values[key] : values[key].at(static_cast<std::size_t>(index));
  *into = value.get<T>();
  return success;
}

int give_text(const char* name, Device device, const char* key, char* into, unsigned length) {
  std::string text;
  const int result = give(name, device, key, &text);
  if (result != success) return result;
  if (text.size() + 1 > length) return insufficient_size;
  std::memcpy(into, text.c_str(), text.size() + 1);
  return success;
}

Device handle_of(std::size_t device, int instance) {
  for (const auto& one : driver().handles) {
    if (one->device == device && one->instance == instance) return reinterpret_cast<Device>(one.get());
  }
  driver().handles.push_back(std::make_unique<Handle>(Handle{device, instance}));
  return reinterpret_cast<Device>(driver().handles.back().get());
}

template <class Info>
int list(const char* name, const char* kind, Device device, unsigned* count, Info* into) {
  Return result = success;
  const json values = device_now(name, device, result);
  if (result != success) return result;
  std::vector<Info> found;
  for (const json& process : values.value("processes", json::array())) {
    if (process.value("kind", "compute") != kind) continue;
    Info info{};
    info.pid = process["pid"].get<unsigned>();
    info.used_memory = process.contains("memory") ? process["memory"].get<unsigned long long>() : not_available;
    if constexpr (requires { info.gpu_instance; })
      info.gpu_instance = info.compute_instance = process.value("instance", ~0U);
    found.push_back(info);
  }
  const unsigned room = *count;
  *count = static_cast<unsigned>(found.size());
  if (found.size() > room) return insufficient_size;
  std::copy(found.begin(), found.end(), into);
  return success;
}

#ifndef FAKE_NVML_OLD
unsigned long long wall_us() {
  timespec value{};
  ::clock_gettime(CLOCK_REALTIME, &value);
  return static_cast<unsigned long long>(value.tv_sec) * 1'000'000 +
         static_cast<unsigned long long>(value.tv_nsec) / 1000;
}
#endif

/// A sample of the counters, of which a difference is taken: the time it was taken at.
struct Sample {
  double seconds = 0;
};

}  // namespace

#define NAME __func__
extern "C" {

int nvmlInit_v2() {
  Driver& all = driver();
  {
    const std::lock_guard lock(all.mutex);
    const char* path = std::getenv("VIGIE_FAKE_NVML_TRACE");
    all.trace = std::make_unique<Trace>(path == nullptr ? "" : path);
    all.begun = std::chrono::steady_clock::now();
    all.now_is = -1;
    all.told_errors.assign(all.trace->devices(), 0);
  }
  const Return entered = enter(NAME);
  if (entered != success) return entered;
  return faults().value("init", 0);
}

int nvmlShutdown() {
  return enter(NAME);
}

int nvmlSystemGetDriverVersion(char* version, unsigned length) {
  if (const Return entered = enter(NAME); entered != success) return entered;
  std::snprintf(version, length, "%s", driver().trace->head().value("driver", "550.54.15").c_str());
  return success;
}

int nvmlDeviceGetCount_v2(unsigned* count) {
  if (const Return entered = enter(NAME); entered != success) return entered;
  *count = static_cast<unsigned>(driver().trace->devices());
  return success;
}

int nvmlDeviceGetHandleByIndex_v2(unsigned index, Device* device) {
  if (const Return entered = enter(NAME); entered != success) return entered;
  const std::lock_guard lock(driver().mutex);
  if (index >= driver().trace->devices()) return invalid_argument;
  *device = handle_of(index, -1);
  return success;
}

int nvmlDeviceGetPciInfo_v3(Device device, PciInfo* info) {
  std::string address;
  const int result = give(NAME, device, "pci", &address);
  if (result != success) return result;
  *info = {};
  if (std::sscanf(address.c_str(), "%x:%x:%x", &info->domain, &info->bus, &info->device) != 3) return unknown;
  std::snprintf(info->bus_id, sizeof info->bus_id, "%08X:%02X:%02X.0", info->domain, info->bus & 0xffU,
                info->device & 0xffU);
  return success;
}

int nvmlDeviceGetUUID(Device device, char* uuid, unsigned length) {
  return give_text(NAME, device, "uuid", uuid, length);
}

int nvmlDeviceGetName(Device device, char* name, unsigned length) {
  return give_text(NAME, device, "name", name, length);
}

int nvmlDeviceGetMemoryInfo(Device device, Memory* memory) {
  std::vector<unsigned long long> values;
  const int result = give(NAME, device, "memory", &values);
  if (result != success) return result;
  *memory = {.total = values.at(0), .free = values.at(0) - values.at(2), .used = values.at(2)};
  return success;
}

int nvmlDeviceGetUtilizationRates(Device device, Utilization* use) {
  const int result = give(NAME, device, "utilization", &use->gpu, 0);
  return result != success ? result : give(NAME, device, "utilization", &use->memory, 1);
}

int nvmlDeviceGetPowerUsage(Device device, unsigned* milliwatts) {
  return give(NAME, device, "power_mw", milliwatts);
}

int nvmlDeviceGetEnforcedPowerLimit(Device device, unsigned* milliwatts) {
  return give(NAME, device, "power_limit_mw", milliwatts);
}

int nvmlDeviceGetTotalEnergyConsumption(Device device, unsigned long long* millijoules) {
  return give(NAME, device, "energy_mj", millijoules);
}

int nvmlDeviceGetTemperature(Device device, int, unsigned* celsius) {
  return give(NAME, device, "temperature", celsius);
}

int nvmlDeviceGetTemperatureThreshold(Device device, int, unsigned* celsius) {
  return give(NAME, device, "slowdown", celsius);
}

int nvmlDeviceGetFanSpeed(Device device, unsigned* percent) {
  return give(NAME, device, "fan", percent);
}

int nvmlDeviceGetClockInfo(Device device, int clock, unsigned* megahertz) {
  return give(NAME, device, "clocks", megahertz, clock == clock_memory ? 1 : 0);
}

int nvmlDeviceGetMaxClockInfo(Device device, int clock, unsigned* megahertz) {
  return give(NAME, device, "clocks_max", megahertz, clock == clock_memory ? 1 : 0);
}

int nvmlDeviceGetCurrentClocksThrottleReasons(Device device, unsigned long long* reasons) {
  return give(NAME, device, "reasons", reasons);
}

int nvmlDeviceGetCurrPcieLinkGeneration(Device device, unsigned* generation) {
  return give(NAME, device, "pcie", generation, 0);
}

int nvmlDeviceGetCurrPcieLinkWidth(Device device, unsigned* width) {
  return give(NAME, device, "pcie", width, 1);
}

int nvmlDeviceGetMaxPcieLinkGeneration(Device device, unsigned* generation) {
  return give(NAME, device, "pcie_max", generation, 0);
}

int nvmlDeviceGetMaxPcieLinkWidth(Device device, unsigned* width) {
  return give(NAME, device, "pcie_max", width, 1);
}

int nvmlDeviceGetFieldValues(Device device, int count, FieldValue* values) {
  Return result = success;
  const json said = device_now(NAME, device, result);
  if (result != success) return result;
  const json fields = said.value("fields", json::object());
  for (int at = 0; at < count; ++at) {
    FieldValue& value = values[at];
    const std::string key = std::to_string(value.field);
    value.result = fields.contains(key) ? success : not_supported;
    value.type = type_ulonglong;
    if (value.result == success) value.value.as_ulonglong = fields[key].get<unsigned long long>();
  }
  return success;
}

int nvmlDeviceGetTotalEccErrors(Device device, int type, int, unsigned long long* number) {
  return give(NAME, device, "ecc", number, type);
}

int nvmlDeviceGetRemappedRows(Device device, unsigned* corrected, unsigned* uncorrected, unsigned* pending,
                              unsigned* failed) {
  std::vector<unsigned> rows;
  const int result = give(NAME, device, "remapped", &rows);
  if (result != success) return result;
  *corrected = rows.at(0);
  *uncorrected = rows.at(1);
  *pending = rows.at(2);
  *failed = rows.at(3);
  return success;
}

int nvmlDeviceGetMigMode(Device device, unsigned* current, unsigned* pending) {
  json instances;
  const int result = give(NAME, device, "mig", &instances);
  *current = *pending = instances.is_array() ? 1 : 0;
  return result;
}

int nvmlDeviceGetMaxMigDeviceCount(Device device, unsigned* count) {
  *count = 7;
  json instances;
  return give(NAME, device, "mig", &instances);
}

int nvmlDeviceGetMigDeviceHandleByIndex(Device device, unsigned index, Device* instance) {
  json instances;
  const int result = give(NAME, device, "mig", &instances);
  if (result != success) return result;
  if (!instances.is_array() || index >= instances.size()) return not_found;
  const std::lock_guard lock(driver().mutex);
  *instance = handle_of(reinterpret_cast<const Handle*>(device)->device, instances[index]["instance"].get<int>());
  return success;
}

int nvmlDeviceGetGpuInstanceId(Device instance, unsigned* id) {
  *id = static_cast<unsigned>(reinterpret_cast<const Handle*>(instance)->instance);
  return enter(NAME);
}

int nvmlDeviceGetComputeRunningProcesses(Device device, unsigned* count, ProcessInfoV1* into) {
  return list(NAME, "compute", device, count, into);
}

int nvmlDeviceGetGraphicsRunningProcesses(Device device, unsigned* count, ProcessInfoV1* into) {
  return list(NAME, "graphics", device, count, into);
}

#ifndef FAKE_NVML_OLD
int nvmlDeviceGetMemoryInfo_v2(Device device, MemoryV2* memory) {
  if (const Return entered = enter(NAME); entered != success) return entered;
  if (faults().value("old_structs", false) || memory->version != struct_version<MemoryV2>(2))
    return argument_version_mismatch;
  std::vector<unsigned long long> values;
  const int result = give(NAME, device, "memory", &values);
  if (result != success) return result;
  memory->total = values.at(0);
  memory->reserved = values.at(1);
  memory->used = values.at(2);
  memory->free = values.at(0) - values.at(1) - values.at(2);
  return success;
}

int nvmlDeviceGetCurrentClocksEventReasons(Device device, unsigned long long* reasons) {
  return give(NAME, device, "reasons", reasons);
}

int nvmlDeviceGetComputeRunningProcesses_v2(Device device, unsigned* count, ProcessInfo* into) {
  return list(NAME, "compute", device, count, into);
}

int nvmlDeviceGetComputeRunningProcesses_v3(Device device, unsigned* count, ProcessInfo* into) {
  return list(NAME, "compute", device, count, into);
}

int nvmlDeviceGetGraphicsRunningProcesses_v3(Device device, unsigned* count, ProcessInfo* into) {
  return list(NAME, "graphics", device, count, into);
}

int nvmlDeviceGetMPSComputeRunningProcesses_v3(Device device, unsigned* count, ProcessInfo* into) {
  return list(NAME, "mps", device, count, into);
}

int nvmlDeviceGetProcessUtilization(Device device, ProcessUtilization* into, unsigned* count,
                                    unsigned long long since) {
  Return result = success;
  const json values = device_now(NAME, device, result);
  if (result != success) return result;
  if (values.contains("mig")) return not_supported;
  const unsigned long long now = wall_us();
  std::vector<ProcessUtilization> found;
  for (const json& process : values.value("processes", json::array())) {
    const unsigned sm = process.value("sm", 0U);
    if (sm == 0 || now <= since) continue;
    found.push_back({.pid = process["pid"].get<unsigned>(),
                     .timestamp = now,
                     .sm = sm,
                     .memory = process.value("mem", 0U),
                     .encoder = 0,
                     .decoder = 0});
    if (!faults().value("garbage", false)) continue;
    const unsigned pid = found.back().pid;
    found.push_back({.pid = pid, .timestamp = now, .sm = 4'000'000'000U, .memory = 7, .encoder = 0, .decoder = 0});
    found.push_back({.pid = pid, .timestamp = 12345, .sm = 1, .memory = 1, .encoder = 0, .decoder = 0});
    found.push_back({.pid = pid, .timestamp = ~0ULL, .sm = 2, .memory = 2, .encoder = 0, .decoder = 0});
    found.push_back({.pid = 0, .timestamp = now, .sm = 3, .memory = 3, .encoder = 0, .decoder = 0});
  }
  if (found.empty()) return not_found;
  const unsigned room = *count;
  *count = static_cast<unsigned>(found.size());
  if (into == nullptr || room < found.size()) return insufficient_size;
  std::copy(found.begin(), found.end(), into);
  return success;
}

int nvmlGpmQueryDeviceSupport(Device device, GpmSupport* support) {
  Return result = success;
  const json values = device_now(NAME, device, result);
  if (support->version != 1) return argument_version_mismatch;
  support->supported = values.contains("gpm") ? 1 : 0;
  return result;
}

int nvmlGpmSampleAlloc(GpmSample* sample) {
  if (const Return entered = enter(NAME); entered != success) return entered;
  *sample = reinterpret_cast<GpmSample>(new Sample);
  return success;
}

int nvmlGpmSampleFree(GpmSample sample) {
  delete reinterpret_cast<Sample*>(sample);
  return enter(NAME);
}

/// The sample remembers whose it is by the values it will give.
int nvmlGpmSampleGet(Device device, GpmSample sample) {
  Return result = success;
  const json values = device_now(NAME, device, result);
  if (result != success) return result;
  if (!values.contains("gpm")) return not_supported;
  reinterpret_cast<Sample*>(sample)->seconds = static_cast<double>(reinterpret_cast<const Handle*>(device)->device);
  return success;
}

int nvmlGpmMigSampleGet(Device device, unsigned, GpmSample sample) {
  return nvmlGpmSampleGet(device, sample);
}

int nvmlGpmMetricsGet(GpmMetricsGet* get) {
  if (const Return entered = enter(NAME); entered != success) return entered;
  if (get->version != 1) return argument_version_mismatch;
  const auto index = static_cast<std::size_t>(reinterpret_cast<Sample*>(get->sample2)->seconds);
  Device device = nullptr;
  {
    const std::lock_guard lock(driver().mutex);
    device = handle_of(index, -1);
  }
  Return result = success;
  const json values = device_now(NAME, device, result);
  if (result != success) return result;
  const json metrics = values.value("gpm", json::object());
  for (unsigned at = 0; at < get->count; ++at) {
    GpmMetric& metric = get->metrics[at];
    const std::string key = std::to_string(metric.id);
    metric.result = metrics.contains(key) ? success : not_supported;
    if (metric.result == success) metric.value = metrics[key].get<double>();
  }
  return success;
}

int nvmlEventSetCreate(EventSet* set) {
  if (const Return entered = enter(NAME); entered != success) return entered;
  *set = reinterpret_cast<EventSet>(&driver());
  return success;
}

int nvmlEventSetFree(EventSet) {
  return enter(NAME);
}

int nvmlDeviceRegisterEvents(Device, unsigned long long, EventSet) {
  return enter(NAME);
}

int nvmlEventSetWait_v2(EventSet, EventData* data, unsigned) {
  if (const Return entered = enter(NAME); entered != success) return entered;
  const std::lock_guard lock(driver().mutex);
  for (std::size_t device = 0; device < driver().trace->devices(); ++device) {
    const auto errors = driver().trace->errors_until(device, seconds());
    std::size_t& told = driver().told_errors[device];
    if (told >= errors.size()) continue;
    *data = {.device = handle_of(device, -1),
             .type = event_xid,
             .data = errors[told++].second,
             .gpu_instance = ~0U,
             .compute_instance = ~0U};
    return success;
  }
  return timeout;
}
#endif

}  // extern "C"
