#include "sources/gpu/nvml_library.hpp"

#include <dlfcn.h>

#include <fmt/format.h>

#include "base/text.hpp"

namespace vigie::gpu::nvml {

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
      return fail("no driver of NVIDIA: libnvidia-ml.so.1 is not installed");
    return fail("the library of NVIDIA's driver cannot be loaded: " + safe_text(why));
  }
  Functions functions;
#define VIGIE_NVML_LOOK_UP(name, arguments) \
  functions.name = reinterpret_cast<decltype(functions.name)>(::dlsym(library, #name));
  VIGIE_NVML_FUNCTIONS(VIGIE_NVML_LOOK_UP)
#undef VIGIE_NVML_LOOK_UP
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
    case gpu_is_lost: return "a GPU has fallen off the bus (see dmesg); the others are told when it is gone";
    case reset_required: return "a GPU needs a reset";
    case function_not_found: return "the driver has no such function";
    case not_supported: return "the device does not support it";
    case timeout: return "the driver did not answer in time";
    default: return fmt::format("NVIDIA's driver answers with error {}", static_cast<int>(result));
  }
}

}  // namespace vigie::gpu::nvml
