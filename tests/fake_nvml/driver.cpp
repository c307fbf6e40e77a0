#include "driver.hpp"

#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>

namespace fake_nvml {
namespace {

void sleep_for(double time) {
  const timespec duration{.tv_sec = static_cast<time_t>(time),
                          .tv_nsec = static_cast<long>((time - static_cast<double>(static_cast<time_t>(time))) * 1e9)};
  ::nanosleep(&duration, nullptr);
}

/// Seconds that a table like {"nvmlInit_v2": 6, "*": 0.1} has for a call.
double slowness(const json& where, const char* name) {
  if (!where.contains("slow")) return 0;
  const json& slow = where["slow"];
  return slow.contains(name) ? slow[name].get<double>() : slow.value("*", 0.0);
}

}  // namespace

Driver& driver() {
  static Driver* const one = new Driver;  // outlives every thread that is left behind in it
  return *one;
}

void start() {
  Driver& all = driver();
  const std::lock_guard lock(all.mutex);
  const char* path = std::getenv("VIGIE_FAKE_NVML_TRACE");
  all.trace = std::make_unique<Trace>(path == nullptr ? "" : path);
  all.begun = std::chrono::steady_clock::now();
  all.now_is = -1;
  all.told_errors.assign(all.trace->devices(), 0);
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

const json& faults() {
  static const json none = json::object();
  const json& head = driver().trace->head();
  return head.contains("faults") ? head["faults"] : none;
}

Return enter(const char* name) {
  if (driver().trace == nullptr) return Return::uninitialized;
  const json& wrong = faults();
  const double slow = slowness(wrong, name);
  if (slow > 0 && seconds() >= wrong.value("slow_after", 0.0)) sleep_for(slow);
  if (wrong.value("hang", "") == name && seconds() >= wrong.value("hang_after", 0.0)) {
    while (true) ::pause();
  }
  if (wrong.contains("missing")) {
    const json& missing = wrong["missing"];
    if (std::find(missing.begin(), missing.end(), name) != missing.end()) return Return::function_not_found;
  }
  return Return::success;
}

const json& now_of(std::size_t device) {
  Driver& all = driver();
  const double time = seconds();
  // A trace whose clock stands still is put together once.
  if (time != all.now_is && (time - all.now_is > 0.001 || time < all.now_is)) {
    all.now.clear();
    for (std::size_t at = 0; at < all.trace->devices(); ++at) all.now.push_back(all.trace->at(at, time));
    all.now_is = time;
  }
  return all.now[device];
}

Return obstacle(const char* name, const json& values) {
  if (const double slow = slowness(values, name); slow > 0) sleep_for(slow);
  if (values.contains("errors") && values["errors"].contains(name))
    return static_cast<Return>(values["errors"][name].get<int>());
  const bool handle = std::strcmp(name, "nvmlDeviceGetHandleByIndex_v2") == 0;
  if (handle) return static_cast<Return>(values.value("handle", 0));
  if (values.value("lost", false)) return Return::gpu_is_lost;
  if (values.value("needs_reset", false)) return Return::reset_required;
  return Return::success;
}

json device_now(const char* name, Device device, Return& result) {
  result = enter(name);
  if (result != Return::success) return {};
  Driver& all = driver();
  const auto* handle = reinterpret_cast<const Handle*>(device);
  json values;
  {
    const std::lock_guard lock(all.mutex);
    const bool known =
        std::any_of(all.handles.begin(), all.handles.end(), [&](const auto& one) { return one.get() == handle; });
    if (!known) {
      result = Return::invalid_argument;
      return {};
    }
    values = now_of(handle->device);
  }
  result = obstacle(name, values);
  if (handle->instance < 0) return values;
  for (const json& one : values.value("mig", json::array())) {
    if (one.value("instance", -1) == handle->instance) return one;
  }
  result = Return::not_found;
  return {};
}

Device handle_of(std::size_t device, int instance) {
  for (const auto& one : driver().handles) {
    if (one->device == device && one->instance == instance) return reinterpret_cast<Device>(one.get());
  }
  driver().handles.push_back(std::make_unique<Handle>(Handle{device, instance}));
  return reinterpret_cast<Device>(driver().handles.back().get());
}

}  // namespace fake_nvml
