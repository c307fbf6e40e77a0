// Rules about memory that runs out.
#include <algorithm>
#include <cmath>
#include <limits>

#include <fmt/format.h>

#include "base/units.hpp"
#include "model/cgroup.hpp"
#include "rules/case.hpp"
#include "rules/facts/consumers.hpp"
#include "rules/facts/shared.hpp"
#include "rules/facts/time_text.hpp"
#include "rules/thresholds.hpp"

namespace vigie::rules {
namespace {

constexpr double hundred = 100;

std::vector<Point> memory_over_time(const Case& run) {
  return run.over_time([&](const Frame& frame, const Run& then) -> std::optional<double> {
    if (run.is_host()) {
      const Reading<Memory>& memory = frame.snapshot->host.memory;
      return memory ? std::optional(static_cast<double>(used_bytes(*memory))) : std::nullopt;
    }
    std::vector<std::size_t> processes;
    for (const Member& member : then.members) processes.push_back(member.process);
    if (processes.empty()) return std::nullopt;
    return static_cast<double>(shared_once_bytes(*frame.snapshot, processes));
  });
}

/// Those at which a run was no longer filling its memory.
std::vector<Point> after_its_start(const Case& run, std::vector<Point> points) {
  const double age = run.is_host() ? std::numeric_limits<double>::infinity() : run.age();
  std::erase_if(points, [&](const Point& point) { return age + point.seconds < thresholds::start_up_seconds; });
  return points;
}

bool grows_steadily(const Trend& trend, double from) {
  return trend.growth >= std::max(thresholds::leak_bytes, thresholds::leak_part * from) &&
         trend.growing >= thresholds::leak_growing && trend.residual <= thresholds::leak_residual * trend.growth;
}

/// Growth that goes on to the end of the window: what was steep and is flat now has reached its plateau.
bool goes_on(const std::vector<Point>& points, const Trend& whole) {
  const std::vector<Point> later(points.begin() + static_cast<std::ptrdiff_t>(points.size() / 2), points.end());
  const std::optional<Trend> end = trend_of(later);
  return end && end->per_second >= whole.per_second / 2;
}

/// The member whose memory grew most over the window, and how much.
struct Grower {
  const Member* member = nullptr;
  double bytes = 0;
  double private_bytes = 0;
};

Grower grower(const Case& run) {
  Grower most;
  for (const Member& member : run.run().members) {
    const ProcessId id = run.process(member).id;
    const auto first = run.over_time([&](const Frame& frame, const Run&) -> std::optional<double> {
      const ProcessSample* const then = frame.snapshot->find(id);
      return then == nullptr ? std::nullopt : std::optional(static_cast<double>(then->rss_bytes));
    });
    const auto shared = run.over_time([&](const Frame& frame, const Run&) -> std::optional<double> {
      const ProcessSample* const then = frame.snapshot->find(id);
      return then == nullptr ? std::nullopt : std::optional(static_cast<double>(then->shared_bytes.value_or(0)));
    });
    if (first.empty()) continue;
    const double grown = first.back().value - first.front().value;
    if (most.member != nullptr && grown <= most.bytes) continue;
    most = {.member = &member, .bytes = grown, .private_bytes = grown - (shared.back().value - shared.front().value)};
  }
  return most;
}

/// The part of a process's address space that grew most over the window.
struct GrownPart {
  MappedPart part;
  double bytes = 0;
};

/// A part below a MiB is in no layout: it had nothing.
double part_bytes(const std::vector<MappedPart>& layout, const MappedPart& part) {
  const auto found = std::ranges::find_if(
      layout, [&](const MappedPart& one) { return one.kind == part.kind && one.path == part.path; });
  return found == layout.end() ? 0 : static_cast<double>(found->bytes);
}

GrownPart grown_part(const Case& run, const Member& member) {
  GrownPart most;
  const ProcessId id = run.process(member).id;
  const ProcessDetail* const now = run.detail(member);
  if (now == nullptr || !now->layout) return most;
  for (const MappedPart& part : *now->layout) {
    const auto sizes = run.over_time([&](const Frame& frame, const Run&) -> std::optional<double> {
      const auto then = std::ranges::find(frame.snapshot->details, id, &ProcessDetail::id);
      if (then == frame.snapshot->details.end() || !then->layout) return std::nullopt;
      return part_bytes(*then->layout, part);
    });
    const double grown = sizes.size() < 2 ? 0 : sizes.back().value - sizes.front().value;
    if (grown > most.bytes) most = {part, grown};
  }
  return most;
}

std::string name_of_part(const MappedPart& part) {
  switch (part.kind) {
    case MappingKind::heap: return "its heap, [heap]: many small objects";
    case MappingKind::anonymous: return "anonymous mappings: arrays, tensors and other large blocks";
    case MappingKind::shared_memory: return "mappings of shared memory: batches in /dev/shm";
    case MappingKind::file: return "the mapping of " + part.path;
    default: return fmt::format("mappings of kind {}", name_of(part.kind));
  }
}

std::string bytes_text(double bytes) {
  return human_bytes(std::max(0.0, bytes));
}

std::string rate_text(double bytes_per_second) {
  return bytes_text(bytes_per_second) + "/s";
}

/// What a run may use and does: its control group's limit where that is the tighter one, else the host's memory.
struct Use {
  double limit = 0;
  double used = 0;
  double swap_left = 0;  ///< bytes that could still be swapped out before anybody is killed
  bool limited = false;
  std::string of;  ///< "the limit of control group /x", "this host's memory"
};

std::optional<Use> use_of(const Case& run) {
  const CgroupSample* const group = run.group();
  const EffectiveMemory memory =
      effective_memory(run.host().memory, group != nullptr ? Reading<CgroupSample>(*group) : Presence::not_read);
  if (!memory.total || *memory.total == 0) return std::nullopt;
  Use use;
  use.limit = static_cast<double>(*memory.total);
  use.limited = memory.limited;
  if (memory.limited && group != nullptr) {
    // Cache counts against the limit and is given back before anything fails: what the processes hold is not.
    use.used = static_cast<double>(shared_once_bytes(*run.frame().snapshot, run.processes()));
    use.of = "the limit of control group " + group->memory.bytes.limit_group;
    const CgroupAmount& swap = group->memory.swap;
    const std::uint64_t on_host = run.host().memory ? run.host().memory->swap_free : 0;
    const std::uint64_t of_group =
        swap.limit.value_or(unlimited) - std::min(swap.limit.value_or(unlimited), swap.limit_used.value_or(0));
    use.swap_left = static_cast<double>(std::min(on_host, of_group));
  } else if (memory.available) {
    use.used = use.limit - static_cast<double>(*memory.available);
    use.of = "this host's memory";
    use.swap_left = static_cast<double>(run.host().memory->swap_free);
  } else {
    return std::nullopt;
  }
  return use;
}

/// Whether the run is the one whose memory counts: it is alone under its limit, or the largest of the host.
bool is_culprit(const Case& run, const Use& use) {
  if (use.limited || run.is_host()) return true;
  const std::vector<Consumer> largest = largest_consumers(run.frame(), memory_of(run.frame()), 1);
  return !largest.empty() && largest.front().run && largest.front().name == run.run().name;
}

std::string largest_member(const Case& run) {
  if (run.is_host()) {
    const std::vector<Consumer> largest = largest_consumers(run.frame(), memory_of(run.frame()), 1);
    return largest.empty() ? std::string()
                           : fmt::format("{}{} has {}", largest.front().run ? "run " : "", largest.front().name,
                                         bytes_text(largest.front().amount));
  }
  const Member* most = nullptr;
  for (const Member& member : run.run().members) {
    if (most == nullptr || run.process(member).rss_bytes > run.process(*most).rss_bytes) most = &member;
  }
  if (most == nullptr) return {};
  return fmt::format("{} has {}", run.name_of(*most), bytes_text(static_cast<double>(run.process(*most).rss_bytes)));
}

}  // namespace

std::optional<Finding> oom_risk(const Case& run) {
  const std::optional<Use> use = use_of(run);
  if (!use || !is_culprit(run, *use)) return std::nullopt;
  const double percent = hundred * use->used / use->limit;
  if (percent < thresholds::oom_used_percent) return std::nullopt;
  const std::vector<Point> points = memory_over_time(run);
  const std::optional<Trend> trend = trend_of(points);
  std::optional<TimeLeft> left;
  if (trend && points.size() >= 4 && (run.is_host() || run.age() > run.window()) && goes_on(points, *trend) &&
      grows_steadily(*trend, points.front().value))
    left = time_left(*trend, std::max(0.0, use->limit + use->swap_left - use->used));
  const bool soon = left && left->seconds <= thresholds::time_left_seconds;
  // With swap to spare it gets slow before it gets killed.
  const bool full = percent >= thresholds::oom_full_percent &&
                    use->swap_left < (1 - thresholds::oom_full_percent / hundred) * use->limit;
  if (!soon && !full) return std::nullopt;
  Finding finding = run.finding("oom-risk", Severity::critical, soon ? 0.9 : 0.75);
  finding.summary = soon ? fmt::format("will reach {} ({}) in {}", use->of, bytes_text(use->limit), time_text(*left))
                         : fmt::format("uses {:.0f} % of {} ({})", percent, use->of, bytes_text(use->limit));
  finding.evidence.push_back(
      run.evidence("memory_used_percent", percent, soon ? thresholds::oom_used_percent : thresholds::oom_full_percent,
                   fmt::format("{} of {} used, {:.0f} %", bytes_text(use->used), bytes_text(use->limit), percent)));
  if (soon) {
    Evidence growth =
        run.evidence("growth_bytes_per_second", trend->per_second, 0,
                     fmt::format("grows by {} (over {:.0f} s)", rate_text(trend->per_second), trend->seconds));
    growth.window_seconds = trend->seconds;
    finding.evidence.push_back(std::move(growth));
    finding.evidence.push_back(run.evidence("time_left_seconds", left->seconds, thresholds::time_left_seconds,
                                            "left until the kernel kills: " + time_text(*left)));
  }
  finding.causes.push_back("the most memory of it: " + largest_member(run));
  finding.actions.push_back(use->limited
                                ? fmt::format("save a checkpoint now; then a smaller batch, fewer workers, or a higher "
                                              "limit: vigie limit {} --memory {}",
                                              run.run().name, bytes_text(std::ceil(use->limit * 1.5)))
                                : std::string("save a checkpoint now; then a smaller batch or fewer workers"));
  return finding;
}

std::optional<Finding> memory_leak(const Case& run) {
  const std::vector<Point> points = after_its_start(run, memory_over_time(run));
  const std::optional<Trend> trend = trend_of(points);
  if (!trend || points.size() < thresholds::leak_points || trend->seconds < thresholds::leak_seconds * 0.9)
    return std::nullopt;
  if (!grows_steadily(*trend, points.front().value) || !goes_on(points, *trend)) return std::nullopt;
  const Grower most = grower(run);
  if (most.member == nullptr || run.age(*most.member) - trend->seconds < thresholds::start_up_seconds)
    return std::nullopt;
  Finding finding = run.finding("memory-leak", Severity::warning, std::min(0.9, 0.6 + trend->growing / 4));
  finding.summary = fmt::format("its memory grows by {} without a plateau", rate_text(trend->per_second));
  Evidence growth =
      run.evidence("growth_bytes_per_second", trend->per_second, thresholds::leak_bytes / trend->seconds,
                   fmt::format("{} more in {:.0f} s, growing in {:.0f} % of the steps; shared pages counted once",
                               bytes_text(trend->growth), trend->seconds, trend->growing * 100));
  growth.window_seconds = trend->seconds;
  finding.evidence.push_back(std::move(growth));
  finding.evidence.push_back(
      run.evidence("growth_bytes", most.bytes, thresholds::leak_bytes,
                   fmt::format("{} of it by {}", bytes_text(most.bytes), run.name_of(*most.member))));
  if (const GrownPart grown = grown_part(run, *most.member); grown.bytes >= most.bytes / 2) {
    finding.evidence.push_back(
        run.evidence("growth_bytes", grown.bytes, most.bytes / 2,
                     fmt::format("what grows is {} ({} more)", name_of_part(grown.part), bytes_text(grown.bytes))));
  }
  if (const std::optional<Use> use = use_of(run)) {
    if (const std::optional<TimeLeft> left = time_left(*trend, std::max(0.0, use->limit - use->used))) {
      finding.evidence.push_back(run.evidence(
          "time_left_seconds", left->seconds, thresholds::time_left_seconds,
          fmt::format("at this rate it reaches {} ({}) in {}", use->of, bytes_text(use->limit), time_text(*left))));
    }
  }
  const bool in_private = most.private_bytes >= most.bytes / 2;
  finding.causes.push_back(
      in_private ? "its private memory grows (heap, tensors): something is kept that each step adds to, often a loss "
                   "with its graph (use loss.item()) or a list of outputs"
                 : "memory that it shares or maps grows: batches passed through /dev/shm that nobody frees");
  finding.actions.push_back(fmt::format("which mapping grows: vigie maps {} -w", run.process(*most.member).id.pid));
  return finding;
}

std::optional<Suspicion> suspects_growth(const Case& run) {
  const std::vector<Point> points = memory_over_time(run);
  const std::optional<Trend> trend = trend_of(points);
  if (!trend || trend->growing < thresholds::leak_growing) return std::nullopt;
  const double first = points.front().value;
  // What would make a leak if it went on like this.
  const double expected = trend->per_second * thresholds::leak_seconds;
  if (expected < std::max(thresholds::leak_bytes, thresholds::leak_part * first)) return std::nullopt;
  // A run that began a moment ago fills its memory: what counts comes after that.
  const double begun = run.age() - run.window();
  const double wants = thresholds::leak_seconds + 1 + std::max(0.0, thresholds::start_up_seconds - begun);
  Suspicion suspicion{
      .rule = "memory-leak",
      .subject = run.run().name,
      .text = fmt::format("its memory grew by {} in {:.0f} s", bytes_text(points.back().value - first), trend->seconds),
      .wants_seconds = wants,
      .now = wants <= thresholds::leak_patience_seconds};
  suspicion.how = fmt::format("a trend needs {:.0f} s{}", std::ceil(wants),
                              begun < thresholds::start_up_seconds ? " of a run that has only begun" : "");
  return suspicion;
}

std::optional<Finding> swap_thrash(const Case& run) {
  const HostRates& rates = run.frame().delta.host;
  if (!rates.swapped_in_bytes_per_second || !rates.swapped_out_bytes_per_second) return std::nullopt;
  const double traffic = *rates.swapped_in_bytes_per_second + *rates.swapped_out_bytes_per_second;
  if (traffic < thresholds::swap_bytes_per_second) return std::nullopt;
  // Beside others that compute, never all tasks wait; that some always do is as telling.
  const Reading<double>& pressure = rates.memory_pressure.full_percent;
  const bool some = rates.memory_pressure.some_percent.value_or(0) >= thresholds::swap_some_pressure_percent;
  if (pressure && *pressure < thresholds::swap_full_pressure_percent && !some) return std::nullopt;
  double swapped = 0;
  double faults = 0;
  for (const Member& member : run.run().members) {
    swapped += static_cast<double>(run.process(member).swap_bytes.value_or(0));
    faults += run.rates(member).major_faults_per_second.value_or(0);
  }
  if (run.is_host()) {
    if (run.host().memory) swapped = static_cast<double>(swap_used_bytes(*run.host().memory));
    faults = rates.major_faults_per_second.value_or(0);
  }
  if (swapped <= 0 || faults < check_thresholds::major_faults_per_second.warning) return std::nullopt;
  Finding finding = run.finding("swap-thrash", Severity::critical, pressure ? 0.9 : 0.7);
  finding.share_percent = rates.memory_pressure.some_percent;
  finding.summary = "waits for memory that was swapped out";
  finding.evidence.push_back(
      run.evidence("swap_bytes_per_second", traffic, thresholds::swap_bytes_per_second,
                   fmt::format("{} in and out of swap; {} of it is there", rate_text(traffic), bytes_text(swapped))));
  finding.evidence.push_back(run.evidence("major_faults_per_second", faults,
                                          check_thresholds::major_faults_per_second.warning,
                                          fmt::format("{:.0f} page faults a second had to read from storage", faults)));
  if (pressure) {
    finding.evidence.push_back(
        run.evidence("memory_full_pressure_percent", *pressure, thresholds::swap_full_pressure_percent,
                     fmt::format("all tasks waited for memory {:.0f} % of the time", *pressure)));
  }
  finding.causes.emplace_back("more memory is in use than there is; every access may wait for a disk");
  finding.actions.emplace_back(
      "less memory in use: a smaller batch, fewer workers, or stop who else uses it: vigie mem");
  return finding;
}

}  // namespace vigie::rules
