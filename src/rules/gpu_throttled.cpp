// gpu-throttled: clocks that are held down, and by what. The power limit alone is no fault: every card that works hard
// meets it, and gives up clocks for it.
#include <algorithm>
#include <initializer_list>

#include <fmt/format.h>

#include "model/gpu_use.hpp"
#include "rules/facts/gpu_facts.hpp"
#include "rules/rule.hpp"
#include "rules/thresholds.hpp"

namespace vigie::rules {
namespace {

/// Why the clocks of one GPU are lower than they should be.
struct Held {
  double bound = 0;  ///< percent of the highest clock
  Severity severity = Severity::warning;
  double confidence = 0;
  std::string evidence, cause, action;
};

bool has(std::uint8_t throttle, Throttle reason) {
  return (throttle & static_cast<unsigned>(reason)) != 0;
}

/// The driver says that it is too hot, and it is far from where it would slow itself down: neither is its memory hot.
bool is_cool(const GpuSample& gpu, std::uint8_t throttle) {
  if (has(throttle, Throttle::hot_hardware) || !has(throttle, Throttle::thermal)) return false;
  const double heat = gpu.temperature_celsius.value_or(1000);
  return heat < gpu.slowdown_celsius.value_or(0) - thresholds::cool_celsius &&
         gpu.memory_temperature_celsius.value_or(0) < thresholds::hot_memory_celsius;
}

std::string cooling_or_power(const GpuSample& gpu, std::uint8_t throttle) {
  if (is_cool(gpu, throttle))
    return "its own temperature is far from its limit: the driver's limit is set low, or shared with the CPU's "
           "cooling, as "
           "in laptops: nvidia-smi -q -d TEMPERATURE names it; another version of the driver may have another";
  if (has(throttle, Throttle::thermal) || has(throttle, Throttle::hot_hardware))
    return "it is too hot: fans, filters, the room, or neighbours that heat it; until then less work at once";
  if (has(throttle, Throttle::power_brake)) return "the host's power supply asks for less: tell the administrator";
  return "heat or power, by the hardware itself: vigie stat gpu 1 shows both; tell the administrator";
}

/// Heat, the hardware itself or the power supply of the host.
std::optional<Held> by_anything_else(const GpuFacts& facts) {
  if (facts.slowed < thresholds::throttled_looks) return std::nullopt;
  return Held{.bound = thresholds::held_clock_percent,
              .confidence = 0.95,
              .evidence = fmt::format("held down in {:.0f} % of the looks: {}", facts.slowed * 100,
                                      describe_throttle(facts.throttle)),
              .cause = describe_throttle(facts.throttle),
              .action = cooling_or_power(*facts.gpu, facts.throttle)};
}

/// Power in watts of the newest look: "240 W of 400 W".
std::string power_text(const GpuSample& gpu) {
  return fmt::format("{:.0f} W of {:.0f} W", gpu.power_watts.value_or(0), gpu.power_limit_watts.value_or(0));
}

bool always_capped(const GpuFacts& facts) {
  return facts.capped >= 1 && facts.least_busy_percent.value_or(0) >= thresholds::gpu_busy_percent;
}

/// No card takes so much. Other values of such a card, for example that it is hot, are not to be believed.
std::optional<Held> by_a_broken_measurement(const GpuFacts& facts) {
  if (!always_capped(facts) || facts.power_percent.value_or(0) < thresholds::impossible_power_percent)
    return std::nullopt;
  return Held{
      .bound = thresholds::unknown_held_clock_percent,
      .confidence = 0.85,
      .evidence =
          fmt::format("the power limit holds it down in every look, and it is said to take {}", power_text(*facts.gpu)),
      .cause = "its measurement of power is broken",
      .action =
          "another version of the driver, the firmware or the kernel: it is known to come and to go with these; "
          "tell the administrator"};
}

/// The power limit holds the clocks down while the card takes far less.
std::optional<Held> by_a_limit_that_is_not_met(const GpuFacts& facts) {
  if (!always_capped(facts) || !facts.power_percent) return std::nullopt;
  if (*facts.most_power_percent >= thresholds::met_power_limit_percent) return std::nullopt;
  return Held{
      .bound = thresholds::starved_clock_percent,
      .confidence = 0.85,
      .evidence =
          fmt::format("the power limit holds it down in every look, and it takes only {}", power_text(*facts.gpu)),
      .cause =
          "the card gets less power than it may take: a power supply, cable or slot that is too small for it, or a "
          "fault of the card",
      .action =
          "compare it with another card of the kind under the same load (vigie stat gpu 1); then the "
          "power cables and the supply, and a reset; tell the administrator"};
}

/// Below which part of its highest clock a card at its power limit is slow: its limit was lowered, or it is not known
/// to be the card's own.
std::optional<Held> by_its_limit(const GpuFacts& facts) {
  if (facts.capped < thresholds::throttled_looks ||
      facts.power_percent.value_or(0) < thresholds::met_power_limit_percent)
    return std::nullopt;
  const Reading<double>&own = facts.gpu->power_default_watts, &limit = facts.gpu->power_limit_watts;
  if (own && *own > 0) {
    if (!limit || *limit >= thresholds::lowered_limit_percent / 100 * *own) return std::nullopt;
    return Held{.bound = thresholds::power_held_clock_percent,
                .severity = Severity::info,
                .confidence = 0.9,
                .evidence = fmt::format("it runs at its power limit of {:.0f} W; without one that somebody set it is "
                                        "{:.0f} W",
                                        *limit, *own),
                .cause = "its power limit was lowered: the administrator's choice, not a fault",
                .action =
                    "its power limit is set low: vigie gpu shows it; root raises it with nvidia-smi "
                    "--power-limit"};
  }
  return Held{.bound = thresholds::unknown_held_clock_percent,
              .confidence = 0.7,
              .evidence = fmt::format("it runs at its power limit ({}); the limit that it had when it was made the "
                                      "driver does not tell",
                                      power_text(*facts.gpu)),
              .cause = describe_throttle(facts.throttle),
              .action = "its power limit is set low: vigie gpu shows it; root raises it with nvidia-smi --power-limit"};
}

Finding finding_of(const Case& run, const GpuFacts& facts, const Held& held) {
  Finding finding = run.finding(held.severity, held.confidence);
  finding.share_percent = 100 - *facts.clock_percent;
  finding.summary = fmt::format("the clocks of {} are held down to {:.0f} %: {}", label_of(*facts.gpu),
                                *facts.clock_percent, describe_throttle(facts.throttle));
  finding.evidence.push_back(
      run.evidence("sm_clock_percent", *facts.clock_percent, held.bound,
                   fmt::format("its SMs run at {:.0f} % of their highest clock while it is busy {:.0f} % of the time",
                               *facts.clock_percent, *facts.busy_percent)));
  finding.evidence.push_back(run.evidence("throttled_percent", 100 * std::max(facts.capped, facts.slowed),
                                          thresholds::throttled_looks * 100, held.evidence));
  if (facts.gpu->temperature_celsius) {
    finding.evidence.push_back(
        run.evidence("temperature_celsius", *facts.gpu->temperature_celsius, facts.gpu->slowdown_celsius.value_or(0),
                     fmt::format("{:.0f} °C{}", *facts.gpu->temperature_celsius,
                                 facts.gpu->slowdown_celsius
                                     ? fmt::format(", it slows itself down at {:.0f}", *facts.gpu->slowdown_celsius)
                                     : std::string())));
  }
  finding.causes.push_back(held.cause);
  finding.actions.push_back(held.action);
  return finding;
}

using Reason = std::optional<Held> (*)(const GpuFacts&);

std::optional<Finding> held_down(const Case& run, std::initializer_list<Reason> reasons, Severity severity) {
  for (const GpuFacts& facts : gpus_of(run)) {
    // A GPU with nothing to do has low clocks anyway.
    if (!facts.clock_percent || facts.busy_percent.value_or(0) < thresholds::held_busy_percent) continue;
    for (const Reason reason : reasons) {
      const std::optional<Held> held = reason(facts);
      if (!held || held->severity != severity || *facts.clock_percent >= held->bound) continue;
      return finding_of(run, facts, *held);
    }
  }
  return std::nullopt;
}

}  // namespace

std::optional<Finding> gpu_throttled(const Case& run) {
  return held_down(run, {by_a_broken_measurement, by_anything_else, by_a_limit_that_is_not_met, by_its_limit},
                   Severity::warning);
}

std::optional<Finding> gpu_power_limited(const Case& run) {
  return held_down(run, {by_its_limit}, Severity::info);
}

}  // namespace vigie::rules
