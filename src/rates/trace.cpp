#include "rates/trace.hpp"

#include <algorithm>

namespace vigie {
namespace {

double percent(double part, double all) {
  return all > 0 ? 100 * part / all : 0;
}

TracedCallRates rates_of(const TracedCall& call, double seconds) {
  TracedCallRates rates;
  const auto calls = static_cast<double>(call.calls);
  rates.calls_per_second = seconds > 0 ? calls / seconds : 0;
  rates.time_ns = static_cast<double>(call.total_ns + call.unfinished_ns);
  rates.max_ns = static_cast<double>(call.max_ns);
  rates.mean_ns = rates.p99_ns = Presence::unknown;
  if (call.durations.count() == 0) return rates;
  rates.mean_ns = static_cast<double>(call.total_ns) / static_cast<double>(call.durations.count());
  // A class of durations ends beyond the longest of them.
  rates.p99_ns = static_cast<double>(std::min(call.durations.quantile(0.99), call.max_ns));
  return rates;
}

}  // namespace

TraceRates trace_rates(const CallTrace& trace) {
  TraceRates rates;
  double all = 0;
  for (const TracedCall& call : trace.calls) all += rates.calls.emplace_back(rates_of(call, trace.seconds)).time_ns;
  for (TracedCallRates& one : rates.calls) one.time_percent = percent(one.time_ns, all);
  for (const TracedFile& file : trace.files) {
    const auto returned = static_cast<double>(file.total_ns);
    const auto time = static_cast<double>(file.total_ns + file.unfinished_ns);
    rates.files.push_back({.time_ns = time, .time_percent = percent(time, all), .mean_ns = Presence::unknown});
    if (file.calls > 0) rates.files.back().mean_ns = returned / static_cast<double>(file.calls);
  }
  return rates;
}

}  // namespace vigie
