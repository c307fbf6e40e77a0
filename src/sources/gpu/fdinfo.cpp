#include "sources/gpu/fdinfo.hpp"

#include <algorithm>
#include <charconv>
#include <limits>
#include <map>

namespace vigie::gpu {
namespace {

constexpr std::size_t most_engines = 64;

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

/// "123", "123 ns", "123 KiB": the number, in bytes where the unit is one of size.
std::optional<std::uint64_t> number(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{}) return std::nullopt;
  const std::string_view unit = trimmed({end, text.data() + text.size()});
  std::uint64_t scale = 1;
  if (unit == "KiB") scale = 1024;
  if (unit == "MiB") scale = 1024 * 1024;
  if (value > std::numeric_limits<std::uint64_t>::max() / scale) return std::nullopt;
  return value * scale;
}

/// "drm-engine-" of "drm-engine-gfx": what follows; empty when the key is another.
std::string_view after(std::string_view key, std::string_view prefix) {
  return key.starts_with(prefix) ? key.substr(prefix.size()) : std::string_view();
}

/// Counters of one engine until all lines are read.
struct Engine {
  std::optional<std::uint64_t> nanoseconds, cycles, total_cycles;
  std::uint64_t capacity = 1;
};

class Lines {
 public:
  void take(std::string_view key, std::string_view value) {
    if (key == "drm-driver") info_.driver = value;
    if (key == "drm-pdev") info_.pci = value;
    if (!key.starts_with("drm-")) return;
    const std::optional<std::uint64_t> amount = number(value);
    if (!amount) return;
    if (key == "drm-client-id") client_ = amount;
    // Memory that is really on the card, by the name that each driver has for it.
    const bool resident = key == "drm-resident-vram" || key == "drm-resident-vram0" || key == "drm-resident-local0";
    if (resident || (key == "drm-memory-vram" && !info_.vram_bytes)) info_.vram_bytes = amount;
    // The host's, as amdgpu and xe (gtt), and i915 (system0) call it; the resident part counts, where that is told.
    const bool mapped = key == "drm-resident-gtt" || key == "drm-resident-system0";
    if (mapped || (key == "drm-memory-gtt" && !info_.host_bytes)) info_.host_bytes = amount;
    if (engines_.size() >= most_engines) return;
    if (const auto name = after(key, "drm-engine-capacity-"); !name.empty()) {
      engines_[std::string(name)].capacity = std::max<std::uint64_t>(*amount, 1);
    } else if (const auto time = after(key, "drm-engine-"); !time.empty()) {
      engines_[std::string(time)].nanoseconds = amount;
    } else if (const auto cycles = after(key, "drm-cycles-"); !cycles.empty()) {
      engines_[std::string(cycles)].cycles = amount;
    } else if (const auto total = after(key, "drm-total-cycles-"); !total.empty()) {
      engines_[std::string(total)].total_cycles = amount;
    }
  }

  std::optional<FdInfo> result() {
    if (info_.driver.empty() || !client_) return std::nullopt;
    info_.client = *client_;
    for (const auto& [name, engine] : engines_) {
      EngineUse use{.engine = name};
      if (engine.cycles && engine.total_cycles) {
        use.used = *engine.cycles / engine.capacity;
        use.total = *engine.total_cycles;
      } else if (engine.nanoseconds) {
        use.used = *engine.nanoseconds / engine.capacity;
      } else {
        continue;
      }
      info_.engines.push_back(std::move(use));
    }
    return std::move(info_);
  }

 private:
  FdInfo info_;
  std::optional<std::uint64_t> client_;
  std::map<std::string, Engine> engines_;
};

}  // namespace

std::optional<FdInfo> parse_fdinfo(std::string_view text) {
  Lines lines;
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    const std::size_t colon = line.find(':');
    if (colon != std::string_view::npos) lines.take(trimmed(line.substr(0, colon)), trimmed(line.substr(colon + 1)));
  }
  return lines.result();
}

}  // namespace vigie::gpu
