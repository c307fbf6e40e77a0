// What all functions of the fake driver share: the trace, its clock, and the faults that are asked for (README.md).
#pragma once

#include <algorithm>
#include <chrono>
#include <cstring>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "sources/gpu/nvml_abi.hpp"
#include "trace.hpp"

namespace fake_nvml {

using vigie::gpu::nvml::Device;
using vigie::gpu::nvml::Return;

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

Driver& driver();

/// Loads the trace that the environment names, and begins with its first second.
void start();

/// Seconds of the trace that have been played.
double seconds();

const json& faults();

/// What every call does first: the faults asked for.
Return enter(const char* name);

/// All that a device says now. The caller holds the mutex.
const json& now_of(std::size_t device);

/// What a call about a device says before it looks at any value: how slow it is, and its errors.
Return obstacle(const char* name, const json& values);

/// What the device of a handle says now; `result` is success when it may be asked by this function.
json device_now(const char* name, Device device, Return& result);

/// The caller holds the mutex.
Device handle_of(std::size_t device, int instance);

/// The member of what a device says, at `index` of an array when it is one.
template <class T>
int give(const char* name, Device device, const char* key, T* into, int index = -1) {
  Return result = Return::success;
  const json values = device_now(name, device, result);
  if (result != Return::success) return result;
  if (into == nullptr) return Return::invalid_argument;
  if (!values.contains(key)) return Return::not_supported;
  const json& value = index < 0 ? values[key] : values[key].at(static_cast<std::size_t>(index));
  if (value.is_null()) return Return::not_supported;
  *into = value.get<T>();
  return Return::success;
}

template <class Info>
int list(const char* name, const char* kind, Device device, unsigned* count, Info* into) {
  namespace nvml = vigie::gpu::nvml;
  Return result = Return::success;
  const json values = device_now(name, device, result);
  if (result != Return::success) return result;
  const bool windows = values.value("wddm", false);
  std::vector<Info> found;
  for (const json& process : values.value("processes", json::array())) {
    if (process.value("kind", "compute") != kind) continue;
    Info info{};
    info.pid = process["pid"].get<unsigned>();
    info.used_memory = nvml::not_available;
    if (process.contains("memory") && !windows) info.used_memory = process["memory"].get<unsigned long long>();
    if constexpr (requires { info.gpu_instance; })
      info.gpu_instance = info.compute_instance = process.value("instance", ~0U);
    found.push_back(info);
  }
  const unsigned room = *count;
  *count = static_cast<unsigned>(found.size());
  if (found.size() > room) return Return::insufficient_size;
  std::copy(found.begin(), found.end(), into);
  return Return::success;
}

}  // namespace fake_nvml
