// A library with the names of NVIDIA's that replays a trace and misbehaves on demand; see README.md. Here is what
// every release since 2013 has; newer.cpp has the rest.
#include <cstdio>
#include <vector>

#include "driver.hpp"

using namespace fake_nvml;
using namespace vigie::gpu::nvml;

namespace {

int give_text(const char* name, Device device, const char* key, char* into, unsigned length) {
  std::string text;
  const int result = give(name, device, key, &text);
  if (result != success) return result;
  if (text.size() + 1 > length) return insufficient_size;
  std::memcpy(into, text.c_str(), text.size() + 1);
  return success;
}

}  // namespace

#define NAME __func__
extern "C" {

int nvmlInit_v2() {
  start();
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
  json values;
  {
    const std::lock_guard lock(driver().mutex);
    if (index >= driver().trace->devices()) return invalid_argument;
    values = now_of(index);
    *device = handle_of(index, -1);
  }
  const Return result = obstacle(NAME, values);
  if (result != success) *device = nullptr;
  return result;
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
  std::vector<json> values;
  const int result = give(NAME, device, "memory", &values);
  if (result != success) return result;
  const auto total = values.at(0).get<unsigned long long>(), used = values.at(2).get<unsigned long long>();
  *memory = {.total = total, .free = total - used, .used = used};
  return success;
}

/// A null is what cannot be told of the two: NVML_VALUE_NOT_AVAILABLE, as one call gives both.
int nvmlDeviceGetUtilizationRates(Device device, Utilization* use) {
  std::vector<json> values;
  const int result = give(NAME, device, "utilization", &values);
  if (result != success) return result;
  if (values.at(0).is_null() && values.at(1).is_null()) return not_supported;
  use->gpu = values.at(0).is_null() ? ~0U : values.at(0).get<unsigned>();
  use->memory = values.at(1).is_null() ? ~0U : values.at(1).get<unsigned>();
  return success;
}

int nvmlDeviceGetPowerUsage(Device device, unsigned* milliwatts) {
  return give(NAME, device, "power_mw", milliwatts);
}

int nvmlDeviceGetEnforcedPowerLimit(Device device, unsigned* milliwatts) {
  return give(NAME, device, "power_limit_mw", milliwatts);
}

int nvmlDeviceGetPowerManagementDefaultLimit(Device device, unsigned* milliwatts) {
  return give(NAME, device, "power_default_mw", milliwatts);
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

}  // extern "C"
