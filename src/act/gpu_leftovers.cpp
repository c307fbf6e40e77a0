#include "act/gpu_leftovers.hpp"

#include <poll.h>
#include <signal.h>

#include <algorithm>
#include <cerrno>
#include <string_view>

#include "base/clock.hpp"
#include "base/root.hpp"
#include "sources/gpu/gpu_source.hpp"

namespace vigie::act {
namespace {

constexpr double patience_seconds = 1.5;  ///< for a driver, as in `vigie gpu`
constexpr double give_back_seconds = 2;   ///< for the memory of a process that was killed
constexpr int between_looks_ms = 100;

/// NVIDIA's, DRM's and ROCm's.
bool is_gpu_device(std::string_view path) {
  return path.starts_with("/dev/nvidia") || path.starts_with("/dev/dri/") || path == "/dev/kfd";
}

/// A pid that another process has by now.
bool reused(pid_t pid) {
  return ::kill(pid, 0) == 0 || errno == EPERM;
}

std::vector<GpuHold> holds_of(const std::vector<GpuSample>& gpus, const std::set<pid_t>& pids,
                              const std::set<pid_t>& alive) {
  std::vector<GpuHold> holds;
  for (const GpuSample& gpu : gpus) {
    if (!gpu.clients) continue;
    for (const GpuClient& client : *gpu.clients) {
      const bool left = alive.contains(client.pid);
      if (!pids.contains(client.pid) || (!left && reused(client.pid))) continue;
      holds.push_back({.gpu = number_of(gpu),
                       .uuid = gpu.uuid,
                       .pid = client.pid,
                       .gone = !left,
                       .memory_bytes = client.memory_bytes});
    }
  }
  return holds;
}

}  // namespace

GpuLeftovers::GpuLeftovers(const Result<Frame>& open, const std::vector<ProcessId>& tree, bool promised)
    : on_gpu_(promised) {
  for (const ProcessId& id : tree) pids_.insert(id.pid);
  if (!open) return;
  for (const ProcessDetail& detail : open->snapshot->details) {
    if (!detail.files) continue;
    on_gpu_ = on_gpu_ || std::ranges::any_of(*detail.files, is_gpu_device, &OpenFile::path);
  }
}

GpuMemoryLeft GpuLeftovers::now(const std::set<pid_t>& alive) const {
  GpuMemoryLeft left;
  const Result<Root> root = on_gpu_ ? Root::open("/") : fail("nobody was on a GPU");
  if (!root) return left;
  gpu::GpuSource source(*root);
  const Instant begin = vigie::now();
  while (true) {
    std::vector<GpuSample> gpus;
    source.begin();
    const SourceStatus status = source.finish(patience_seconds, gpus);
    left.unknown = status.state == SourceState::ok ? std::string() : status.reason;
    // Late values are from before the end.
    left.holds = status.state == SourceState::late ? std::vector<GpuHold>{} : holds_of(gpus, pids_, alive);
    const bool lingers = std::ranges::any_of(left.holds, &GpuHold::gone);
    if (!lingers || seconds_between(begin, vigie::now()) > give_back_seconds) return left;
    ::poll(nullptr, 0, between_looks_ms);
  }
}

}  // namespace vigie::act
