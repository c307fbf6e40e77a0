// memory-leak: memory of a run that grows without a plateau.
#include <algorithm>
#include <cmath>
#include <limits>

#include <fmt/format.h>

#include "rules/facts/memory_use.hpp"
#include "rules/facts/time_text.hpp"
#include "rules/rule.hpp"
#include "rules/thresholds.hpp"

namespace vigie::rules {
namespace {

/// Those at which a run was no longer filling its memory.
std::vector<Point> after_its_start(const Case& run, std::vector<Point> points) {
  const double age = run.is_host() ? std::numeric_limits<double>::infinity() : run.age();
  std::erase_if(points, [&](const Point& point) { return age + point.seconds < thresholds::start_up_seconds; });
  return points;
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

}  // namespace

std::optional<Finding> memory_leak(const Case& run) {
  const std::vector<Point> points = after_its_start(run, memory_over_time(run));
  const std::optional<Trend> trend = trend_of(points);
  if (!trend || points.size() < thresholds::leak_points || trend->seconds < thresholds::leak_seconds * 0.9)
    return std::nullopt;
  if (!grows_steadily(*trend, points.front().value) || !goes_on(points, *trend)) return std::nullopt;
  const Grower most = grower(run);
  if (most.member == nullptr || run.age(*most.member) - trend->seconds < thresholds::start_up_seconds)
    return std::nullopt;
  Finding finding = run.finding(Severity::warning, std::min(0.9, 0.6 + trend->growing / 4));
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
  if (const std::optional<MemoryUse> use = memory_use_of(run)) {
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
                 : "memory that it shares or maps grows: batches passed through /dev/shm that are never freed");
  finding.actions.push_back(fmt::format("which mapping grows: vigie maps {} -w", run.process(*most.member).id.pid));
  return finding;
}

std::optional<Suspicion> suspects_growth(const Case& run, double wants_seconds) {
  const std::vector<Point> points = memory_over_time(run);
  const std::optional<Trend> trend = trend_of(points);
  if (!trend || trend->growing < thresholds::leak_growing) return std::nullopt;
  const double first = points.front().value;
  // Growth that would make a leak if it went on like this.
  const double expected = trend->per_second * thresholds::leak_seconds;
  if (expected < std::max(thresholds::leak_bytes, thresholds::leak_part * first)) return std::nullopt;
  // A run that began a moment ago fills its memory: only growth after that counts.
  const double begun = run.age() - run.window();
  const double wants = wants_seconds + std::max(0.0, thresholds::start_up_seconds - begun);
  Suspicion suspicion = run.suspicion(
      fmt::format("its memory grew by {} in {:.0f} s", bytes_text(points.back().value - first), trend->seconds), wants);
  suspicion.now = wants <= thresholds::leak_patience_seconds;
  suspicion.how = fmt::format("a trend needs {:.0f} s{}", std::ceil(wants),
                              begun < thresholds::start_up_seconds ? " of a run that has only begun" : "");
  return suspicion;
}

}  // namespace vigie::rules
