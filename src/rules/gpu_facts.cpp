#include "rules/gpu_facts.hpp"

#include <algorithm>
#include <numeric>

#include "model/gpu_use.hpp"
#include "rules/thresholds.hpp"

namespace vigie {
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

Reading<double> mean(const std::vector<double>& values) {
  if (values.empty()) return Presence::unknown;
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

Reading<double> part_of(const Reading<double>& value, const Reading<double>& whole) {
  if (!value) return value.presence();
  if (!whole || *whole <= 0) return Presence::unknown;
  return 100 * *value / *whole;
}

Reading<double> rate(const Seen& seen, Reading<double> GpuRates::* which) {
  return seen.rates != nullptr ? seen.rates->*which : Reading<double>(Presence::first_sight);
}

GpuFacts facts_of(const Case& run, const GpuSample& gpu) {
  GpuFacts facts{.gpu = &gpu};
  const auto all = [&](auto value) { return over_window(run, *facts.gpu, value); };
  const std::vector<double> busy = all([](const Seen& seen) { return busy_percent_of(seen.gpu, seen.rates); });
  facts.busy_percent = mean(busy);
  if (!busy.empty()) facts.most_busy_percent = *std::ranges::max_element(busy);
  facts.sm_active_percent = mean(all([](const Seen& seen) { return seen.gpu.sm_active_percent; }));
  facts.memory_busy_percent = mean(all([](const Seen& seen) { return seen.gpu.memory_busy_percent; }));
  facts.power_percent =
      mean(all([](const Seen& seen) { return part_of(seen.gpu.power_watts, seen.gpu.power_limit_watts); }));
  facts.clock_percent =
      mean(all([](const Seen& seen) { return part_of(seen.gpu.sm_clock_hertz, seen.gpu.sm_clock_max_hertz); }));
  facts.received_bytes_per_second =
      mean(all([](const Seen& seen) { return rate(seen, &GpuRates::pcie_received_bytes_per_second); }));
  facts.sent_bytes_per_second =
      mean(all([](const Seen& seen) { return rate(seen, &GpuRates::pcie_sent_bytes_per_second); }));
  facts.nvlink_bytes_per_second = mean(all([](const Seen& seen) {
    Reading<double> both = rate(seen, &GpuRates::nvlink_received_bytes_per_second);
    const Reading<double> sent = rate(seen, &GpuRates::nvlink_sent_bytes_per_second);
    if (both && sent) *both += *sent;
    return both;
  }));
  const std::vector<double> held = all([&](const Seen& seen) -> Reading<double> {
    if (!seen.gpu.throttle) return seen.gpu.throttle.presence();
    facts.throttle = static_cast<std::uint8_t>(facts.throttle | *seen.gpu.throttle);
    return *seen.gpu.throttle != 0 ? 1.0 : 0.0;
  });
  facts.throttled = mean(held).value_or(0);
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

}  // namespace vigie
