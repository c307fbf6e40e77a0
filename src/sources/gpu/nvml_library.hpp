// NVIDIA's management library, loaded when it is first needed. Every function is optional: a driver that lacks one
// lacks what it tells, and nothing more.
#pragma once

#include <string>

#include "base/result.hpp"
#include "sources/gpu/nvml_abi.hpp"

namespace vigie::gpu::nvml {

/// The functions that this library has; the others are null. Each returns a Return.
struct Functions {
  int (*nvmlInit_v2)() = nullptr;
  int (*nvmlShutdown)() = nullptr;
  int (*nvmlSystemGetDriverVersion)(char* version, unsigned length) = nullptr;
  int (*nvmlDeviceGetCount_v2)(unsigned* count) = nullptr;
  int (*nvmlDeviceGetHandleByIndex_v2)(unsigned index, Device* device) = nullptr;
  int (*nvmlDeviceGetPciInfo_v3)(Device device, PciInfo* info) = nullptr;
  int (*nvmlDeviceGetUUID)(Device device, char* uuid, unsigned length) = nullptr;
  int (*nvmlDeviceGetName)(Device device, char* name, unsigned length) = nullptr;
  int (*nvmlDeviceGetMemoryInfo_v2)(Device device, MemoryV2* memory) = nullptr;
  int (*nvmlDeviceGetMemoryInfo)(Device device, Memory* memory) = nullptr;
  int (*nvmlDeviceGetUtilizationRates)(Device device, Utilization* use) = nullptr;
  int (*nvmlDeviceGetPowerUsage)(Device device, unsigned* milliwatts) = nullptr;
  int (*nvmlDeviceGetEnforcedPowerLimit)(Device device, unsigned* milliwatts) = nullptr;
  int (*nvmlDeviceGetPowerManagementDefaultLimit)(Device device, unsigned* milliwatts) = nullptr;
  int (*nvmlDeviceGetTotalEnergyConsumption)(Device device, unsigned long long* millijoules) = nullptr;
  int (*nvmlDeviceGetTemperature)(Device device, int sensor, unsigned* celsius) = nullptr;
  int (*nvmlDeviceGetTemperatureThreshold)(Device device, int threshold, unsigned* celsius) = nullptr;
  int (*nvmlDeviceGetFanSpeed)(Device device, unsigned* percent) = nullptr;
  int (*nvmlDeviceGetClockInfo)(Device device, int clock, unsigned* megahertz) = nullptr;
  int (*nvmlDeviceGetMaxClockInfo)(Device device, int clock, unsigned* megahertz) = nullptr;
  int (*nvmlDeviceGetCurrentClocksEventReasons)(Device device, unsigned long long* reasons) = nullptr;
  int (*nvmlDeviceGetCurrentClocksThrottleReasons)(Device device, unsigned long long* reasons) = nullptr;
  int (*nvmlDeviceGetCurrPcieLinkGeneration)(Device device, unsigned* generation) = nullptr;
  int (*nvmlDeviceGetCurrPcieLinkWidth)(Device device, unsigned* width) = nullptr;
  int (*nvmlDeviceGetMaxPcieLinkGeneration)(Device device, unsigned* generation) = nullptr;
  int (*nvmlDeviceGetMaxPcieLinkWidth)(Device device, unsigned* width) = nullptr;
  int (*nvmlDeviceGetFieldValues)(Device device, int count, FieldValue* values) = nullptr;
  int (*nvmlDeviceGetTotalEccErrors)(Device device, int type, int counter, unsigned long long* n) = nullptr;
  int (*nvmlDeviceGetRemappedRows)(Device device, unsigned* corrected, unsigned* uncorrected, unsigned* pending,
                                   unsigned* failed) = nullptr;
  int (*nvmlDeviceGetMigMode)(Device device, unsigned* current, unsigned* pending) = nullptr;
  int (*nvmlDeviceGetMaxMigDeviceCount)(Device device, unsigned* count) = nullptr;
  int (*nvmlDeviceGetMigDeviceHandleByIndex)(Device device, unsigned index, Device* instance) = nullptr;
  int (*nvmlDeviceGetGpuInstanceId)(Device instance, unsigned* id) = nullptr;
  int (*nvmlDeviceGetComputeRunningProcesses_v3)(Device device, unsigned* count, ProcessInfo* list) = nullptr;
  int (*nvmlDeviceGetComputeRunningProcesses_v2)(Device device, unsigned* count, ProcessInfo* list) = nullptr;
  int (*nvmlDeviceGetComputeRunningProcesses)(Device device, unsigned* count, ProcessInfoV1* list) = nullptr;
  int (*nvmlDeviceGetGraphicsRunningProcesses_v3)(Device device, unsigned* count, ProcessInfo* list) = nullptr;
  int (*nvmlDeviceGetGraphicsRunningProcesses_v2)(Device device, unsigned* count, ProcessInfo* list) = nullptr;
  int (*nvmlDeviceGetGraphicsRunningProcesses)(Device device, unsigned* count, ProcessInfoV1* list) = nullptr;
  int (*nvmlDeviceGetMPSComputeRunningProcesses_v3)(Device device, unsigned* count, ProcessInfo* list) = nullptr;
  int (*nvmlDeviceGetMPSComputeRunningProcesses_v2)(Device device, unsigned* count, ProcessInfo* list) = nullptr;
  int (*nvmlDeviceGetMPSComputeRunningProcesses)(Device device, unsigned* count, ProcessInfoV1* list) = nullptr;
  int (*nvmlDeviceGetProcessUtilization)(Device device, ProcessUtilization* list, unsigned* count,
                                         unsigned long long since) = nullptr;
  int (*nvmlGpmQueryDeviceSupport)(Device device, GpmSupport* support) = nullptr;
  int (*nvmlGpmSampleAlloc)(GpmSample* sample) = nullptr;
  int (*nvmlGpmSampleFree)(GpmSample sample) = nullptr;
  int (*nvmlGpmSampleGet)(Device device, GpmSample sample) = nullptr;
  int (*nvmlGpmMigSampleGet)(Device device, unsigned gpu_instance, GpmSample sample) = nullptr;
  int (*nvmlGpmMetricsGet)(GpmMetricsGet* metrics) = nullptr;
  int (*nvmlEventSetCreate)(EventSet* set) = nullptr;
  int (*nvmlEventSetFree)(EventSet set) = nullptr;
  int (*nvmlDeviceRegisterEvents)(Device device, unsigned long long types, EventSet set) = nullptr;
  int (*nvmlEventSetWait_v2)(EventSet set, EventData* data, unsigned milliseconds) = nullptr;
};

/// Calls a function that may be missing.
template <class... Parameters, class... Arguments>
[[nodiscard]] Return call(int (*function)(Parameters...), Arguments... arguments) {
  if (function == nullptr) return function_not_found;
  return static_cast<Return>(function(arguments...));
}

/// dlopen of libnvidia-ml.so.1, else libnvidia-ml.so, as the dynamic linker finds them. Never closed: the driver's
/// library does not survive it on every release. An Error when there is none.
Result<Functions> load();

/// What the user should know when a call failed with `result`: "the driver is not loaded", ... No capital, no full
/// stop.
[[nodiscard]] std::string describe(Return result);

}  // namespace vigie::gpu::nvml
