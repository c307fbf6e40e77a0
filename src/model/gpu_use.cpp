#include "model/gpu_use.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace vigie {
namespace {

/// The rate over the interval where there is one, else what the driver said last.
Reading<double> busy_of(const Frame& frame, std::size_t gpu, std::size_t client) {
  const std::vector<GpuRates>& rates = frame.delta.gpu.gpus;
  if (gpu < rates.size() && client < rates[gpu].client_busy_percent.size())
    return rates[gpu].client_busy_percent[client];
  return (*(*frame.snapshot->gpus)[gpu].clients)[client].busy_percent;
}

void add(GpuUse& use, const GpuClient& client, const Reading<double>& busy) {
  // An unknown value of one process must not make a 0 for all of them.
  if (client.memory_bytes && use.memory_bytes) use.memory_bytes = *use.memory_bytes + *client.memory_bytes;
  if (!client.memory_bytes && use.memory_bytes.value_or(1) == 0) use.memory_bytes = client.memory_bytes.presence();
  if (busy && use.busy_percent) use.busy_percent = *use.busy_percent + *busy;
  if (!busy && use.busy_percent.value_or(1) == 0) use.busy_percent = busy.presence();
}

}  // namespace

bool has_gpus(const Frame& frame) {
  return frame.snapshot->gpus && !frame.snapshot->gpus->empty();
}

GpuUse gpu_use_of(const Frame& frame, std::span<const pid_t> pids) {
  GpuUse use;
  const Reading<std::vector<GpuSample>>& gpus = frame.snapshot->gpus;
  if (!gpus) {
    use.memory_bytes = gpus.presence();
    use.busy_percent = gpus.presence();
    return use;
  }
  use.memory_bytes = std::uint64_t{0};
  use.busy_percent = 0.0;
  for (std::size_t at = 0; at < gpus->size(); ++at) {
    const GpuSample& gpu = (*gpus)[at];
    if (!gpu.clients) continue;
    for (std::size_t number = 0; number < gpu.clients->size(); ++number) {
      const GpuClient& client = (*gpu.clients)[number];
      if (std::ranges::find(pids, client.pid) == pids.end()) continue;
      add(use, client, busy_of(frame, at, number));
      if (use.gpus.empty() || use.gpus.back() != at) use.gpus.push_back(at);
    }
  }
  return use;
}

GpuUse gpu_use_of(const Frame& frame, const Run& run) {
  std::vector<pid_t> pids;
  for (const Member& member : run.members) pids.push_back(frame.snapshot->processes[member.process].id.pid);
  GpuUse use = gpu_use_of(frame, pids);
  if (!frame.snapshot->gpus || is_over(run.state)) return use;
  for (std::size_t at = 0; at < frame.snapshot->gpus->size(); ++at) {
    const std::string& uuid = (*frame.snapshot->gpus)[at].uuid;
    const bool promised = !uuid.empty() && std::ranges::find(run.gpus, uuid) != run.gpus.end();
    if (promised && std::ranges::find(use.gpus, at) == use.gpus.end()) use.gpus.push_back(at);
  }
  std::ranges::sort(use.gpus);
  return use;
}

std::string gpu_numbers(const Frame& frame, const std::vector<std::size_t>& gpus) {
  std::string text;
  for (std::size_t at = 0; at < gpus.size();) {
    const GpuSample& first = (*frame.snapshot->gpus)[gpus[at]];
    std::size_t end = at + 1;
    // Three and more in a row are a range.
    while (end < gpus.size() && (*frame.snapshot->gpus)[gpus[end]].vendor == first.vendor &&
           (*frame.snapshot->gpus)[gpus[end]].index == first.index + (end - at))
      ++end;
    const bool range = end - at >= 3;
    if (!text.empty()) text += ',';
    if (first.vendor != GpuVendor::nvidia) text += name_of(first.vendor);
    text += range ? fmt::format("{}-{}", first.index, first.index + (end - at) - 1) : fmt::format("{}", first.index);
    at = range ? end : at + 1;
  }
  return text;
}

}  // namespace vigie
