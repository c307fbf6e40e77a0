#include "rules/facts/gpu_facts.hpp"

#include <algorithm>
#include <numeric>

#include "model/gpu_use.hpp"
#include "rules/thresholds.hpp"

namespace vigie::rules {
namespace {

struct Seen {
  const GpuSample& gpu;
  const GpuRates* rates;
};

/// A value of one GPU in each frame of the window that has it.
template <class Value>
std::vector<double> over_window(const Case& run, const GpuSample& which, Value value) {
  std::vector<double> values;
  for (const Point& point : run.over_time([&](const Frame& frame, const Run&) -> std::optional<double> {
         if (!frame.snapshot->gpus) return std::nullopt;
         const std::vector<GpuSample>& gpus = *frame.snapshot->gpus;
         const auto found = std::ranges::find_if(gpus, [&](const GpuSample& one) { return is_same_gpu(one, which); });
         if (found == gpus.end() || found->age_seconds > 0) return std::nullopt;
         const auto at = static_cast<std::size_t>(found - gpus.begin());
         const std::vector<GpuRates>& rates = frame.delta.gpu.gpus;
         const Reading<double> read = value(Seen{*found, at < rates.size() ? &rates[at] : nullptr});
         return read ? std::optional(*read) : std::nullopt;
       }))
    values.push_back(point.value);
  return values;
}

/// What the values of a window come to; absent where no frame had one.
struct Spread {
  Reading<double> mean = Presence::unknown, least = Presence::unknown, most = Presence::unknown;
};

Spread spread_of(const std::vector<double>& values) {
  if (values.empty()) return {};
  const auto [least, most] = std::ranges::minmax(values);
  return {.mean = std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size()),
          .least = least,
          .most = most};
}

Reading<double> part_of(const Reading<double>& value, const Reading<double>& whole) {
  if (!value) return value.presence();
  if (!whole || *whole <= 0) return Presence::unknown;
  return 100 * *value / *whole;
}

Reading<double> rate(const Seen& seen, Reading<double> GpuRates::* which) {
  return seen.rates != nullptr ? seen.rates->*which : Reading<double>(Presence::first_sight);
}

/// Both directions of NVLink together; what is known of them.
Reading<double> nvlink_of(const Seen& seen) {
  Reading<double> both = rate(seen, &GpuRates::nvlink_received_bytes_per_second);
  const Reading<double> sent = rate(seen, &GpuRates::nvlink_sent_bytes_per_second);
  if (both && sent) *both += *sent;
  return both;
}

GpuFacts facts_of(const Case& run, const GpuSample& gpu) {
  GpuFacts facts{.gpu = &gpu};
  const auto over = [&](auto value) { return spread_of(over_window(run, *facts.gpu, value)); };
  const Spread busy = over([](const Seen& seen) { return busy_percent_of(seen.gpu, seen.rates); });
  facts.busy_percent = busy.mean;
  facts.least_busy_percent = busy.least;
  facts.most_busy_percent = busy.most;
  const Spread active = over([](const Seen& seen) { return seen.gpu.sm_active_percent; });
  facts.sm_active_percent = active.mean;
  facts.most_sm_active_percent = active.most;
  facts.memory_busy_percent = over([](const Seen& seen) { return seen.gpu.memory_busy_percent; }).mean;
  const Spread power = over([](const Seen& seen) { return part_of(seen.gpu.power_watts, seen.gpu.power_limit_watts); });
  facts.power_percent = power.mean;
  facts.most_power_percent = power.most;
  facts.clock_percent =
      over([](const Seen& seen) { return part_of(seen.gpu.sm_clock_hertz, seen.gpu.sm_clock_max_hertz); }).mean;
  facts.received_bytes_per_second =
      over([](const Seen& seen) { return rate(seen, &GpuRates::pcie_received_bytes_per_second); }).mean;
  facts.sent_bytes_per_second =
      over([](const Seen& seen) { return rate(seen, &GpuRates::pcie_sent_bytes_per_second); }).mean;
  facts.nvlink_bytes_per_second = over(nvlink_of).mean;
  const auto looks_with = [&](auto has) {
    return over([&](const Seen& seen) -> Reading<double> {
             if (!seen.gpu.throttle) return seen.gpu.throttle.presence();
             facts.throttle = static_cast<std::uint8_t>(facts.throttle | *seen.gpu.throttle);
             return has(*seen.gpu.throttle) ? 1.0 : 0.0;
           })
        .mean.value_or(0);
  };
  facts.capped = looks_with([](std::uint8_t set) { return (set & static_cast<unsigned>(Throttle::power_cap)) != 0; });
  facts.slowed = looks_with(is_slowed);
  return facts;
}

}  // namespace

std::vector<GpuFacts> gpus_of(const Case& run) {
  std::vector<GpuFacts> facts;
  if (!run.frame().snapshot->gpus) return facts;
  const std::vector<GpuSample>& gpus = *run.frame().snapshot->gpus;
  if (run.is_host()) {
    for (const GpuSample& gpu : gpus) facts.push_back(facts_of(run, gpu));
  } else {
    for (const std::size_t index : gpu_use_of(run.frame(), run.run()).gpus) facts.push_back(facts_of(run, gpus[index]));
  }
  return facts;
}

bool keeps_a_gpu_busy(const Case& run) {
  return std::ranges::any_of(
      gpus_of(run), [](const GpuFacts& gpu) { return gpu.busy_percent.value_or(0) >= thresholds::gpu_busy_percent; });
}

}  // namespace vigie::rules
