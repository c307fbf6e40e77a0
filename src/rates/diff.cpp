#include "rates/diff.hpp"

#include <algorithm>

#include "rates/calls.hpp"
#include "rates/cgroup_diff.hpp"
#include "rates/diff_details.hpp"
#include "rates/gpu.hpp"
#include "rates/host.hpp"
#include "rates/net.hpp"
#include "rates/per_second.hpp"
#include "rates/trace.hpp"

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
  return per_second(counter(*span.earlier), later, span.seconds);
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
  shares.locked = share(&StateCounts::locked);
  shares.perhaps_locked = share(&StateCounts::perhaps_locked);
  shares.in_network = share(&StateCounts::in_network);
  shares.below = share(&StateCounts::below);
  shares.below_running = share(&StateCounts::below_running);
  shares.below_disk = share(&StateCounts::below_disk);
  shares.below_network = share(&StateCounts::below_network);
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
  rates.io_wait_percent = rate(span, [](const ProcessSample& sample) { return sample.io_wait_ticks; });
  if (rates.io_wait_percent) *rates.io_wait_percent *= 100 / ticks_per_second;
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
        &rates.write_chars_per_second, &rates.read_calls_per_second, &rates.run_delay_percent, &rates.io_wait_percent,
        &rates.major_faults_per_second, &rates.voluntary_switches_per_second, &rates.involuntary_switches_per_second}) {
    *one = reason;
  }
  rates.states = reason;
  return rates;
}

double seconds_since_start(const Snapshot& snapshot, ProcessId id) {
  return static_cast<double>(snapshot.before.boot_ns - start_boot_ns(id)) / nanoseconds_per_second;
}

/// CPU of each thread over the interval, or over its life when that is shorter.
std::vector<Reading<double>> thread_rates(const Snapshot& previous, const Snapshot& current, double elapsed_seconds) {
  std::vector<ThreadSample> earlier(previous.threads);
  std::ranges::sort(earlier, {}, &ThreadSample::id);
  std::vector<Reading<double>> rates;
  rates.reserve(current.threads.size());
  for (const ThreadSample& thread : current.threads) {
    const auto before = std::ranges::lower_bound(earlier, thread.id, {}, &ThreadSample::id);
    const bool seen = before != earlier.end() && before->id == thread.id;
    const double life = std::max(0.01, seconds_since_start(current, thread.id));
    Reading<double> percent = seen ? per_second(before->cpu_ticks, thread.cpu_ticks, elapsed_seconds)
                              : life <= elapsed_seconds ? per_second(0, thread.cpu_ticks, life)
                                                        : Reading<double>(Presence::first_sight);
    if (percent) *percent = std::min(100.0, *percent * 100 / ticks_per_second);
    rates.push_back(percent);
  }
  return rates;
}

/// One for each of the details. A process that the earlier snapshot lacks was first looked at within the interval.
std::vector<Reading<std::vector<CallShare>>> calls_of(const Snapshot* previous, const Snapshot& current) {
  std::vector<Reading<std::vector<CallShare>>> calls;
  for (const ProcessDetail& detail : current.details) {
    const ProcessDetail* const earlier = previous == nullptr ? nullptr : previous->find_detail(detail.id);
    calls.push_back(call_shares(earlier != nullptr && earlier->calls ? &*earlier->calls : nullptr, detail.calls));
  }
  return calls;
}

}  // namespace

Delta diff(const Snapshot* previous, const Snapshot& current) {
  Delta delta;
  const bool same_boot = previous != nullptr && previous->host.boot_id == current.host.boot_id;
  diff_details(same_boot ? previous : nullptr, current, delta);
  delta.cgroups = diff_cgroups(previous, current);
  delta.calls = calls_of(previous, current);
  if (current.trace) delta.trace = trace_rates(*current.trace);
  delta.processes.reserve(current.processes.size());
  // Counters of another boot say nothing about this one.
  if (!same_boot) {
    delta.host = absent_host_rates(current.host, Presence::first_sight);
    delta.processes.assign(current.processes.size(), absent(Presence::first_sight));
    delta.thread_cpu_percent.assign(current.threads.size(), Presence::first_sight);
    delta.net = diff_net(nullptr, current.net, 0);
    delta.gpu = diff_gpus(nullptr, current, 0);
    return delta;
  }
  delta.elapsed_seconds = std::max(0.0, seconds_between(previous->before, current.before));
  delta.host = host_rates(previous->host, current.host, delta.elapsed_seconds);
  delta.net = diff_net(&previous->net, current.net, delta.elapsed_seconds);
  delta.gpu = diff_gpus(previous, current, delta.elapsed_seconds);
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
  delta.thread_cpu_percent = thread_rates(*previous, current, delta.elapsed_seconds);
  return delta;
}

}  // namespace vigie
