#include "rules/facts/consumers.hpp"

#include <algorithm>

namespace vigie::rules {

std::vector<Consumer> largest_consumers(const Frame& frame, const AmountOf& amount, std::size_t count) {
  const std::vector<ProcessSample>& processes = frame.snapshot->processes;
  std::vector<Consumer> of_runs(frame.view.runs.size());
  std::vector<Consumer> all;
  for (std::size_t index = 0; index < processes.size(); ++index) {
    const Reading<double> used = amount(index);
    if (!used || *used <= 0) continue;
    const int run = index < frame.view.run_of.size() ? frame.view.run_of[index] : -1;
    if (run < 0) {
      all.push_back({.name = processes[index].comm, .pid = processes[index].id.pid, .run = false, .amount = *used});
      continue;
    }
    Consumer& consumer = of_runs[static_cast<std::size_t>(run)];
    if (!consumer.run) {
      consumer = {.name = frame.view.runs[static_cast<std::size_t>(run)].name,
                  .pid = processes[index].id.pid,
                  .run = true,
                  .amount = 0};
    }
    consumer.amount += *used;
  }
  std::ranges::copy_if(of_runs, std::back_inserter(all), &Consumer::run);
  const auto last = all.begin() + static_cast<std::ptrdiff_t>(std::min(count, all.size()));
  std::ranges::partial_sort(all, last, std::ranges::greater{}, &Consumer::amount);
  all.erase(last, all.end());
  return all;
}

AmountOf cpu_of(const Frame& frame) {
  return [&frame](std::size_t index) { return frame.delta.processes[index].cpu_percent; };
}

AmountOf disk_of(const Frame& frame) {
  return [&frame](std::size_t index) -> Reading<double> {
    const ProcessRates& rates = frame.delta.processes[index];
    if (!rates.read_bytes_per_second || !rates.write_bytes_per_second) return rates.read_bytes_per_second.presence();
    return *rates.read_bytes_per_second + *rates.write_bytes_per_second;
  };
}

AmountOf memory_of(const Frame& frame) {
  return [&frame](std::size_t index) -> Reading<double> {
    return static_cast<double>(frame.snapshot->processes[index].rss_bytes);
  };
}

}  // namespace vigie::rules
