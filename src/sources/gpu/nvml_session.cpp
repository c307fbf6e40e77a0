#include "sources/gpu/nvml_session.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "base/clock.hpp"

namespace vigie::gpu::nvml {
namespace {

constexpr unsigned most_devices = 256;

}  // namespace

Session::~Session() {
  if (!started_) return;
  devices_.clear();
  if (events_ != nullptr) (void)call(functions_->nvmlEventSetFree, events_);
  (void)call(functions_->nvmlShutdown);
}

Result<void> Session::start() {
  if (!functions_) {
    Result<Functions> loaded = load();
    if (!loaded) return vigie::pass(std::move(loaded));
    functions_ = std::make_unique<Functions>(*loaded);
  }
  const Return result = call(functions_->nvmlInit_v2);
  if (result != success) return fail(describe(result), result == no_permission ? ErrorKind::denied : ErrorKind::failed);
  started_ = true;
  std::array<char, 96> version{};
  (void)call(functions_->nvmlSystemGetDriverVersion, version.data(), static_cast<unsigned>(version.size() - 1));
  unsigned count = 0;
  (void)call(functions_->nvmlDeviceGetCount_v2, &count);
  count = std::min(count, most_devices);
  devices_.reserve(count);
  if (call(functions_->nvmlEventSetCreate, &events_) != success) events_ = nullptr;
  for (unsigned index = 0; index < count; ++index) {
    NvmlDevice& device = devices_.emplace_back(*functions_, index, version.data());
    if (events_ != nullptr && device.handle() != nullptr)
      (void)call(functions_->nvmlDeviceRegisterEvents, device.handle(), event_xid, events_);
  }
  return {};
}

/// Errors that came since the look before; waits for none.
void Session::take_events() {
  if (events_ == nullptr) return;
  for (int most = 0; most < 64; ++most) {
    EventData data{};
    if (call(functions_->nvmlEventSetWait_v2, events_, &data, 0U) != success) return;
    for (NvmlDevice& device : devices_) {
      if (device.handle() == data.device && data.type == event_xid) device.note_xid(static_cast<unsigned>(data.data));
    }
  }
}

Result<std::vector<GpuSample>> Session::pass() {
  if (!started_) {
    if (Result<void> ready = start(); !ready) return vigie::pass(std::move(ready));
  }
  take_events();
  std::vector<GpuSample> gpus;
  gpus.reserve(devices_.size());
  const std::int64_t wall_us = now().wall_ns / 1000;
  for (NvmlDevice& device : devices_) gpus.push_back(device.sample(root_, wall_us));
  return gpus;
}

}  // namespace vigie::gpu::nvml
