// Items about GPUs: those of the target, or all of the host. Of each kind one row for every GPU that is not well, the
// worst first, or one for the GPU that is nearest to it.
#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "base/units.hpp"
#include "model/gpu_use.hpp"
#include "rules/check/item.hpp"
#include "rules/facts/gpu_facts.hpp"
#include "rules/facts/gpu_faults.hpp"
#include "rules/facts/unasked_gpus.hpp"
#include "rules/thresholds.hpp"

namespace vigie::rules {
namespace {

namespace limit = check_thresholds;

/// One GPU in both looks.
struct Card {
  const GpuSample& gpu;
  const GpuSample* before = nullptr;  ///< in the look before; nullptr without one
  const GpuRates* rates = nullptr;
  const CheckCase& facts;

  [[nodiscard]] double seconds() const { return facts.frame().delta.elapsed_seconds; }
  /// Whether it did nothing in both looks.
  [[nodiscard]] bool is_idle() const {
    const double bound = thresholds::gpu_idle_percent;
    return before != nullptr && busy_percent_of(gpu, rates).value_or(100) < bound &&
           before->busy_percent.value_or(0) < bound;
  }
  [[nodiscard]] bool works() const { return busy_percent_of(gpu, rates).value_or(0) >= thresholds::held_busy_percent; }
};

std::vector<std::size_t> gpus_of_subject(const CheckCase& facts) {
  const Frame& frame = facts.frame();
  std::vector<std::size_t> all;
  if (facts.processes().empty()) {
    for (std::size_t at = 0; at < frame.snapshot->gpus->size(); ++at) all.push_back(at);
    return all;
  }
  std::vector<pid_t> pids;
  for (const std::size_t index : facts.processes()) pids.push_back(frame.snapshot->processes[index].id.pid);
  all = gpu_use_of(frame, pids).gpus;
  const std::size_t first = facts.processes().front();
  const int run = first < frame.view.run_of.size() ? frame.view.run_of[first] : -1;
  if (run < 0) return all;
  const Run& whole = frame.view.runs[static_cast<std::size_t>(run)];
  // Of a run also those that it was promised, and those that are broken and may be its own.
  if (facts.processes().size() > 1) all = gpu_use_of(frame, whole).gpus;
  if (!may_be_on_a_broken_gpu(frame, whole)) return all;
  for (std::size_t at = 0; at < frame.snapshot->gpus->size(); ++at) {
    if (hides_its_clients((*frame.snapshot->gpus)[at]) && std::ranges::find(all, at) == all.end()) all.push_back(at);
  }
  return all;
}

std::vector<Card> cards_of(const CheckCase& facts) {
  std::vector<Card> cards;
  const Frame& frame = facts.frame();
  for (const std::size_t at : gpus_of_subject(facts)) {
    const GpuSample& gpu = (*frame.snapshot->gpus)[at];
    if (gpu.state == GpuState::denied || gpu.state == GpuState::asleep) continue;  // not ours; not to be woken
    const GpuSample* before = nullptr;
    if (frame.before != nullptr && frame.before->gpus) {
      const auto same =
          std::ranges::find_if(*frame.before->gpus, [&](const GpuSample& one) { return is_same_gpu(one, gpu); });
      if (same != frame.before->gpus->end()) before = &*same;
    }
    const std::vector<GpuRates>& rates = frame.delta.gpu.gpus;
    cards.push_back({.gpu = gpu, .before = before, .rates = at < rates.size() ? &rates[at] : nullptr, .facts = facts});
  }
  return cards;
}

Reading<double> percent_of(const Reading<double>& value, const Reading<double>& whole) {
  if (!value) return value.presence();
  if (!whole) return whole.presence();
  return *whole > 0 ? Reading<double>(100 * *value / *whole) : Reading<double>(Presence::unknown);
}

Reading<double> bytes_of(const Reading<std::uint64_t>& bytes) {
  return bytes ? Reading<double>(static_cast<double>(*bytes)) : Reading<double>(bytes.presence());
}

std::string about(const GpuSample& gpu, std::string_view fact) {
  return fmt::format("{}: {}", label_of(gpu), fact);
}

/// How busy it is, where a process is on it; low use alone is no fault: an evaluation, a small model.
std::optional<CheckItem> busy(const Card& card) {
  if (card.gpu.clients && card.gpu.clients->empty()) return std::nullopt;
  const Reading<double> value = busy_percent_of(card.gpu, card.rates);
  std::string fact = "time in which some kernel ran";
  if (card.gpu.sm_active_percent) fact += fmt::format("; its SMs were active {:.0f} %", *card.gpu.sm_active_percent);
  CheckItem item =
      judged("gpu.busy", value, "%", {.warning = limit::never, .critical = limit::never}, about(card.gpu, fact), "");
  item.target = "high";
  return item;
}

/// "it grew by 1.2G in 30 s: full in 4 min"; empty where it did not grow in a way that tells anything.
std::string growth(const Card& card, double& seconds_left) {
  const GpuSample& gpu = card.gpu;
  if (card.before == nullptr || !card.before->memory_used_bytes || !gpu.memory_total_bytes) return {};
  const double grown =
      static_cast<double>(*gpu.memory_used_bytes) - static_cast<double>(*card.before->memory_used_bytes);
  if (grown < thresholds::leak_bytes) return {};
  const double left = static_cast<double>(*gpu.memory_total_bytes) - static_cast<double>(*gpu.memory_used_bytes);
  // Models and caches come all at once: in a second or two any memory grows.
  if (card.seconds() >= thresholds::leak_seconds) seconds_left = left / grown * card.seconds();
  return fmt::format("; it grew by {} in {:.0f} s", human_bytes(grown), card.seconds());
}

/// A full memory is no fault: frameworks keep what they have freed. One that still grows will be too small.
std::optional<CheckItem> memory(const Card& card) {
  const GpuSample& gpu = card.gpu;
  const Reading<double> used = bytes_of(gpu.memory_used_bytes), total = bytes_of(gpu.memory_total_bytes);
  const Reading<double> value = percent_of(used, total);
  double left = limit::never;
  const std::string fact =
      value ? fmt::format("{} of {}{}", human_bytes(*used), human_bytes(*total), growth(card, left)) : std::string();
  const bool soon = left < thresholds::time_left_seconds;
  CheckItem item =
      judged("gpu.memory", value, "%", {.warning = limit::never, .critical = limit::never}, about(gpu, fact), "");
  item.target = fmt::format("not full within {:.0f} min", thresholds::time_left_seconds / 60);
  if (soon && item.status == CheckStatus::ok) {
    item.status = CheckStatus::warning;
    item.advice += fmt::format(", and at this pace it is full in {:.0f} s: a smaller batch", left);
  }
  return item;
}

std::optional<CheckItem> temperature(const Card& card) {
  const GpuSample& gpu = card.gpu;
  const double critical = gpu.slowdown_celsius.value_or(limit::usual_gpu_celsius);
  std::string fact = gpu.slowdown_celsius ? fmt::format("it slows itself down at {:.0f} C", critical)
                                          : std::string("its own limit is not told");
  if (gpu.memory_temperature_celsius) fact += fmt::format("; its memory has {:.0f} C", *gpu.memory_temperature_celsius);
  return judged("gpu.temperature", gpu.temperature_celsius, "C",
                {.warning = critical - limit::warm_gpu_celsius, .critical = critical}, about(gpu, fact),
                "fans, filters, the room, or neighbours that heat it");
}

/// A card at its power limit works hard. Beyond any peak of a real one its measurement is broken.
std::optional<CheckItem> power(const Card& card) {
  const GpuSample& gpu = card.gpu;
  const Reading<double> value = percent_of(gpu.power_watts, gpu.power_limit_watts);
  std::string fact;
  if (value) {
    fact = fmt::format("{:.0f} W of {:.0f} W", *gpu.power_watts, *gpu.power_limit_watts);
    if (gpu.power_default_watts && *gpu.power_limit_watts < *gpu.power_default_watts)
      fact += fmt::format(", a limit that was lowered from {:.0f} W", *gpu.power_default_watts);
  }
  return judged("gpu.power", value, "%", limit::gpu_power_percent, about(gpu, fact),
                "no card takes so much: its measurement is broken, and holds it down");
}

/// Whether the power limit holds it down in both looks while it is busy, far below that limit.
bool lacks_power(const Card& card) {
  const auto starved = [](const GpuSample& gpu) {
    const bool capped = (gpu.throttle.value_or(0) & static_cast<unsigned>(Throttle::power_cap)) != 0;
    return capped && gpu.busy_percent.value_or(0) >= thresholds::gpu_busy_percent && gpu.power_watts &&
           gpu.power_limit_watts &&
           *gpu.power_watts < thresholds::met_power_limit_percent / 100 * *gpu.power_limit_watts;
  };
  return card.before != nullptr && starved(*card.before) && starved(card.gpu);
}

/// Clocks that something other than hard work holds down.
std::optional<CheckItem> throttled(const Card& card) {
  const GpuSample& gpu = card.gpu;
  const Reading<double> value = percent_of(gpu.sm_clock_hertz, gpu.sm_clock_max_hertz);
  const std::uint8_t set = gpu.throttle.value_or(0);
  const bool slowed = card.works() && (is_slowed(set) || lacks_power(card));
  std::string fact = set == 0 ? std::string("no fault holds its clocks down, as its driver says; they may be set so")
                     : is_slowed(set) ? "held down: " + describe_throttle(set)
                                      : std::string("at its power limit, as every card that works hard");
  if (!card.works()) fact = "it has little to do";
  if (lacks_power(card)) fact = "the power limit holds it down, and it takes far less";
  limit::Bounds bounds = limit::gpu_clock_percent;
  if (!is_slowed(set)) bounds.warning = thresholds::starved_clock_percent;
  if (!slowed) bounds.warning = 0;
  CheckItem item = judged("gpu.clock", value, "%", bounds, about(gpu, fact), "vigie why says by what and what to do");
  item.target = fmt::format(">= {:g} unless at its power limit", limit::gpu_clock_percent.warning);
  return item;
}

CheckItem errors(const Card& card) {
  const std::vector<GpuFault> faults = faults_of(card.gpu);
  const auto counted =
      std::ranges::count_if(faults, [](const GpuFault& fault) { return fault.severity != Severity::info; });
  CheckItem item =
      judged("gpu.errors", static_cast<double>(counted), "errors", {.warning = 1, .critical = limit::never},
             about(card.gpu, faults.empty() ? "none" : faults.front().text),
             faults.empty() ? std::string() : std::string(faults.front().action));
  if (!faults.empty() && faults.front().severity == Severity::critical) item.status = CheckStatus::critical;
  return item;
}

/// Traffic of the link, as a part of what it carries as it runs now; absent where it is not counted.
Reading<double> link_use(const Card& card, double carries) {
  if (card.rates == nullptr || carries <= 0) return Presence::unknown;
  const Reading<double>&in = card.rates->pcie_received_bytes_per_second, &out = card.rates->pcie_sent_bytes_per_second;
  if (!in && !out) return Presence::unknown;
  return 100 * std::max(in.value_or(0), out.value_or(0)) / carries;
}

/// A link that is at rest saves power: only one in use tells. One that lost lanes and is hardly used costs nothing.
std::optional<CheckItem> link(const Card& card) {
  const GpuSample& gpu = card.gpu;
  const bool told = gpu.pcie_generation && gpu.pcie_width && gpu.pcie_generation_max && gpu.pcie_width_max;
  if (!told || !gpu.memory_total_bytes) return std::nullopt;  // memory of its own goes with a link of its own
  const Reading<double> carries = link_bytes_per_second(gpu);
  GpuSample best = gpu;
  best.pcie_generation = gpu.pcie_generation_max;
  best.pcie_width = gpu.pcie_width_max;
  const Reading<double> could = link_bytes_per_second(best);
  if (!carries || !could || *could <= 0) return std::nullopt;
  const Reading<double> use = link_use(card, *carries);
  limit::Bounds bounds = limit::gpu_link_percent;
  // Some hosts give a card half of its lanes and all of its speed (virtual machines of clouds, boards with many slots).
  const bool as_wired = *gpu.pcie_generation == *gpu.pcie_generation_max && *gpu.pcie_width * 2 == *gpu.pcie_width_max;
  if (!card.works() || (use ? *use < limit::gpu_link_used_percent : as_wired)) bounds.warning = 0;
  std::string fact = fmt::format("PCIe generation {} x{} of {} x{}", *gpu.pcie_generation, *gpu.pcie_width,
                                 *gpu.pcie_generation_max, *gpu.pcie_width_max);
  if (use) fact += fmt::format(", {:.0f} % of it used", *use);
  if (!card.works()) fact += "; a link at rest saves power";
  const bool lanes_lost = *gpu.pcie_width < *gpu.pcie_width_max;
  CheckItem item = judged(
      "gpu.link", 100 * *carries / *could, "%", bounds, about(gpu, fact),
      lanes_lost
          ? "lanes are lost: the seat of the card, a riser, the slot, or the BIOS"
          : "it runs slower than it could: the slot's speed in the BIOS, power saving of links (ASPM), a riser, or a "
            "link that was held at this speed");
  item.target = "100 in use";
  return item;
}

/// CPU of the whole run of a process, or of it alone.
double cpu_around(const Frame& frame, std::size_t process) {
  const int run = process < frame.view.run_of.size() ? frame.view.run_of[process] : -1;
  const auto cpu = [&](std::size_t index) {
    return index < frame.delta.processes.size() ? frame.delta.processes[index].cpu_percent.value_or(0) : 0;
  };
  if (run < 0) return cpu(process);
  double all = 0;
  for (const Member& member : frame.view.runs[static_cast<std::size_t>(run)].members) all += cpu(member.process);
  return all;
}

/// Memory that is held by processes that do nothing with it, on a GPU that did nothing in both looks.
std::optional<CheckItem> held(const Card& card) {
  const Frame& frame = card.facts.frame();
  if (!card.gpu.clients || card.gpu.age_seconds > 0) return std::nullopt;
  const bool idle = card.is_idle();
  double bytes = 0;
  std::string names;
  for (const GpuClient& client : *card.gpu.clients) {
    const ProcessSample* const process = frame.snapshot->find_pid(client.pid);
    if (process == nullptr || client.work == GpuWork::graphics) continue;
    const bool dead = process->state == 'Z';
    const double age =
        static_cast<double>(frame.snapshot->before.boot_ns - start_boot_ns(process->id)) / nanoseconds_per_second;
    const auto index = static_cast<std::size_t>(process - frame.snapshot->processes.data());
    const bool silent = cpu_around(frame, index) < thresholds::silent_cpu_percent;
    const bool long_enough = silent || card.seconds() >= thresholds::gpu_idle_seconds;
    if (!dead && (!idle || !long_enough || age < thresholds::gpu_idle_age_seconds)) continue;
    bytes += static_cast<double>(client.memory_bytes.value_or(0));
    names +=
        fmt::format("{}{} (pid {}{})", names.empty() ? "" : ", ", process->comm, client.pid, dead ? ", a zombie" : "");
  }
  CheckItem item =
      judged("gpu.held", bytes / static_cast<double>(1 << 30), "GiB", limit::gpu_held_gib,
             about(card.gpu, names.empty() ? "no process that is seen on it does nothing" : "held by " + names),
             "and nothing is done with it: vigie why says more, vigie stop frees it");
  return item;
}

/// How far an item is from being well: the larger, the worse.
double badness(const CheckItem& item) {
  constexpr double of_status[] = {0, 2e6, 3e6, 1e6};
  const bool low_is_bad = item.id == "gpu.clock" || item.id == "gpu.link" || item.id == "gpu.busy";
  return of_status[static_cast<int>(item.status)] + (low_is_bad ? -1 : 1) * item.value.value_or(0);
}

/// One item of several GPUs: those that are not well, the worst first; else the one that is nearest to it. An item that
/// no GPU tells is left out.
void append_worst(std::vector<CheckItem> same, std::vector<CheckItem>& items) {
  std::erase_if(same, [](const CheckItem& item) {
    return !item.value && item.value.presence() != Presence::denied && item.value.presence() != Presence::unknown;
  });
  std::ranges::stable_sort(same, std::ranges::greater(), badness);
  const auto well = std::ranges::find_if(same, [](const CheckItem& item) {
    return item.status == CheckStatus::ok || item.status == CheckStatus::unknown;
  });
  if (same.empty()) return;
  same.erase(well == same.begin() ? well + 1 : well, same.end());
  std::ranges::move(same, std::back_inserter(items));
}

}  // namespace

std::vector<CheckItem> check_gpus(const CheckCase& facts) {
  std::vector<CheckItem> items;
  if (!has_gpus(facts.frame())) return items;
  const std::vector<Card> cards = cards_of(facts);
  using GpuRule = std::optional<CheckItem> (*)(const Card&);
  constexpr GpuRule of_working_cards[] = {busy, memory, temperature, power, throttled, link, held};
  const auto add = [&](auto rule, bool working) {
    std::vector<CheckItem> same;
    for (const Card& card : cards) {
      if (working && (card.gpu.state != GpuState::working || card.gpu.age_seconds > 0)) continue;
      if (std::optional<CheckItem> item = rule(card)) same.push_back(std::move(*item));
    }
    append_worst(std::move(same), items);
  };
  add([](const Card& card) -> std::optional<CheckItem> { return errors(card); }, false);
  for (const GpuRule rule : of_working_cards) add(rule, true);
  return items;
}

std::optional<CheckItem> check_gpu_driver(const CheckCase& facts) {
  std::optional<std::string> why = why_gpus_are_unknown(facts.frame());
  if (!why) why = why_values_are_old(facts.frame());
  if (!why) return std::nullopt;
  const std::vector<std::size_t>& of = facts.processes();
  const RunView& view = facts.frame().view;
  const int run = of.empty() || of.front() >= view.run_of.size() ? -1 : view.run_of[of.front()];
  // It is not known whether a target is on a GPU that does not answer: a run may be.
  if (!of.empty() && run < 0) return std::nullopt;
  const bool denied = facts.frame().snapshot->gpus.presence() == Presence::denied;
  CheckItem item =
      judged("gpu.driver", denied ? Presence::denied : Presence::unknown, "GPUs", {.warning = limit::never}, "", "");
  item.target = "answers";
  item.advice = "the GPUs could not be asked: " + *why;
  return item;
}

}  // namespace vigie::rules
