#include "sources/gpu/nvml_library.hpp"

#include <dlfcn.h>

#include <fmt/format.h>

#include "base/text.hpp"

namespace vigie::gpu::nvml {

namespace {

template <class... Parameters>
void look_up(void* library, const char* name, Function<Parameters...>& function) {
  function = {.pointer = reinterpret_cast<int (*)(Parameters...)>(::dlsym(library, name)), .name = name};
}

void look_up_all(void* library, Functions& functions) {
#define VIGIE_LOOK_UP(name) look_up(library, #name, functions.name)
  VIGIE_LOOK_UP(nvmlInit_v2);
  VIGIE_LOOK_UP(nvmlShutdown);
  VIGIE_LOOK_UP(nvmlSystemGetDriverVersion);
  VIGIE_LOOK_UP(nvmlDeviceGetCount_v2);
  VIGIE_LOOK_UP(nvmlDeviceGetHandleByIndex_v2);
  VIGIE_LOOK_UP(nvmlDeviceGetPciInfo_v3);
  VIGIE_LOOK_UP(nvmlDeviceGetUUID);
  VIGIE_LOOK_UP(nvmlDeviceGetName);
  VIGIE_LOOK_UP(nvmlDeviceGetMemoryInfo_v2);
  VIGIE_LOOK_UP(nvmlDeviceGetMemoryInfo);
  VIGIE_LOOK_UP(nvmlDeviceGetUtilizationRates);
  VIGIE_LOOK_UP(nvmlDeviceGetPowerUsage);
  VIGIE_LOOK_UP(nvmlDeviceGetEnforcedPowerLimit);
  VIGIE_LOOK_UP(nvmlDeviceGetPowerManagementDefaultLimit);
  VIGIE_LOOK_UP(nvmlDeviceGetTotalEnergyConsumption);
  VIGIE_LOOK_UP(nvmlDeviceGetTemperature);
  VIGIE_LOOK_UP(nvmlDeviceGetTemperatureThreshold);
  VIGIE_LOOK_UP(nvmlDeviceGetFanSpeed);
  VIGIE_LOOK_UP(nvmlDeviceGetClockInfo);
  VIGIE_LOOK_UP(nvmlDeviceGetMaxClockInfo);
  VIGIE_LOOK_UP(nvmlDeviceGetCurrentClocksEventReasons);
  VIGIE_LOOK_UP(nvmlDeviceGetCurrentClocksThrottleReasons);
  VIGIE_LOOK_UP(nvmlDeviceGetCurrPcieLinkGeneration);
  VIGIE_LOOK_UP(nvmlDeviceGetCurrPcieLinkWidth);
  VIGIE_LOOK_UP(nvmlDeviceGetMaxPcieLinkGeneration);
  VIGIE_LOOK_UP(nvmlDeviceGetMaxPcieLinkWidth);
  VIGIE_LOOK_UP(nvmlDeviceGetFieldValues);
  VIGIE_LOOK_UP(nvmlDeviceGetTotalEccErrors);
  VIGIE_LOOK_UP(nvmlDeviceGetRemappedRows);
  VIGIE_LOOK_UP(nvmlDeviceGetMigMode);
  VIGIE_LOOK_UP(nvmlDeviceGetMaxMigDeviceCount);
  VIGIE_LOOK_UP(nvmlDeviceGetMigDeviceHandleByIndex);
  VIGIE_LOOK_UP(nvmlDeviceGetGpuInstanceId);
  VIGIE_LOOK_UP(nvmlDeviceGetComputeRunningProcesses_v3);
  VIGIE_LOOK_UP(nvmlDeviceGetComputeRunningProcesses_v2);
  VIGIE_LOOK_UP(nvmlDeviceGetComputeRunningProcesses);
  VIGIE_LOOK_UP(nvmlDeviceGetGraphicsRunningProcesses_v3);
  VIGIE_LOOK_UP(nvmlDeviceGetGraphicsRunningProcesses_v2);
  VIGIE_LOOK_UP(nvmlDeviceGetGraphicsRunningProcesses);
  VIGIE_LOOK_UP(nvmlDeviceGetMPSComputeRunningProcesses_v3);
  VIGIE_LOOK_UP(nvmlDeviceGetMPSComputeRunningProcesses_v2);
  VIGIE_LOOK_UP(nvmlDeviceGetMPSComputeRunningProcesses);
  VIGIE_LOOK_UP(nvmlDeviceGetProcessUtilization);
  VIGIE_LOOK_UP(nvmlGpmQueryDeviceSupport);
  VIGIE_LOOK_UP(nvmlGpmSampleAlloc);
  VIGIE_LOOK_UP(nvmlGpmSampleFree);
  VIGIE_LOOK_UP(nvmlGpmSampleGet);
  VIGIE_LOOK_UP(nvmlGpmMigSampleGet);
  VIGIE_LOOK_UP(nvmlGpmMetricsGet);
  VIGIE_LOOK_UP(nvmlEventSetCreate);
  VIGIE_LOOK_UP(nvmlEventSetFree);
  VIGIE_LOOK_UP(nvmlDeviceRegisterEvents);
  VIGIE_LOOK_UP(nvmlEventSetWait_v2);
#undef VIGIE_LOOK_UP
  static_assert(sizeof(Functions) == 53 * sizeof(Function<>), "one line for each");
}

}  // namespace

Result<Functions> load() {
  void* library = nullptr;
  std::string why;
  for (const char* name : {"libnvidia-ml.so.1", "libnvidia-ml.so"}) {
    library = ::dlopen(name, RTLD_NOW | RTLD_LOCAL);
    if (library != nullptr) break;
    const char* error = ::dlerror();
    // Of a library that is there and cannot be loaded the first reason counts.
    if (why.empty() && error != nullptr) why = error;
  }
  if (library == nullptr) {
    if (why.find("cannot open shared object file") != std::string::npos &&
        why.find("No such file") != std::string::npos)
      return fail("no driver of NVIDIA: libnvidia-ml.so.1 is not installed", ErrorKind::no_target);
    return fail("the library of NVIDIA's driver cannot be loaded: " + safe_text(why));
  }
  Functions functions;
  look_up_all(library, functions);
  if (functions.nvmlInit_v2 == nullptr || functions.nvmlDeviceGetCount_v2 == nullptr ||
      functions.nvmlDeviceGetHandleByIndex_v2 == nullptr) {
    return fail("libnvidia-ml.so.1 is no library of NVIDIA's driver, or one older than 2013: it has no nvmlInit_v2");
  }
  return functions;
}

std::string describe(Return result) {
  switch (result) {
    case success: return "done";
    case driver_not_loaded: return "the kernel module of NVIDIA's driver is not loaded (modprobe nvidia)";
    case no_permission: return "the device files of NVIDIA's driver may not be opened (ls -l /dev/nvidia*)";
    case version_mismatch:
      return "the library and the kernel module of NVIDIA's driver are of different versions: the driver was updated "
             "under the running kernel (reboot, or unload and load the module nvidia)";
    case library_not_found: return "a library of NVIDIA's driver is missing: the driver is not completely installed";
    case insufficient_power: return "a GPU does not get the power that it needs: a cable is missing";
    case gpu_is_lost: return "a GPU has fallen off the bus (see dmesg); the others are told when it is gone";
    case reset_required: return "a GPU needs a reset";
    case function_not_found: return "the driver has no such function";
    case not_supported: return "the device does not support it";
    case timeout: return "the driver did not answer in time";
    default: return fmt::format("NVIDIA's driver answers with error {}", static_cast<int>(result));
  }
}

}  // namespace vigie::gpu::nvml
