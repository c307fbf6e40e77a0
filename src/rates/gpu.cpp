#include "rates/gpu.hpp"

#include <algorithm>
#include <cstdint>
#include <map>
#include <string_view>

namespace vigie {
namespace {

/// A counter's increase; one of 32 bits may have begun anew.
Reading<double> increase(const Reading<std::uint64_t>& before, const Reading<std::uint64_t>& after) {
  if (!after) return after.presence();
  if (!before) return Presence::first_sight;
  constexpr std::uint64_t narrow = std::uint64_t{1} << 32;
  if (*after >= *before) return static_cast<double>(*after - *before);
  const bool wrapped = *before < narrow && *before > narrow / 2 && *after < narrow / 2;
  if (!wrapped) return Presence::went_backwards;
  return static_cast<double>(*after + narrow - *before);
}

Reading<double> scaled(Reading<double> value, double scale) {
  if (value) *value *= scale;
  return value;
}

/// How much of one engine a client had in between.
Reading<double> engine_percent(const GpuClient& before, const EngineUse& use, double seconds) {
  const auto earlier = std::ranges::find(before.engines, use.engine, &EngineUse::engine);
  if (earlier == before.engines.end()) return Presence::first_sight;
  if (use.used < earlier->used || use.total < earlier->total) return Presence::went_backwards;
  const double whole = use.total > 0 ? static_cast<double>(use.total - earlier->total) : seconds * 1e9;
  if (whole <= 0) return Presence::first_sight;
  return std::min(100.0, 100.0 * static_cast<double>(use.used - earlier->used) / whole);
}

/// The busier of its engines: copying and computing at once is still one GPU.
Reading<double> engine_percent(const GpuClient* before, const GpuClient& after, double seconds) {
  Reading<double> busiest = Presence::first_sight;
  if (before == nullptr) return busiest;
  for (const EngineUse& use : after.engines) {
    const Reading<double> percent = engine_percent(*before, use, seconds);
    if (percent) busiest = std::max(busiest.value_or(0), *percent);
    if (!busiest && percent.presence() == Presence::went_backwards) busiest = percent;
  }
  return busiest;
}

/// The busier of two measures of one client: the queues of ROCm are in no engine's time.
Reading<double> more(const Reading<double>& one, const Reading<double>& other) {
  if (!one || !other) return other ? other : one;
  return std::max(*one, *other);
}

std::vector<Reading<double>> client_rates(const GpuSample* before, const GpuSample& after, double seconds) {
  std::vector<Reading<double>> rates;
  if (!after.clients) return rates;
  for (const GpuClient& client : *after.clients) {
    if (client.engines.empty()) {
      rates.push_back(client.busy_percent);
      continue;
    }
    const GpuClient* earlier = nullptr;
    if (before != nullptr && before->clients) {
      const auto found = std::ranges::find_if(*before->clients, [&](const GpuClient& one) {
        return one.pid == client.pid && one.instance == client.instance;
      });
      if (found != before->clients->end()) earlier = &*found;
    }
    rates.push_back(more(engine_percent(earlier, client, seconds), client.busy_percent));
  }
  return rates;
}

Reading<double> busy_by_clients(const GpuSample* before, const GpuSample& after, double seconds) {
  if (!after.clients) return after.clients.presence();
  if (after.vendor == GpuVendor::nvidia) return Presence::unsupported;
  if (before == nullptr || !before->clients) return Presence::first_sight;
  std::map<std::string_view, double> engines;
  for (const GpuClient& client : *after.clients) {
    const auto earlier = std::ranges::find(*before->clients, client.pid, &GpuClient::pid);
    if (earlier == before->clients->end()) continue;
    for (const EngineUse& use : client.engines) {
      const Reading<double> percent = engine_percent(*earlier, use, seconds);
      if (percent) engines[use.engine] += *percent;
    }
  }
  double busiest = 0;
  for (const auto& [engine, percent] : engines) busiest = std::max(busiest, percent);
  return std::min(busiest, 100.0);
}

/// The hardware's own measurement (GPM), else the counter's rate: a counter of 32 bits begins anew every second on a
/// busy link, and nothing tells how often it did.
Reading<double> measured_or(const Reading<double>& measured, const Reading<double>& rate) {
  return measured ? measured : rate;
}

GpuRates rates_of(const GpuSample* before, const GpuSample& after, double seconds) {
  static const GpuSample nothing;
  // A driver that is late has given old counters: they tell nothing about this interval.
  const bool comparable = before != nullptr && seconds > 0 && before->age_seconds == 0 && after.age_seconds == 0;
  const GpuSample& from = comparable ? *before : nothing;
  const double per_second = seconds > 0 ? 1 / seconds : 0;
  GpuRates rates;
  const auto rate = [&](Reading<std::uint64_t> GpuSample::* counter, double scale) {
    return scaled(increase(from.*counter, after.*counter), scale * per_second);
  };
  rates.pcie_sent_bytes_per_second = measured_or(after.gpm_pcie_sent_per_second, rate(&GpuSample::pcie_sent_bytes, 1));
  rates.pcie_received_bytes_per_second =
      measured_or(after.gpm_pcie_received_per_second, rate(&GpuSample::pcie_received_bytes, 1));
  rates.nvlink_sent_bytes_per_second =
      measured_or(after.gpm_nvlink_sent_per_second, rate(&GpuSample::nvlink_sent_bytes, 1));
  rates.nvlink_received_bytes_per_second =
      measured_or(after.gpm_nvlink_received_per_second, rate(&GpuSample::nvlink_received_bytes, 1));
  constexpr double percent_of_ns = 100 / 1e9;
  rates.throttle_power_percent = rate(&GpuSample::throttle_power_ns, percent_of_ns);
  rates.throttle_thermal_percent = rate(&GpuSample::throttle_thermal_ns, percent_of_ns);
  for (Reading<double>* share : {&rates.throttle_power_percent, &rates.throttle_thermal_percent}) {
    if (*share) **share = std::min(**share, 100.0);
  }
  if (!after.energy_joules) {
    rates.power_watts = after.energy_joules.presence();
  } else if (!from.energy_joules) {
    rates.power_watts = Presence::first_sight;
  } else if (*after.energy_joules < *from.energy_joules) {
    rates.power_watts = Presence::went_backwards;
  } else {
    rates.power_watts = (*after.energy_joules - *from.energy_joules) * per_second;
  }
  rates.busy_by_clients_percent = busy_by_clients(comparable ? before : nullptr, after, seconds);
  rates.client_busy_percent = client_rates(comparable ? before : nullptr, after, seconds);
  return rates;
}

}  // namespace

GpuDelta diff_gpus(const Snapshot* previous, const Snapshot& current, double elapsed_seconds) {
  GpuDelta delta;
  if (!current.gpus) return delta;
  for (const GpuSample& gpu : *current.gpus) {
    const GpuSample* before = nullptr;
    if (previous != nullptr && previous->gpus) {
      const auto found =
          std::ranges::find_if(*previous->gpus, [&](const GpuSample& one) { return is_same_gpu(one, gpu); });
      if (found != previous->gpus->end()) before = &*found;
    }
    delta.gpus.push_back(rates_of(before, gpu, elapsed_seconds));
  }
  return delta;
}

}  // namespace vigie
