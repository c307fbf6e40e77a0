#include "sources/gpu/nvml_clients.hpp"

#include <algorithm>
#include <charconv>

#include "sources/gpu/nvml_values.hpp"

namespace vigie::gpu::nvml {
namespace {

constexpr std::uint64_t use_lasts_us = 1'500'000;  ///< the driver's sample period is at most a second
constexpr unsigned rare = 5;                       ///< graphics and MPS are asked at every so many looks: each is slow

/// The library writes at most `count` entries and says how many; no answer is believed beyond the room it was given.
template <class Info>
Return list_all(const Function<Device, unsigned*, Info*>& function, Device device, std::vector<Info>& all) {
  std::size_t room = 64;
  for (int tries = 0; tries < 6; ++tries) {
    all.assign(room, Info{});
    auto count = static_cast<unsigned>(room);
    const Return result = call(function, device, &count, all.data());
    if (result == insufficient_size) {
      room = std::clamp<std::size_t>(std::size_t{count} + 16, room * 2, 1 << 16);
      continue;
    }
    all.resize(result == success ? std::min<std::size_t>(count, room) : 0);
    return result;
  }
  all.clear();
  return insufficient_size;
}

Reading<std::uint64_t> memory_of(unsigned long long bytes) {
  // Not told in containers and where another kernel manages the memory.
  return bytes == not_available ? Reading<std::uint64_t>(Presence::unsupported) : Reading<std::uint64_t>(bytes);
}

template <class Info>
void append(const std::vector<Info>& from, GpuWork work, std::vector<GpuClient>& into) {
  for (const Info& info : from) {
    // 0 is a process of another namespace, which has no number here.
    if (info.pid > (1U << 30)) continue;
    GpuClient client{.pid = static_cast<pid_t>(info.pid), .work = work};
    client.memory_bytes = memory_of(info.used_memory);
    if constexpr (requires { info.gpu_instance; }) {
      if (info.gpu_instance < 1024) client.instance = static_cast<int>(info.gpu_instance);
    }
    // A process that computes and draws is listed twice, with all its memory each time.
    const bool known = client.pid != 0 && std::ranges::any_of(into, [&](const GpuClient& one) {
                         return one.pid == client.pid && one.instance == client.instance;
                       });
    if (!known) into.push_back(std::move(client));
  }
}

struct Versions {
  Function<Device, unsigned*, ProcessInfo*> v3, v2;
  Function<Device, unsigned*, ProcessInfoV1*> v1;
};

Versions versions_of(const Functions& functions, GpuWork work) {
  switch (work) {
    case GpuWork::compute:
      return {functions.nvmlDeviceGetComputeRunningProcesses_v3, functions.nvmlDeviceGetComputeRunningProcesses_v2,
              functions.nvmlDeviceGetComputeRunningProcesses};
    case GpuWork::graphics:
      return {functions.nvmlDeviceGetGraphicsRunningProcesses_v3, functions.nvmlDeviceGetGraphicsRunningProcesses_v2,
              functions.nvmlDeviceGetGraphicsRunningProcesses};
    case GpuWork::mps: break;
  }
  return {functions.nvmlDeviceGetMPSComputeRunningProcesses_v3, functions.nvmlDeviceGetMPSComputeRunningProcesses_v2,
          functions.nvmlDeviceGetMPSComputeRunningProcesses};
}

}  // namespace

bool wrong_process_structs(std::string_view driver) {
  constexpr std::string_view branch = "535.";
  if (!driver.starts_with(branch)) return false;
  unsigned minor = 0;
  const std::string_view rest = driver.substr(branch.size());
  std::from_chars(rest.data(), rest.data() + rest.size(), minor);
  return minor >= 43 && minor <= 86;
}

Return Clients::list(GpuWork work, std::vector<GpuClient>& into) const {
  Versions versions = versions_of(functions_, work);
  if (wrong_v3_) versions.v3 = {};
  Return result = function_not_found;
  for (const auto& function : {versions.v3, versions.v2}) {
    if (function == nullptr) continue;
    std::vector<ProcessInfo> all;
    result = list_all(function, device_, all);
    if (result == function_not_found || result == argument_version_mismatch) continue;
    append(all, work, into);
    return result;
  }
  std::vector<ProcessInfoV1> all;
  const Return oldest = list_all(versions.v1, device_, all);
  append(all, work, into);
  return oldest == function_not_found ? result : oldest;
}

/// Known, or why the driver does not tell.
Presence Clients::look_at_use(std::int64_t wall_us) {
  const auto now = static_cast<std::uint64_t>(wall_us);
  if (seen_ == 0) seen_ = now - 1'000'000;
  std::vector<ProcessUtilization> all;
  unsigned count = 0;
  Return result = call(functions_.nvmlDeviceGetProcessUtilization, device_, static_cast<ProcessUtilization*>(nullptr),
                       &count, static_cast<unsigned long long>(seen_));
  if (result == insufficient_size && count > 0) {
    all.resize(std::min<std::size_t>(count, 1 << 16));
    count = static_cast<unsigned>(all.size());
    result = call(functions_.nvmlDeviceGetProcessUtilization, device_, all.data(), &count,
                  static_cast<unsigned long long>(seen_));
  }
  if (result == not_found) count = 0;  // no process used it
  if (result != success && result != not_found) return presence_of(result);
  all.resize(std::min<std::size_t>(count, all.size()));
  const std::uint64_t since = seen_;
  for (const ProcessUtilization& one : all) {
    // The buffer also holds samples of long ago and, on some drivers, garbage.
    if (one.sm > 100 || one.memory > 100 || one.timestamp <= since || one.timestamp > now + use_lasts_us) continue;
    seen_ = std::max<std::uint64_t>(seen_, one.timestamp);
    Use& use = use_[one.pid];
    if (one.timestamp >= use.timestamp) use = {.timestamp = one.timestamp, .sm = one.sm, .memory = one.memory};
  }
  std::erase_if(use_, [&](const auto& entry) { return entry.second.timestamp + use_lasts_us < now; });
  return Presence::known;
}

/// The use of a process without a sample. The driver has samples of those alone that used the GPU; and where two
/// programs ask, it gives each period's to one of them. So no sample means 0 only on a GPU that did nothing, or whose
/// work others' samples explain by half: they are of another moment than its utilisation.
Reading<double> Clients::use_without_sample(const Reading<double>& busy) const {
  if (!busy) return Presence::unknown;
  double known = 0;
  for (const auto& [pid, use] : use_) known += use.sm;
  return *busy <= 2 * known ? Reading<double>(0.0) : Presence::unknown;
}

void Clients::add_use(std::vector<GpuClient>& clients, const Reading<double>& busy) const {
  const Reading<double> unseen = use_without_sample(busy);
  for (GpuClient& client : clients) {
    const auto use = use_.find(static_cast<unsigned>(client.pid));
    const bool seen = use != use_.end();
    client.busy_percent = seen ? Reading<double>(use->second.sm) : unseen;
    client.memory_busy_percent = seen ? Reading<double>(use->second.memory) : unseen;
  }
}

Reading<std::vector<GpuClient>> Clients::sample(std::int64_t wall_us, bool mig, const Reading<double>& busy,
                                                Return& result) {
  std::vector<GpuClient> clients;
  result = list(GpuWork::compute, clients);
  if (result != success) return presence_of(result);
  if (looks_++ % rare == 0) {
    others_.clear();
    (void)list(GpuWork::mps, others_);
    (void)list(GpuWork::graphics, others_);
  }
  for (const GpuClient& other : others_) {
    const bool known = std::ranges::any_of(
        clients, [&](const GpuClient& one) { return one.pid == other.pid && one.instance == other.instance; });
    if (!known) clients.push_back(other);
  }
  const Presence told = mig ? Presence::unsupported : look_at_use(wall_us);
  if (told == Presence::known) {
    add_use(clients, busy);
  } else {
    for (GpuClient& client : clients) client.busy_percent = client.memory_busy_percent = told;
  }
  std::ranges::sort(clients, {}, [](const GpuClient& one) { return std::pair(one.pid, one.instance); });
  return clients;
}

}  // namespace vigie::gpu::nvml
