// What only newer drivers have: fake_nvml_old is built without it.
#include <fcntl.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

#include <cmath>
#include <cstdlib>
#include <vector>

#include "driver.hpp"

using namespace fake_nvml;
using namespace vigie::gpu::nvml;

namespace {

unsigned long long wall_us() {
  timespec value{};
  ::clock_gettime(CLOCK_REALTIME, &value);
  return static_cast<unsigned long long>(value.tv_sec) * 1'000'000 +
         static_cast<unsigned long long>(value.tv_nsec) / 1000;
}

/// A set of events: the devices whose errors it hears.
struct Events {
  std::vector<std::size_t> of;
};

/// Which client of the driver has the samples of a period, as all processes that play one trace see it.
struct Claim {
  long long period = 0;  ///< from 1 on
  pid_t pid = 0;
  unsigned long long taken_us = 0;
};

/// When the sample of processes was taken that this process gets now; 0 when another process has it. A driver gives the
/// samples of a period to one client (fault use_period); without it each call has one of its own.
unsigned long long sample_time(std::size_t device) {
  const double length = faults().value("use_period", 0.0);
  if (length <= 0) return wall_us();
  const char* clock = std::getenv("VIGIE_FAKE_NVML_CLOCK");
  const char* trace = std::getenv("VIGIE_FAKE_NVML_TRACE");
  const double time = clock != nullptr ? seconds() : static_cast<double>(wall_us()) / 1e6;
  const long long period = 1 + static_cast<long long>(std::floor(time / length));
  const std::string path = std::string(clock != nullptr ? clock : trace == nullptr ? "" : trace) + ".use";
  const int file = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
  if (file < 0) return wall_us();
  ::flock(file, LOCK_EX);
  Claim claim;
  const auto place = static_cast<off_t>(device * sizeof claim);
  if (::pread(file, &claim, sizeof claim, place) != sizeof claim) claim = {};
  if (claim.period != period) {
    claim = {.period = period, .pid = ::getpid(), .taken_us = wall_us()};
    if (::pwrite(file, &claim, sizeof claim, place) != sizeof claim) claim.pid = 0;
  }
  ::close(file);
  return claim.pid == ::getpid() ? claim.taken_us : 0;
}

/// A sample of the counters, of which a difference is taken: the time it was taken at.
struct Sample {
  double seconds = 0;
};

}  // namespace

#define NAME __func__
extern "C" {

int nvmlDeviceGetMemoryInfo_v2(Device device, MemoryV2* memory) {
  std::vector<json> values;
  const int result = give(NAME, device, "memory", &values);
  if (faults().value("old_structs", false) || memory->version != struct_version<MemoryV2>(2))
    return argument_version_mismatch;
  if (result != success) return result;
  if (values.at(1).is_null()) return not_supported;
  memory->total = values.at(0).get<unsigned long long>();
  memory->reserved = values.at(1).get<unsigned long long>();
  memory->used = values.at(2).get<unsigned long long>();
  memory->free = memory->total - memory->reserved - memory->used;
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
  if (values.contains("mig") || values.value("wddm", false)) return not_supported;
  const unsigned long long now = sample_time(reinterpret_cast<const Handle*>(device)->device);
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
  *set = reinterpret_cast<EventSet>(new Events);
  return success;
}

int nvmlEventSetFree(EventSet set) {
  delete reinterpret_cast<Events*>(set);
  return enter(NAME);
}

int nvmlDeviceRegisterEvents(Device device, unsigned long long, EventSet set) {
  Return result = success;
  (void)device_now(NAME, device, result);
  if (result == success) reinterpret_cast<Events*>(set)->of.push_back(reinterpret_cast<const Handle*>(device)->device);
  return result;
}

/// With a device in the set that is lost, and has said why, nothing is heard of the others: GPU_IS_LOST.
int nvmlEventSetWait_v2(EventSet set, EventData* data, unsigned) {
  if (const Return entered = enter(NAME); entered != success) return entered;
  const std::lock_guard lock(driver().mutex);
  const std::vector<std::size_t>& devices = reinterpret_cast<Events*>(set)->of;
  const auto untold = [](std::size_t device) {
    return driver().trace->errors_until(device, seconds()).size() > driver().told_errors[device];
  };
  for (const std::size_t device : devices) {
    if (now_of(device).value("lost", false) && !untold(device)) return gpu_is_lost;
  }
  for (const std::size_t device : devices) {
    if (!untold(device)) continue;
    *data = {.device = handle_of(device, -1),
             .type = event_xid,
             .data = driver().trace->errors_until(device, seconds())[driver().told_errors[device]++].second,
             .gpu_instance = ~0U,
             .compute_instance = ~0U};
    return success;
  }
  return timeout;
}

}  // extern "C"
