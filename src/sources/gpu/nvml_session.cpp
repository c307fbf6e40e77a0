#include "sources/gpu/nvml_session.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "sources/gpu/nvidia_cards.hpp"
#include "sources/gpu/sysfs.hpp"

namespace vigie::gpu::nvml {
namespace {

constexpr unsigned most_devices = 256;

/// The cards, when all of them are switched off by power management: starting the driver's library would wake them.
/// Empty when one works, or none is known to sysfs.
std::vector<GpuSample> sleeping_cards(const Root& root) {
  std::vector<GpuSample> cards;
  for (const std::string& address : nvidia_cards(root)) {
    const Reading<std::string> power = read_text(root.sys(), "bus/pci/devices/" + address + "/power/runtime_status");
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
    ASSIGN_OR_RETURN(Functions loaded, load());
    functions_ = std::make_unique<Functions>(loaded);
  }
  const auto refusal = [](Return result) {
    return fail(describe(result), result == no_permission ? ErrorKind::denied : ErrorKind::failed);
  };
  if (const Return result = call(functions_->nvmlInit_v2); result != success) return refusal(result);
  unsigned count = 0;
  if (const Return result = call(functions_->nvmlDeviceGetCount_v2, &count); result != success) {
    (void)call(functions_->nvmlShutdown);
    return refusal(result);
  }
  started_ = true;
  std::array<char, 96> version{};
  (void)call(functions_->nvmlSystemGetDriverVersion, version.data(), static_cast<unsigned>(version.size() - 1));
  count = std::min(count, most_devices);
  devices_.reserve(count);
  if (call(functions_->nvmlEventSetCreate, &events_) != success) events_ = nullptr;
  for (unsigned index = 0; index < count; ++index) devices_.emplace_back(*functions_, index, version.data());
  return {};
}

/// Those that are not open yet.
void Session::open_devices(const Instant& now) {
  bool asked = false;
  for (NvmlDevice& device : devices_) {
    if (!device.is_to_be_opened(now)) continue;
    asked = true;
    if (device.open(now) && events_ != nullptr)
      (void)call(functions_->nvmlDeviceRegisterEvents, device.handle(), event_xid, events_);
  }
  if (asked) identify_others();
}

/// The driver counts cards that it does not open, too: they have the addresses that are left over, when there are as
/// many.
void Session::identify_others() {
  std::vector<NvmlDevice*> unnamed;
  for (NvmlDevice& device : devices_) {
    if (device.pci().empty()) unnamed.push_back(&device);
  }
  if (unnamed.empty()) return;
  std::vector<std::string> left = nvidia_cards(root_);
  std::erase_if(left, [&](const std::string& address) {
    return std::ranges::find(devices_, address, &NvmlDevice::pci) != devices_.end();
  });
  if (left.size() != unnamed.size()) return;
  for (std::size_t at = 0; at < left.size(); ++at) unnamed[at]->identify(identity_of(root_, left[at]));
}

/// A set of events with one lost device in it tells nothing of the others (NVML API Reference, nvmlEventSetWait_v2: it
/// returns GPU_IS_LOST): another one is made, without it.
void Session::leave_out_lost() {
  (void)call(functions_->nvmlEventSetFree, events_);
  if (call(functions_->nvmlEventSetCreate, &events_) != success) events_ = nullptr;
  for (const NvmlDevice& device : devices_) {
    if (events_ != nullptr && device.handle() != nullptr && !device.is_lost())
      (void)call(functions_->nvmlDeviceRegisterEvents, device.handle(), event_xid, events_);
  }
}

/// Errors that came since the look before; waits for none.
void Session::take_events(const Instant& now) {
  bool again = true;
  for (int most = 0; most < 64 && events_ != nullptr; ++most) {
    EventData data{};
    const Return result = call(functions_->nvmlEventSetWait_v2, events_, &data, 0U);
    if (result == gpu_is_lost && std::exchange(again, false)) {
      leave_out_lost();
      continue;
    }
    if (result != success) return;
    for (NvmlDevice& device : devices_) {
      if (device.handle() == data.device && data.type == event_xid)
        device.note_xid(static_cast<unsigned>(data.data), now);
    }
  }
}

Result<std::vector<GpuSample>> Session::pass(const Instant& now) {
  if (!started_) {
    std::vector<GpuSample> asleep = wake_ ? std::vector<GpuSample>() : sleeping_cards(root_);
    if (!asleep.empty()) return asleep;
    RETURN_IF_ERROR(start());
  }
  open_devices(now);
  take_events(now);
  std::vector<GpuSample> gpus;
  gpus.reserve(devices_.size());
  for (NvmlDevice& device : devices_) gpus.push_back(device.sample(root_, now));
  return gpus;
}

}  // namespace vigie::gpu::nvml
