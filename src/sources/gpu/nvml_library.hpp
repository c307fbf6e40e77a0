// NVIDIA's management library, loaded when it is first needed. Every function is optional: a driver that lacks one
// lacks what it tells, and nothing more.
#pragma once

#include <string>

#include "base/result.hpp"
#include "sources/gpu/nvml_abi.hpp"

namespace vigie::gpu::nvml {

// name in the library, arguments
#define VIGIE_NVML_FUNCTIONS(F)                                                                       \
  F(nvmlInit_v2, ())                                                                                  \
  F(nvmlShutdown, ())                                                                                 \
  F(nvmlSystemGetDriverVersion, (char* version, unsigned length))                                     \
  F(nvmlDeviceGetCount_v2, (unsigned* count))                                                         \
  F(nvmlDeviceGetHandleByIndex_v2, (unsigned index, Device* device))                                  \
  F(nvmlDeviceGetPciInfo_v3, (Device device, PciInfo * info))                                         \
  F(nvmlDeviceGetUUID, (Device device, char* uuid, unsigned length))                                  \
  F(nvmlDeviceGetName, (Device device, char* name, unsigned length))                                  \
  F(nvmlDeviceGetMemoryInfo_v2, (Device device, MemoryV2 * memory))                                   \
  F(nvmlDeviceGetMemoryInfo, (Device device, Memory * memory))                                        \
  F(nvmlDeviceGetUtilizationRates, (Device device, Utilization * use))                                \
  F(nvmlDeviceGetPowerUsage, (Device device, unsigned* milliwatts))                                   \
  F(nvmlDeviceGetEnforcedPowerLimit, (Device device, unsigned* milliwatts))                           \
  F(nvmlDeviceGetTotalEnergyConsumption, (Device device, unsigned long long* millijoules))            \
  F(nvmlDeviceGetTemperature, (Device device, int sensor, unsigned* celsius))                         \
  F(nvmlDeviceGetTemperatureThreshold, (Device device, int threshold, unsigned* celsius))             \
  F(nvmlDeviceGetFanSpeed, (Device device, unsigned* percent))                                        \
  F(nvmlDeviceGetClockInfo, (Device device, int clock, unsigned* megahertz))                          \
  F(nvmlDeviceGetMaxClockInfo, (Device device, int clock, unsigned* megahertz))                       \
  F(nvmlDeviceGetCurrentClocksEventReasons, (Device device, unsigned long long* reasons))             \
  F(nvmlDeviceGetCurrentClocksThrottleReasons, (Device device, unsigned long long* reasons))          \
  F(nvmlDeviceGetCurrPcieLinkGeneration, (Device device, unsigned* generation))                       \
  F(nvmlDeviceGetCurrPcieLinkWidth, (Device device, unsigned* width))                                 \
  F(nvmlDeviceGetMaxPcieLinkGeneration, (Device device, unsigned* generation))                        \
  F(nvmlDeviceGetMaxPcieLinkWidth, (Device device, unsigned* width))                                  \
  F(nvmlDeviceGetFieldValues, (Device device, int count, FieldValue* values))                         \
  F(nvmlDeviceGetTotalEccErrors, (Device device, int type, int counter, unsigned long long* n))       \
  F(nvmlDeviceGetRemappedRows,                                                                        \
    (Device device, unsigned* corrected, unsigned* uncorrected, unsigned* pending, unsigned* failed)) \
  F(nvmlDeviceGetMigMode, (Device device, unsigned* current, unsigned* pending))                      \
  F(nvmlDeviceGetMaxMigDeviceCount, (Device device, unsigned* count))                                 \
  F(nvmlDeviceGetMigDeviceHandleByIndex, (Device device, unsigned index, Device* instance))           \
  F(nvmlDeviceGetGpuInstanceId, (Device instance, unsigned* id))                                      \
  F(nvmlDeviceGetComputeRunningProcesses_v3, (Device device, unsigned* count, ProcessInfo* list))     \
  F(nvmlDeviceGetComputeRunningProcesses_v2, (Device device, unsigned* count, ProcessInfo* list))     \
  F(nvmlDeviceGetComputeRunningProcesses, (Device device, unsigned* count, ProcessInfoV1* list))      \
  F(nvmlDeviceGetGraphicsRunningProcesses_v3, (Device device, unsigned* count, ProcessInfo* list))    \
  F(nvmlDeviceGetGraphicsRunningProcesses_v2, (Device device, unsigned* count, ProcessInfo* list))    \
  F(nvmlDeviceGetGraphicsRunningProcesses, (Device device, unsigned* count, ProcessInfoV1* list))     \
  F(nvmlDeviceGetMPSComputeRunningProcesses_v3, (Device device, unsigned* count, ProcessInfo* list))  \
  F(nvmlDeviceGetMPSComputeRunningProcesses_v2, (Device device, unsigned* count, ProcessInfo* list))  \
  F(nvmlDeviceGetMPSComputeRunningProcesses, (Device device, unsigned* count, ProcessInfoV1* list))   \
  F(nvmlDeviceGetProcessUtilization,                                                                  \
    (Device device, ProcessUtilization * list, unsigned* count, unsigned long long since))            \
  F(nvmlGpmQueryDeviceSupport, (Device device, GpmSupport * support))                                 \
  F(nvmlGpmSampleAlloc, (GpmSample * sample))                                                         \
  F(nvmlGpmSampleFree, (GpmSample sample))                                                            \
  F(nvmlGpmSampleGet, (Device device, GpmSample sample))                                              \
  F(nvmlGpmMigSampleGet, (Device device, unsigned gpu_instance, GpmSample sample))                    \
  F(nvmlGpmMetricsGet, (GpmMetricsGet * metrics))                                                     \
  F(nvmlEventSetCreate, (EventSet * set))                                                             \
  F(nvmlEventSetFree, (EventSet set))                                                                 \
  F(nvmlDeviceRegisterEvents, (Device device, unsigned long long types, EventSet set))                \
  F(nvmlEventSetWait_v2, (EventSet set, EventData * data, unsigned milliseconds))

/// The functions that this library has; the others are null.
struct Functions {
#define VIGIE_NVML_MEMBER(name, arguments) int(*name) arguments = nullptr;
  VIGIE_NVML_FUNCTIONS(VIGIE_NVML_MEMBER)
#undef VIGIE_NVML_MEMBER
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
