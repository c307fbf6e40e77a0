// Every rate goes through `per_second`, the one place that decides when a rate cannot be known.
#include "rates/diff.hpp"

#include <algorithm>

#include "rates/net.hpp"
#include "rates/per_second.hpp"

namespace vigie {
namespace {

/// One process over the time its counters cover.
struct Span {
  const ProcessSample* earlier = nullptr;  ///< nullptr: counters began at zero within the interval
  const ProcessSample* later = nullptr;
  double seconds = 0;
};

/// The rate of a counter that may be absent; `counter` gets its Reading from a sample.
template <class Counter>
Reading<double> rate(const Span& span, Counter counter) {
  const Reading<std::uint64_t> later = counter(*span.later);
  if (!later) return later.presence();
  if (span.earlier == nullptr) return per_second(0, *later, span.seconds);
  const Reading<std::uint64_t> earlier = counter(*span.earlier);
  if (!earlier) return Presence::first_sight;
  return per_second(*earlier, *later, span.seconds);
}

/// A counter inside a Reading of several.
template <class Group>
auto part(Reading<Group> ProcessSample::* group, std::uint64_t Group::* counter) {
  return [group, counter](const ProcessSample& sample) -> Reading<std::uint64_t> {
    const Reading<Group>& all = sample.*group;
    if (!all) return all.presence();
    return (*all).*counter;
  };
}

Reading<double> cpu_percent(const Span& span, unsigned cpus) {
  const auto ticks = [](const ProcessSample& sample) {
    return Reading<std::uint64_t>(sample.user_ticks + sample.system_ticks);
  };
  Reading<double> percent = rate(span, ticks);
  if (!percent) return percent;
  *percent *= 100 / ticks_per_second;
  // Ticks are counted whole, and the scan reaches a process a little earlier or later than the last time: both show
  // as more than the process could have used. Threads that ended meanwhile have used some, too.
  unsigned most = std::max(1U, span.later->threads);
  if (span.earlier != nullptr) most = std::max(most, span.earlier->threads);
  if (cpus > 0) most = std::min(most, cpus);
  *percent = std::min(*percent, 100.0 * most);
  return percent;
}

Reading<StateShares> state_shares(const Span& span) {
  const Reading<StateCounts>& later = span.later->states;
  if (!later) return later.presence();
  // Without earlier counts the sampler began to watch within this interval.
  const StateCounts earlier = span.earlier == nullptr ? StateCounts{} : span.earlier->states.value_or({});
  if (later->looks < earlier.looks) return Presence::went_backwards;
  if (later->looks == earlier.looks) return Presence::unknown;
  StateShares shares;
  shares.looks = later->looks - earlier.looks;
  bool backwards = false;
  const auto share = [&](std::uint64_t StateCounts::* count) {
    const std::uint64_t from = earlier.*count;
    const std::uint64_t to = (*later).*count;
    backwards = backwards || to < from;
    return static_cast<double>(to - from) / static_cast<double>(shares.looks);
  };
  shares.running = share(&StateCounts::running);
  shares.disk = share(&StateCounts::disk);
  shares.stopped = share(&StateCounts::stopped);
  shares.asleep = share(&StateCounts::asleep);
  shares.threads_running = share(&StateCounts::threads_running);
  shares.alone = share(&StateCounts::alone);
  shares.in_poll = share(&StateCounts::in_poll);
  shares.in_futex = share(&StateCounts::in_futex);
  shares.in_pipe = share(&StateCounts::in_pipe);
  shares.in_timer = share(&StateCounts::in_timer);
  if (backwards) return Presence::went_backwards;
  return shares;
}

ProcessRates rates_of(const Span& span, unsigned cpus) {
  ProcessRates rates;
  rates.cpu_percent = cpu_percent(span, cpus);
  rates.read_bytes_per_second = rate(span, part(&ProcessSample::io, &ProcessIo::read_bytes));
  rates.write_bytes_per_second = rate(span, part(&ProcessSample::io, &ProcessIo::write_bytes));
  rates.read_chars_per_second = rate(span, part(&ProcessSample::io, &ProcessIo::rchar));
  rates.write_chars_per_second = rate(span, part(&ProcessSample::io, &ProcessIo::wchar));
  rates.read_calls_per_second = rate(span, part(&ProcessSample::io, &ProcessIo::syscr));
  rates.run_delay_percent = rate(span, part(&ProcessSample::sched, &SchedStat::run_delay_ns));
  if (rates.run_delay_percent) *rates.run_delay_percent *= 100.0 / static_cast<double>(nanoseconds_per_second);
  rates.major_faults_per_second =
      rate(span, [](const ProcessSample& sample) { return Reading<std::uint64_t>(sample.major_faults); });
  rates.voluntary_switches_per_second = rate(span, [](const ProcessSample& s) { return s.voluntary_switches; });
  rates.involuntary_switches_per_second = rate(span, [](const ProcessSample& s) { return s.involuntary_switches; });
  rates.states = state_shares(span);
  return rates;
}

/// Every rate absent for the same reason.
ProcessRates absent(Presence reason) {
  ProcessRates rates;
  for (Reading<double>* one :
       {&rates.cpu_percent, &rates.read_bytes_per_second, &rates.write_bytes_per_second, &rates.read_chars_per_second,
        &rates.write_chars_per_second, &rates.read_calls_per_second, &rates.run_delay_percent,
        &rates.major_faults_per_second, &rates.voluntary_switches_per_second, &rates.involuntary_switches_per_second}) {
    *one = reason;
  }
  rates.states = reason;
  return rates;
}

HostRates host_rates(const HostSample& earlier, const HostSample& later) {
  HostRates rates;
  const Presence reason = !later.cpu ? later.cpu.presence() : Presence::first_sight;
  rates.cpu_busy_percent = rates.cpu_idle_percent = rates.iowait_percent = reason;
  if (!later.cpu || !earlier.cpu) return rates;
  const auto busy = [](const CpuTicks& t) { return t.user + t.nice + t.system + t.irq + t.softirq; };
  const auto idle = [](const CpuTicks& t) { return t.idle + t.iowait; };
  // The categories are set against their own sum, not against the clock: they are read at one moment.
  const auto percent = [&](std::uint64_t from, std::uint64_t to) -> Reading<double> {
    if (later.cpu->total() < earlier.cpu->total() || to < from) return Presence::went_backwards;
    const std::uint64_t all = later.cpu->total() - earlier.cpu->total();
    if (all == 0) return Presence::unknown;
    return 100.0 * later.cpus * static_cast<double>(to - from) / static_cast<double>(all);
  };
  rates.cpu_busy_percent = percent(busy(*earlier.cpu), busy(*later.cpu));
  rates.cpu_idle_percent = percent(idle(*earlier.cpu), idle(*later.cpu));
  rates.iowait_percent = percent(earlier.cpu->iowait, later.cpu->iowait);
  return rates;
}

}  // namespace

Delta diff(const Snapshot* previous, const Snapshot& current) {
  Delta delta;
  delta.processes.reserve(current.processes.size());
  // Counters of another boot say nothing about this one.
  if (previous == nullptr || previous->host.boot_id != current.host.boot_id) {
    delta.host.cpu_busy_percent = delta.host.cpu_idle_percent = delta.host.iowait_percent = Presence::first_sight;
    delta.processes.assign(current.processes.size(), absent(Presence::first_sight));
    delta.net = diff_net(nullptr, current.net, 0);
    return delta;
  }
  delta.elapsed_seconds = std::max(0.0, seconds_between(previous->before, current.before));
  delta.host = host_rates(previous->host, current.host);
  delta.net = diff_net(&previous->net, current.net, delta.elapsed_seconds);
  constexpr std::int64_t tick_ns = nanoseconds_per_second / 100;
  for (const ProcessSample& process : current.processes) {
    if (delta.elapsed_seconds <= 0) {
      delta.processes.push_back(absent(Presence::unknown));
      continue;
    }
    Span span{.earlier = previous->find(process.id), .later = &process, .seconds = delta.elapsed_seconds};
    if (span.earlier == nullptr) {
      // Start times are cut to ticks: one that started just after the earlier scan may seem to be one tick older.
      const std::int64_t start_ns = start_boot_ns(process.id);
      if (start_ns + tick_ns < previous->before.boot_ns) {
        delta.processes.push_back(absent(Presence::first_sight));
        continue;
      }
      const std::int64_t life_ns = std::max(current.before.boot_ns - start_ns, tick_ns);
      span.seconds = static_cast<double>(life_ns) / static_cast<double>(nanoseconds_per_second);
    }
    delta.processes.push_back(rates_of(span, current.host.cpus));
  }
  return delta;
}

}  // namespace vigie
