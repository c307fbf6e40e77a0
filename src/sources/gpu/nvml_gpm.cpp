#include "sources/gpu/nvml_gpm.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "sources/gpu/nvml_values.hpp"

namespace vigie::gpu::nvml {
namespace {

struct Wanted {
  unsigned id;
  Reading<double> GpuSample::* into;
  double scale;  ///< of NVML's unit
};

constexpr double mib = 1 << 20;
constexpr std::array wanted = {
    Wanted{gpm_sm, &GpuSample::sm_active_percent, 1},
    Wanted{gpm_occupancy, &GpuSample::sm_occupancy_percent, 1},
    Wanted{gpm_tensor, &GpuSample::tensor_active_percent, 1},
    Wanted{gpm_dram, &GpuSample::dram_active_percent, 1},
    Wanted{gpm_pcie_sent_mib, &GpuSample::gpm_pcie_sent_per_second, mib},
    Wanted{gpm_pcie_received_mib, &GpuSample::gpm_pcie_received_per_second, mib},
    Wanted{gpm_nvlink_sent_mib, &GpuSample::gpm_nvlink_sent_per_second, mib},
    Wanted{gpm_nvlink_received_mib, &GpuSample::gpm_nvlink_received_per_second, mib},
};

void set_all(GpuSample& gpu, Presence why) {
  for (const Wanted& one : wanted) gpu.*one.into = why;
}

}  // namespace

bool has_gpm(const Functions& functions, Device device) {
  GpmSupport support{.version = 1, .supported = 0};
  return call(functions.nvmlGpmQueryDeviceSupport, device, &support) == success && support.supported != 0;
}

GpmPair::GpmPair(const Functions& functions, Device device, std::optional<unsigned> instance)
    : functions_(&functions), device_(device), instance_(instance) {
  if (call(functions.nvmlGpmSampleAlloc, &older_) != success) older_ = nullptr;
  if (call(functions.nvmlGpmSampleAlloc, &newer_) != success) newer_ = nullptr;
}

GpmPair::GpmPair(GpmPair&& other) noexcept
    : functions_(other.functions_),
      device_(other.device_),
      instance_(other.instance_),
      older_(std::exchange(other.older_, nullptr)),
      newer_(std::exchange(other.newer_, nullptr)),
      taken_(other.taken_),
      have_older_(other.have_older_),
      last_(std::move(other.last_)) {}

GpmPair::~GpmPair() {
  for (GpmSample one : {older_, newer_}) {
    if (one != nullptr) (void)call(functions_->nvmlGpmSampleFree, one);
  }
}

Return GpmPair::take(GpmSample into) const {
  if (instance_) return call(functions_->nvmlGpmMigSampleGet, device_, *instance_, into);
  return call(functions_->nvmlGpmSampleGet, device_, into);
}

void GpmPair::fill(GpuSample& gpu) const {
  // 41 KB that the library may write to: not on the stack of a thread.
  const auto get = std::make_unique<GpmMetricsGet>();
  get->version = 1;
  get->count = wanted.size();
  get->sample1 = older_;
  get->sample2 = newer_;
  for (std::size_t at = 0; at < wanted.size(); ++at) get->metrics[at].id = wanted[at].id;
  if (const Return result = call(functions_->nvmlGpmMetricsGet, get.get()); result != success) {
    set_all(gpu, presence_of(result));
    return;
  }
  for (std::size_t at = 0; at < wanted.size(); ++at) {
    const GpmMetric& metric = get->metrics[at];
    const auto result = static_cast<Return>(metric.result);
    if (result != success) {
      gpu.*wanted[at].into = presence_of(result);
      continue;
    }
    // Counts and the time they are divided by are not of quite the same moments: a bit beyond 100 % is 100.
    constexpr double beyond = 110;
    const bool percent = wanted[at].scale == 1;
    const bool good = std::isfinite(metric.value) && metric.value >= 0 && (!percent || metric.value <= beyond);
    const double value = percent ? std::min(metric.value, 100.0) : metric.value * wanted[at].scale;
    gpu.*wanted[at].into = good ? Reading<double>(value) : Reading<double>(Presence::unknown);
  }
}

void GpmPair::sample(GpuSample& gpu) {
  if (older_ == nullptr || newer_ == nullptr) {
    set_all(gpu, Presence::unsupported);
    return;
  }
  const auto now = std::chrono::steady_clock::now();
  if (have_older_ && now - taken_ <= std::chrono::milliseconds(100)) {
    for (const Wanted& one : wanted) gpu.*one.into = last_.*one.into;
    return;
  }
  if (const Return result = take(have_older_ ? newer_ : older_); result != success) {
    set_all(gpu, presence_of(result));
    return;
  }
  taken_ = now;
  if (have_older_) {
    fill(gpu);
    std::swap(older_, newer_);
  } else {
    set_all(gpu, Presence::first_sight);
    have_older_ = true;
  }
  for (const Wanted& one : wanted) last_.*one.into = gpu.*one.into;
}

}  // namespace vigie::gpu::nvml
