#include "rates/cgroup_diff.hpp"

#include <algorithm>
#include <limits>

namespace vigie {
namespace {

using Counter = Reading<std::uint64_t>;

Reading<double> growth(const Counter& earlier, const Counter& later) {
  if (!later) return later.presence();
  if (!earlier) return Presence::first_sight;
  if (*later < *earlier) return Presence::went_backwards;
  return static_cast<double>(*later - *earlier);
}

/// Growth of a time in microseconds, as percent of the interval.
Reading<double> share(const Counter& earlier, const Counter& later, double seconds) {
  Reading<double> percent = growth(earlier, later);
  if (!percent) return percent;
  if (seconds <= 0) return Presence::unknown;
  *percent *= 100 / (seconds * 1e6);
  return percent;
}

Reading<double> pressure(const Reading<Pressure>& earlier, const Reading<Pressure>& later, double seconds) {
  const auto total = [](const Reading<Pressure>& one) { return one ? Counter(one->some.total_us) : one.presence(); };
  Reading<double> percent = share(total(earlier), total(later), seconds);
  // The kernel brings the total up to date every two seconds or so, not at each read.
  if (percent) *percent = std::min(*percent, 100.0);
  return percent;
}

Reading<double> throttled(const CgroupCpu& earlier, const CgroupCpu& later) {
  if (later.quota_cpus && *later.quota_cpus == std::numeric_limits<double>::infinity()) return 0.0;
  if (earlier.quota_group != later.quota_group) return Presence::first_sight;
  Reading<double> stopped = growth(earlier.throttled_periods, later.throttled_periods);
  const Reading<double> periods = growth(earlier.periods, later.periods);
  if (!stopped || !periods) return stopped ? periods.presence() : stopped.presence();
  // Periods pass only while the group wants to run.
  *stopped = *periods > 0 ? std::min(100.0, 100 * *stopped / *periods) : 0;
  return stopped;
}

CgroupRates absent(Presence reason) {
  return {.cpu_percent = reason,
          .throttled_percent = reason,
          .cpu_pressure_percent = reason,
          .io_pressure_percent = reason,
          .memory_pressure_percent = reason,
          .oom_kills = reason};
}

CgroupRates rates(const Reading<CgroupSample>& earlier, const Reading<CgroupSample>& later, double seconds) {
  if (!later) return absent(later.presence());
  if (!earlier || earlier->path != later->path) return absent(Presence::first_sight);
  return {.cpu_percent = share(earlier->cpu.usage_us, later->cpu.usage_us, seconds),
          .throttled_percent = throttled(earlier->cpu, later->cpu),
          .cpu_pressure_percent = pressure(earlier->cpu_pressure, later->cpu_pressure, seconds),
          .io_pressure_percent = pressure(earlier->io_pressure, later->io_pressure, seconds),
          .memory_pressure_percent = pressure(earlier->memory_pressure, later->memory_pressure, seconds),
          .oom_kills = growth(earlier->memory.oom_kills, later->memory.oom_kills)};
}

}  // namespace

std::vector<CgroupRates> diff_cgroups(const Snapshot* previous, const Snapshot& current) {
  std::vector<CgroupRates> all;
  const bool asked = std::ranges::any_of(
      current.details, [](const ProcessDetail& detail) { return detail.cgroup.presence() != Presence::not_read; });
  if (!asked) return all;
  const bool same_boot = previous != nullptr && previous->host.boot_id == current.host.boot_id;
  for (const ProcessDetail& detail : current.details) {
    const ProcessDetail* const earlier = same_boot ? previous->find_detail(detail.id) : nullptr;
    all.push_back(earlier == nullptr
                      ? absent(detail.cgroup ? Presence::first_sight : detail.cgroup.presence())
                      : rates(earlier->cgroup, detail.cgroup, seconds_between(previous->before, current.before)));
  }
  return all;
}

}  // namespace vigie
