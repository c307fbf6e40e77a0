#include "sources/gpu/gpu_metrics.hpp"

#include <cstddef>
#include <cstring>
#include <limits>

namespace vigie::gpu {
namespace {

/// Where the values stand, in bytes from the beginning; 0: this version has none.
struct Layout {
  std::size_t hottest, memory_temperature, power, busy, memory_busy, energy, throttle;
};
constexpr Layout v1_1{
    .hottest = 6, .memory_temperature = 8, .power = 22, .busy = 16, .memory_busy = 18, .energy = 24, .throttle = 0};
constexpr Layout v1_3{
    .hottest = 6, .memory_temperature = 8, .power = 22, .busy = 16, .memory_busy = 18, .energy = 24, .throttle = 112};
// From here on for one family of cards (MI300), whose throttle bits are not those of the others.
constexpr Layout v1_4{
    .hottest = 4, .memory_temperature = 6, .power = 10, .busy = 12, .memory_busy = 14, .energy = 24, .throttle = 0};
constexpr Layout v1_5{
    .hottest = 4, .memory_temperature = 6, .power = 10, .busy = 12, .memory_busy = 14, .energy = 88, .throttle = 0};
/// The values after the first ones have moved once more with each version.
constexpr Layout v1_6{
    .hottest = 4, .memory_temperature = 6, .power = 10, .busy = 12, .memory_busy = 14, .energy = 0, .throttle = 0};

const Layout* layout_of(unsigned format, unsigned content) {
  if (format != 1) return nullptr;
  switch (content) {
    case 1:
    case 2: return &v1_1;
    case 3: return &v1_3;
    case 4: return &v1_4;
    case 5: return &v1_5;
    case 6:
    case 7: return &v1_6;
    default: return nullptr;
  }
}

/// All bits set: the card does not measure it.
template <class T>
Reading<T> value_at(std::string_view table, std::size_t at) {
  T value = 0;
  if (at == 0 || at + sizeof value > table.size()) return Presence::unsupported;
  std::memcpy(&value, table.data() + at, sizeof value);  // little-endian, as every host of such cards
  if (value == std::numeric_limits<T>::max()) return Presence::unsupported;
  return value;
}

Reading<double> number_at(std::string_view table, std::size_t at) {
  const Reading<std::uint16_t> value = value_at<std::uint16_t>(table, at);
  return value ? Reading<double>(*value) : Reading<double>(value.presence());
}

Reading<double> percent_at(std::string_view table, std::size_t at) {
  const Reading<double> value = number_at(table, at);
  return value.value_or(0) <= 100 ? value : Reading<double>(Presence::unknown);
}

/// The bits that are the same for every card (indep_throttle_status).
std::uint8_t throttle_of(std::uint64_t status) {
  struct Range {
    unsigned first, last;
    Throttle what;
  };
  constexpr Range ranges[] = {{0, 7, Throttle::power_cap},       // PPT, SPL: limits of power
                              {16, 23, Throttle::power_cap},     // TDC, EDC: limits of current
                              {32, 43, Throttle::thermal},       // TEMP
                              {44, 47, Throttle::hot_hardware},  // VRHOT, PROCHOT
                              {56, 63, Throttle::hardware}};     // PPM, FIT
  std::uint8_t set = 0;
  for (const Range& range : ranges) {
    const std::uint64_t mask = (~std::uint64_t{0} >> (63 - range.last)) & (~std::uint64_t{0} << range.first);
    if ((status & mask) != 0) set |= static_cast<std::uint8_t>(range.what);
  }
  return set;
}

}  // namespace

bool is_apu_table(std::string_view table) {
  return table.size() >= 4 && (table[2] == 2 || table[2] == 3);
}

std::optional<GpuMetrics> parse_gpu_metrics(std::string_view table) {
  constexpr std::size_t header = 4;  // its size in 16 bits, then the version
  if (table.size() < header) return std::nullopt;
  std::uint16_t size = 0;
  std::memcpy(&size, table.data(), sizeof size);
  const auto format = static_cast<unsigned char>(table[2]), content = static_cast<unsigned char>(table[3]);
  const Layout* const layout = layout_of(format, content);
  if (layout == nullptr || size > table.size()) return std::nullopt;
  table = table.substr(0, size);
  GpuMetrics metrics;
  metrics.busy_percent = percent_at(table, layout->busy);
  metrics.memory_busy_percent = percent_at(table, layout->memory_busy);
  metrics.power_watts = number_at(table, layout->power);
  metrics.temperature_celsius = number_at(table, layout->hottest);
  metrics.memory_temperature_celsius = number_at(table, layout->memory_temperature);
  const Reading<std::uint64_t> energy = value_at<std::uint64_t>(table, layout->energy);
  constexpr double joules = 1.0 / 65536;  // 15.259 uJ
  metrics.energy_joules = energy ? Reading<double>(static_cast<double>(*energy) * joules) : energy.presence();
  const Reading<std::uint64_t> status = value_at<std::uint64_t>(table, layout->throttle);
  metrics.throttle = status ? Reading<std::uint8_t>(throttle_of(*status)) : status.presence();
  return metrics;
}

}  // namespace vigie::gpu
