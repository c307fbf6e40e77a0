#include "rates/host.hpp"

#include <algorithm>

#include "rates/per_second.hpp"

namespace vigie {
namespace {

/// The rate of one counter of a group that both samples must have.
template <class Group>
Reading<double> rate(const Reading<Group>& earlier, const Reading<Group>& later, std::uint64_t Group::* counter,
                     double seconds) {
  if (!later) return later.presence();
  if (!earlier) return Presence::first_sight;
  return per_second((*earlier).*counter, (*later).*counter, seconds);
}

/// Shares of the categories' own sum, not of the clock: they are read at one moment.
class TickShares {
 public:
  TickShares(const CpuTicks& earlier, const CpuTicks& later) : earlier_(earlier), later_(later) {}

  [[nodiscard]] Reading<double> of(std::uint64_t earlier, std::uint64_t later) const {
    if (later_.total() < earlier_.total() || later < earlier) return Presence::went_backwards;
    const std::uint64_t all = later_.total() - earlier_.total();
    if (all == 0) return Presence::unknown;
    return std::min(100.0, 100.0 * static_cast<double>(later - earlier) / static_cast<double>(all));
  }
  template <class Number>
  [[nodiscard]] Reading<double> of(Number number) const {
    return of(number(earlier_), number(later_));
  }
  [[nodiscard]] Reading<double> of(std::uint64_t CpuTicks::* category) const {
    return of(earlier_.*category, later_.*category);
  }

 private:
  const CpuTicks& earlier_;
  const CpuTicks& later_;
};

CpuShares shares_of(const CpuTicks& earlier, const CpuTicks& later) {
  const TickShares shares(earlier, later);
  // Guests are counted as user time as well. A torn read may show more of them than of user time.
  const auto without = [](std::uint64_t all, std::uint64_t part) { return all > part ? all - part : 0; };
  return {.user = shares.of([&](const CpuTicks& t) { return without(t.user, t.guest); }),
          .nice = shares.of([&](const CpuTicks& t) { return without(t.nice, t.guest_nice); }),
          .system = shares.of(&CpuTicks::system),
          .irq = shares.of(&CpuTicks::irq),
          .softirq = shares.of(&CpuTicks::softirq),
          .iowait = shares.of(&CpuTicks::iowait),
          .steal = shares.of(&CpuTicks::steal),
          .guest = shares.of([](const CpuTicks& t) { return t.guest + t.guest_nice; }),
          .idle = shares.of(&CpuTicks::idle)};
}

CpuShares absent_shares(Presence reason) {
  return {.user = reason,
          .nice = reason,
          .system = reason,
          .irq = reason,
          .softirq = reason,
          .iowait = reason,
          .steal = reason,
          .guest = reason,
          .idle = reason};
}

void add_cpu(const HostSample& earlier, const HostSample& later, HostRates& rates) {
  if (!later.cpu || !earlier.cpu) {
    const Presence reason = !later.cpu ? later.cpu.presence() : Presence::first_sight;
    rates.cpu_busy_percent = rates.cpu_idle_percent = rates.iowait_percent = reason;
    rates.cpu = absent_shares(reason);
    return;
  }
  const TickShares shares(*earlier.cpu, *later.cpu);
  rates.cpu = shares_of(*earlier.cpu, *later.cpu);
  const auto of_each = [&](Reading<double> share) {
    if (share) *share *= later.cpus;
    return share;
  };
  rates.cpu_busy_percent =
      of_each(shares.of([](const CpuTicks& t) { return t.user + t.nice + t.system + t.irq + t.softirq; }));
  rates.cpu_idle_percent = of_each(shares.of([](const CpuTicks& t) { return t.idle + t.iowait; }));
  rates.iowait_percent = of_each(shares.of(&CpuTicks::iowait));
}

void add_each_cpu(const HostSample& earlier, const HostSample& later, HostRates& rates) {
  if (!later.each_cpu) return;
  rates.each_cpu.reserve(later.each_cpu->size());
  // Both ascend by number, but CPUs come and go.
  const std::vector<CpuSample> none;
  const std::vector<CpuSample>& before = earlier.each_cpu ? *earlier.each_cpu : none;
  for (const CpuSample& cpu : *later.each_cpu) {
    const auto same = std::ranges::find(before, cpu.number, &CpuSample::number);
    rates.each_cpu.push_back(same == before.end() ? absent_shares(Presence::first_sight)
                                                  : shares_of(same->ticks, cpu.ticks));
  }
}

PressureShares pressure_shares(const Reading<Pressure>& earlier, const Reading<Pressure>& later, double seconds) {
  if (!later) return {.some_percent = later.presence(), .full_percent = later.presence()};
  if (!earlier) return {.some_percent = Presence::first_sight, .full_percent = Presence::first_sight};
  const auto share = [&](PressureLine Pressure::* line) {
    Reading<double> microseconds = per_second(((*earlier).*line).total_us, ((*later).*line).total_us, seconds);
    if (microseconds) *microseconds = std::min(100.0, *microseconds / 1e4);
    return microseconds;
  };
  return {.some_percent = share(&Pressure::some), .full_percent = share(&Pressure::full)};
}

RequestRates absent_requests(Presence reason) {
  return {.per_second = reason,
          .merged_per_second = reason,
          .bytes_per_second = reason,
          .await_seconds = reason,
          .size_bytes = reason};
}

RequestRates request_rates(const Reading<DiskRequests>& earlier, const Reading<DiskRequests>& later, double seconds) {
  if (!later) return absent_requests(later.presence());
  if (!earlier) return absent_requests(Presence::first_sight);
  RequestRates rates{.per_second = rate(earlier, later, &DiskRequests::done, seconds),
                     .merged_per_second = rate(earlier, later, &DiskRequests::merged, seconds),
                     .bytes_per_second = rate(earlier, later, &DiskRequests::bytes, seconds),
                     .await_seconds = rate(earlier, later, &DiskRequests::milliseconds, seconds),
                     .size_bytes = {}};
  const auto per_request = [&](Reading<double> amount) -> Reading<double> {
    if (!amount) return amount;
    if (!rates.per_second) return rates.per_second.presence();
    if (*rates.per_second == 0) return Presence::unknown;
    return *amount / *rates.per_second;
  };
  rates.size_bytes = per_request(rates.bytes_per_second);
  rates.await_seconds = per_request(rates.await_seconds);
  if (rates.await_seconds) *rates.await_seconds /= 1000;
  return rates;
}

DiskRates absent_disk(Presence reason) {
  return {.reads = absent_requests(reason),
          .writes = absent_requests(reason),
          .discards = absent_requests(reason),
          .flushes = absent_requests(reason),
          .queue_length = reason,
          .busy_percent = reason};
}

/// A device that was made anew under the name of another counts from zero: where its counters exceed the other's, that
/// is no growth. Times may wrap (32 bits); requests and bytes do not.
bool began_anew(const Reading<DiskRequests>& earlier, const Reading<DiskRequests>& later) {
  return earlier && later && (later->done < earlier->done || later->bytes < earlier->bytes);
}

DiskRates disk_rates(const DiskSample& earlier, const DiskSample& later, double seconds) {
  if (began_anew(earlier.reads, later.reads) || began_anew(earlier.writes, later.writes))
    return absent_disk(Presence::went_backwards);
  DiskRates rates{.reads = request_rates(earlier.reads, later.reads, seconds),
                  .writes = request_rates(earlier.writes, later.writes, seconds),
                  .discards = request_rates(earlier.discards, later.discards, seconds),
                  .flushes = request_rates(earlier.flushes, later.flushes, seconds),
                  .queue_length = per_second(earlier.queued_milliseconds, later.queued_milliseconds, seconds),
                  .busy_percent = per_second(earlier.busy_milliseconds, later.busy_milliseconds, seconds)};
  if (rates.queue_length) *rates.queue_length /= 1000;
  if (rates.busy_percent) *rates.busy_percent = std::min(100.0, *rates.busy_percent / 10);
  return rates;
}

PacketRates absent_packets(Presence reason) {
  return {.bytes_per_second = reason,
          .packets_per_second = reason,
          .errors_per_second = reason,
          .drops_per_second = reason};
}

PacketRates packet_rates(const PacketCounters& earlier, const PacketCounters& later, double seconds) {
  if (later.bytes < earlier.bytes || later.packets < earlier.packets) return absent_packets(Presence::went_backwards);
  return {.bytes_per_second = per_second(earlier.bytes, later.bytes, seconds),
          .packets_per_second = per_second(earlier.packets, later.packets, seconds),
          .errors_per_second = per_second(earlier.errors, later.errors, seconds),
          .drops_per_second = per_second(earlier.drops, later.drops, seconds)};
}

/// The rates of each thing in `later` that has a namesake in `earlier`.
template <class Rates, class Sample, class Of, class Absent>
std::vector<Rates> by_name(const Reading<std::vector<Sample>>& earlier, const Reading<std::vector<Sample>>& later,
                           Of rates_of, Absent absent) {
  std::vector<Rates> rates;
  if (!later) return rates;
  rates.reserve(later->size());
  for (std::size_t index = 0; index < later->size(); ++index) {
    const Sample& sample = (*later)[index];
    const Sample* before = nullptr;
    // Nearly always at the same place.
    if (earlier && index < earlier->size() && (*earlier)[index].name == sample.name) {
      before = &(*earlier)[index];
    } else if (earlier) {
      const auto same = std::ranges::find(*earlier, sample.name, &Sample::name);
      if (same != earlier->end()) before = &*same;
    }
    rates.push_back(before != nullptr ? rates_of(*before, sample) : absent(Presence::first_sight));
  }
  return rates;
}

void add_paging(const HostSample& earlier, const HostSample& later, double seconds, HostRates& rates) {
  const auto paging = [&](std::uint64_t Paging::* counter) {
    return rate(earlier.paging, later.paging, counter, seconds);
  };
  rates.paged_in_bytes_per_second = paging(&Paging::paged_in_bytes);
  rates.paged_out_bytes_per_second = paging(&Paging::paged_out_bytes);
  rates.swapped_in_bytes_per_second = paging(&Paging::swapped_in_bytes);
  rates.swapped_out_bytes_per_second = paging(&Paging::swapped_out_bytes);
  rates.faults_per_second = paging(&Paging::faults);
  rates.major_faults_per_second = paging(&Paging::major_faults);
  rates.scanned_pages_per_second = paging(&Paging::scanned_pages);
  const auto kills = [](const Reading<Paging>& counters) {
    return counters ? counters->oom_kills : Reading<std::uint64_t>(counters.presence());
  };
  rates.oom_kills_per_second = per_second(kills(earlier.paging), kills(later.paging), seconds);
}

}  // namespace

HostRates host_rates(const HostSample& earlier, const HostSample& later, double seconds) {
  HostRates rates;
  add_cpu(earlier, later, rates);
  add_each_cpu(earlier, later, rates);
  const auto kernel = [&](std::uint64_t KernelCounters::* counter) {
    return rate(earlier.kernel_counters, later.kernel_counters, counter, seconds);
  };
  rates.context_switches_per_second = kernel(&KernelCounters::context_switches);
  rates.interrupts_per_second = kernel(&KernelCounters::interrupts);
  rates.forks_per_second = kernel(&KernelCounters::forks);
  add_paging(earlier, later, seconds, rates);
  rates.cpu_pressure = pressure_shares(earlier.cpu_pressure, later.cpu_pressure, seconds);
  rates.io_pressure = pressure_shares(earlier.io_pressure, later.io_pressure, seconds);
  rates.memory_pressure = pressure_shares(earlier.memory_pressure, later.memory_pressure, seconds);
  rates.irq_pressure = pressure_shares(earlier.irq_pressure, later.irq_pressure, seconds);
  rates.disks = by_name<DiskRates>(
      earlier.disks, later.disks,
      [&](const DiskSample& from, const DiskSample& to) { return disk_rates(from, to, seconds); }, absent_disk);
  rates.interfaces = by_name<InterfaceRates>(
      earlier.interfaces, later.interfaces,
      [&](const InterfaceSample& from, const InterfaceSample& to) {
        return InterfaceRates{.received = packet_rates(from.received, to.received, seconds),
                              .sent = packet_rates(from.sent, to.sent, seconds)};
      },
      [](Presence reason) {
        return InterfaceRates{.received = absent_packets(reason), .sent = absent_packets(reason)};
      });
  return rates;
}

HostRates absent_host_rates(const HostSample& later, Presence reason) {
  HostSample nothing;
  HostRates rates = host_rates(nothing, later, 0);
  for (Reading<double>* one : {&rates.cpu_busy_percent, &rates.cpu_idle_percent, &rates.iowait_percent}) *one = reason;
  return rates;
}

}  // namespace vigie
