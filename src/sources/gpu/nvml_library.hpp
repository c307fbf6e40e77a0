// NVIDIA's management library, loaded when it is first needed. Every function is optional: a driver without one lacks
// its values, and nothing more.
#pragma once

#include <cstddef>
#include <string>

#include "base/result.hpp"
#include "sources/gpu/driver_calls.hpp"
#include "sources/gpu/nvml_abi.hpp"

namespace vigie::gpu::nvml {

/// A function of the library, or null where it has none; returns a Return.
template <class... Parameters>
struct Function {
  int (*pointer)(Parameters...) = nullptr;
  const char* name = "";

  friend bool operator==(const Function& function, std::nullptr_t) { return function.pointer == nullptr; }
};

/// The functions that this library has. Power is in milliwatts, energy in millijoules, clocks in megahertz,
/// temperatures in degrees Celsius.
struct Functions {
  Function<> nvmlInit_v2;
  Function<> nvmlShutdown;
  Function<char*, unsigned> nvmlSystemGetDriverVersion;
  Function<unsigned*> nvmlDeviceGetCount_v2;
  Function<unsigned, Device*> nvmlDeviceGetHandleByIndex_v2;
  Function<Device, PciInfo*> nvmlDeviceGetPciInfo_v3;
  Function<Device, char*, unsigned> nvmlDeviceGetUUID;
  Function<Device, char*, unsigned> nvmlDeviceGetName;
  Function<Device, MemoryV2*> nvmlDeviceGetMemoryInfo_v2;
  Function<Device, Memory*> nvmlDeviceGetMemoryInfo;
  Function<Device, Utilization*> nvmlDeviceGetUtilizationRates;
  Function<Device, unsigned*> nvmlDeviceGetPowerUsage;
  Function<Device, unsigned*> nvmlDeviceGetEnforcedPowerLimit;
  Function<Device, unsigned*> nvmlDeviceGetPowerManagementDefaultLimit;
  Function<Device, unsigned long long*> nvmlDeviceGetTotalEnergyConsumption;
  Function<Device, int, unsigned*> nvmlDeviceGetTemperature;
  Function<Device, int, unsigned*> nvmlDeviceGetTemperatureThreshold;
  Function<Device, unsigned*> nvmlDeviceGetFanSpeed;
  Function<Device, int, unsigned*> nvmlDeviceGetClockInfo;
  Function<Device, int, unsigned*> nvmlDeviceGetMaxClockInfo;
  Function<Device, unsigned long long*> nvmlDeviceGetCurrentClocksEventReasons;
  Function<Device, unsigned long long*> nvmlDeviceGetCurrentClocksThrottleReasons;
  Function<Device, unsigned*> nvmlDeviceGetCurrPcieLinkGeneration;
  Function<Device, unsigned*> nvmlDeviceGetCurrPcieLinkWidth;
  Function<Device, unsigned*> nvmlDeviceGetMaxPcieLinkGeneration;
  Function<Device, unsigned*> nvmlDeviceGetMaxPcieLinkWidth;
  Function<Device, int, FieldValue*> nvmlDeviceGetFieldValues;
  Function<Device, int, int, unsigned long long*> nvmlDeviceGetTotalEccErrors;
  Function<Device, unsigned*, unsigned*, unsigned*, unsigned*> nvmlDeviceGetRemappedRows;
  Function<Device, unsigned*, unsigned*> nvmlDeviceGetMigMode;
  Function<Device, unsigned*> nvmlDeviceGetMaxMigDeviceCount;
  Function<Device, unsigned, Device*> nvmlDeviceGetMigDeviceHandleByIndex;
  Function<Device, unsigned*> nvmlDeviceGetGpuInstanceId;
  Function<Device, unsigned*, ProcessInfo*> nvmlDeviceGetComputeRunningProcesses_v3;
  Function<Device, unsigned*, ProcessInfo*> nvmlDeviceGetComputeRunningProcesses_v2;
  Function<Device, unsigned*, ProcessInfoV1*> nvmlDeviceGetComputeRunningProcesses;
  Function<Device, unsigned*, ProcessInfo*> nvmlDeviceGetGraphicsRunningProcesses_v3;
  Function<Device, unsigned*, ProcessInfo*> nvmlDeviceGetGraphicsRunningProcesses_v2;
  Function<Device, unsigned*, ProcessInfoV1*> nvmlDeviceGetGraphicsRunningProcesses;
  Function<Device, unsigned*, ProcessInfo*> nvmlDeviceGetMPSComputeRunningProcesses_v3;
  Function<Device, unsigned*, ProcessInfo*> nvmlDeviceGetMPSComputeRunningProcesses_v2;
  Function<Device, unsigned*, ProcessInfoV1*> nvmlDeviceGetMPSComputeRunningProcesses;
  Function<Device, ProcessUtilization*, unsigned*, unsigned long long> nvmlDeviceGetProcessUtilization;
  Function<Device, GpmSupport*> nvmlGpmQueryDeviceSupport;
  Function<GpmSample*> nvmlGpmSampleAlloc;
  Function<GpmSample> nvmlGpmSampleFree;
  Function<Device, GpmSample> nvmlGpmSampleGet;
  Function<Device, unsigned, GpmSample> nvmlGpmMigSampleGet;
  Function<GpmMetricsGet*> nvmlGpmMetricsGet;
  Function<EventSet*> nvmlEventSetCreate;
  Function<EventSet> nvmlEventSetFree;
  Function<Device, unsigned long long, EventSet> nvmlDeviceRegisterEvents;
  Function<EventSet, EventData*, unsigned> nvmlEventSetWait_v2;
};

/// Calls a function that may be missing.
template <class... Parameters, class... Arguments>
[[nodiscard]] Return call(const Function<Parameters...>& function, Arguments... arguments) {
  if (function == nullptr) return function_not_found;
  const DriverCall under_way(function.name);
  return static_cast<Return>(function.pointer(arguments...));
}

/// dlopen of libnvidia-ml.so.1, else libnvidia-ml.so, as the dynamic linker finds them. Never closed: the driver's
/// library does not survive it on every release. An Error when there is none.
Result<Functions> load();

/// What the user should know when a call failed with `result`: "the driver is not loaded", ... No capital, no full
/// stop.
[[nodiscard]] std::string describe(Return result);

}  // namespace vigie::gpu::nvml
