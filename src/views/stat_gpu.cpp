#include "views/stat_gpu.hpp"

#include "views/gpu_columns.hpp"

namespace vigie::views {
namespace {

/// The sum over all GPUs that know it; counts them in `known`.
template <auto part>
Reading<double> sum(const StatRow& row, std::size_t& known) {
  const Reading<std::vector<GpuSample>>& gpus = row.frame->snapshot->gpus;
  if (!gpus) return gpus.presence();
  Reading<double> all = Presence::unsupported;
  for (const GpuSample& gpu : *gpus) {
    if (!(gpu.*part)) continue;
    all = all.value_or(0) + static_cast<double>(*(gpu.*part));
    ++known;
  }
  return all;
}

template <auto part>
Cell total(const StatRow& row) {
  std::size_t known = 0;
  return cell_of(sum<part>(row, known));
}

template <auto part>
Cell mean(const StatRow& row) {
  std::size_t known = 0;
  Reading<double> all = sum<part>(row, known);
  if (all) *all /= static_cast<double>(known);
  return cell_of(all);
}

GpuRow gpu_row(const StatRow& row) {
  const std::vector<GpuRates>& rates = row.frame->delta.gpu.gpus;
  return {row.frame, &(*row.frame->snapshot->gpus)[row.index], row.index < rates.size() ? &rates[row.index] : nullptr};
}

template <auto part>
Cell of_gpu(const StatRow& row) {
  return cell_of(gpu_row(row).gpu->*part);
}

template <auto part>
Cell of_rates(const StatRow& row) {
  const GpuRow gpu = gpu_row(row);
  return gpu.rates != nullptr ? cell_of(gpu.rates->*part) : Cell(Presence::first_sight);
}

Cell busy_cell(const StatRow& row) {
  const GpuRow gpu = gpu_row(row);
  return cell_of(busy_percent_of(*gpu.gpu, gpu.rates));
}

Cell index_cell(const StatRow& row) {
  return std::int64_t{gpu_row(row).gpu->index};
}

Cell throttle_cell(const StatRow& row) {
  const Reading<std::uint8_t>& throttle = gpu_row(row).gpu->throttle;
  if (!throttle) return throttle.presence();
  std::string text = describe_throttle(*throttle);
  return text.empty() ? Cell(std::string_view("no")) : Cell(std::move(text));
}

}  // namespace

const std::vector<StatColumn>& stat_all_gpus_columns() {
  static const std::vector<StatColumn> columns = {
      stat_column("gpu_percent", mean<&GpuSample::busy_percent>),
      stat_column("gpu_memory_used_bytes", total<&GpuSample::memory_used_bytes>),
      stat_column("power_watts", total<&GpuSample::power_watts>)};
  return columns;
}

const std::vector<StatColumn>& stat_gpu_columns(bool people) {
  using Gpu = GpuSample;
  using Rates = GpuRates;
  static const std::vector<StatColumn> most = {
      stat_column("gpu", index_cell),
      stat_column("mean_power_watts", of_rates<&Rates::power_watts>),
      stat_column("temperature_celsius", of_gpu<&Gpu::temperature_celsius>),
      stat_column("memory_temperature_celsius", of_gpu<&Gpu::memory_temperature_celsius>),
      stat_column("gpu_percent", busy_cell),
      stat_column("gpu_memory_percent", of_gpu<&Gpu::memory_busy_percent>),
      stat_column("sm_active_percent", of_gpu<&Gpu::sm_active_percent>),
      stat_column("tensor_active_percent", of_gpu<&Gpu::tensor_active_percent>),
      stat_column("dram_active_percent", of_gpu<&Gpu::dram_active_percent>),
      stat_column("gpu_memory_used_bytes", of_gpu<&Gpu::memory_used_bytes>),
      stat_column("memory_clock_hertz", of_gpu<&Gpu::memory_clock_hertz>),
      stat_column("sm_clock_hertz", of_gpu<&Gpu::sm_clock_hertz>),
      stat_column("throttle_power_percent", of_rates<&Rates::throttle_power_percent>),
      stat_column("throttle_thermal_percent", of_rates<&Rates::throttle_thermal_percent>),
      stat_column("pcie_received_bytes_per_second", of_rates<&Rates::pcie_received_bytes_per_second>),
      stat_column("pcie_sent_bytes_per_second", of_rates<&Rates::pcie_sent_bytes_per_second>),
      stat_column("nvlink_received_bytes_per_second", of_rates<&Rates::nvlink_received_bytes_per_second>),
      stat_column("nvlink_sent_bytes_per_second", of_rates<&Rates::nvlink_sent_bytes_per_second>),
  };
  static const std::vector<StatColumn> all = [] {
    std::vector<StatColumn> columns = most;
    columns.push_back(stat_column("power_watts", of_gpu<&Gpu::power_watts>));
    columns.push_back(stat_column("sm_occupancy_percent", of_gpu<&Gpu::sm_occupancy_percent>));
    columns.push_back(stat_column("throttle", throttle_cell));
    return columns;
  }();
  return people ? most : all;
}

}  // namespace vigie::views
