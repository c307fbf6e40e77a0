#include "sources/gpu/nvml_session.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "base/clock.hpp"
#include "base/directory.hpp"
#include "sources/gpu/sysfs.hpp"

namespace vigie::gpu::nvml {
namespace {

constexpr unsigned most_devices = 256;

/// The cards, when all of them are switched off by power management: starting the driver's library would wake them.
/// Empty when one works, or none is known to sysfs.
std::vector<GpuSample> sleeping_cards(const Root& root) {
  const std::string bus = "bus/pci/devices";
  std::vector<GpuSample> cards;
  for (const std::string& address : names_in(root.sys(), bus, "")) {
    const std::string device = bus + "/" + address;
    const Reading<std::string> vendor = read_text(root.sys(), device + "/vendor");
    if (!vendor || !vendor->starts_with("0x10de")) continue;
    const Reading<std::string> kind = read_text(root.sys(), device + "/class");
    if (!kind || !kind->starts_with("0x03")) continue;  // its sound, its USB
    const Reading<std::string> power = read_text(root.sys(), device + "/power/runtime_status");
    if (!power || !power->starts_with("suspended")) return {};
    GpuSample who;
    who.index = static_cast<unsigned>(cards.size());
    who.name = "NVIDIA GPU";
    who.pci = address;
    cards.push_back(without_values(who, Presence::not_read));
    cards.back().state = GpuState::asleep;
  }
  return cards;
}

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
    std::vector<GpuSample> asleep = wake_ ? std::vector<GpuSample>() : sleeping_cards(root_);
    if (!asleep.empty()) return asleep;
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
