#include "feed/snapshots.hpp"

#include <unistd.h>

#include <algorithm>
#include <ranges>
#include <utility>

#include <fmt/format.h>

#include "base/clock.hpp"
#include "feed/doctor.hpp"
#include "feed/frame_of.hpp"
#include "feed/sources/depth.hpp"
#include "feed/sources/gpus.hpp"
#include "feed/sources/host.hpp"
#include "feed/sources/processes.hpp"
#include "feed/sources/runs.hpp"

namespace vigie {
namespace {

/// What this host allows.
class CapabilitiesOfSnapshot : public Source {
 public:
  CapabilitiesOfSnapshot(const Root& root, const FeedOptions&) : root_(root) {}
  Result<void> finish(Taking& taking) override {
    taking.snapshot->sources.push_back(examine(root_, taking.snapshot->capabilities));
    return {};
  }

 private:
  const Root& root_;
};

using Wish = const FeedOptions&;

/// In the order in which they are read and finished, and their states are listed.
constexpr SourceEntry sources[] = {
    {"sys", [](Wish) { return true; }, make_source<HostOfSnapshot>},
    {"proc", [](Wish wish) { return wish.what.processes; }, make_source<ProcessesOfSnapshot>},
    {"runs", [](Wish wish) { return wish.what.runs || wish.what.frozen; }, make_source<RunsOfSnapshot>},
    {"gpu", [](Wish wish) { return wish.what.gpus != GpuWish::none; }, make_source<GpusOfSnapshot>},
    {"users", [](Wish wish) { return wish.what.users; }, make_source<UsersOfSnapshot>},
    {"doctor", [](Wish wish) { return wish.what.capabilities; }, make_source<CapabilitiesOfSnapshot>},
    {"net", [](Wish wish) { return !wish.what.net.what.empty(); }, make_source<NetOfSnapshot>, true},
    {"detail", [](Wish wish) { return static_cast<bool>(wish.what.detail.of); }, make_source<DetailOfSnapshot>, true},
};

}  // namespace

std::span<const SourceEntry> all_sources() {
  return sources;
}

Snapshots::Snapshots(const Root& root, const FeedOptions& options)
    : root_(root), options_(options), sampler_(root), calls_(root) {
  for (const SourceEntry& entry : all_sources()) {
    if (entry.wanted(options)) sources_.push_back({.source = entry.make(root, options), .of_chosen = entry.of_chosen});
  }
}

Result<void> Snapshots::begin_one(Asked& asked) {
  asked.until_ns = monotonic_ns() + to_nanoseconds(asked.source->patience_seconds(taking_.purpose));
  return asked.source->begin(taking_);
}

/// Drivers begin first, as they take longest, and the list of runs last: a listed run may end before the scan.
Result<void> Snapshots::begin(Purpose purpose) {
  taking_ = {.purpose = purpose, .snapshot = std::make_shared<Snapshot>(), .members = members_.all};
  chosen_begun_.reset();
  for (Asked& asked : std::views::reverse(sources_)) {
    if (!asked.of_chosen) RETURN_IF_ERROR(begin_one(asked));
  }
  Snapshot& snapshot = *taking_.snapshot;
  snapshot.before = sys::instant_of(root_);
  snapshot.observer = root_.live() ? ::getpid() : 0;
  for (Asked& asked : sources_) RETURN_IF_ERROR(asked.source->read(taking_));
  snapshot.after = sys::instant_of(root_);
  return {};
}

/// Finishes the other sources first: the choice depends on them.
Result<void> Snapshots::begin_chosen() {
  for (Asked& asked : sources_) {
    if (!asked.of_chosen) RETURN_IF_ERROR(asked.source->finish(taking_));
  }
  for (Asked& asked : sources_) {
    if (asked.of_chosen) RETURN_IF_ERROR(begin_one(asked));
  }
  return {};
}

/// All are asked, as one may have to go on before it waits.
bool Snapshots::any_waits(bool of_chosen) {
  const std::int64_t now_ns = monotonic_ns();
  bool any = false;
  for (Asked& asked : sources_) {
    if (asked.of_chosen == of_chosen && asked.source->waits(taking_) && now_ns < asked.until_ns) any = true;
  }
  return any;
}

bool Snapshots::waits() {
  if (!chosen_begun_) {
    if (any_waits(false)) return true;
    chosen_begun_ = begin_chosen();
  }
  return *chosen_begun_ && any_waits(true);
}

Result<std::shared_ptr<Snapshot>> Snapshots::finish() {
  if (!chosen_begun_) chosen_begun_ = begin_chosen();
  RETURN_IF_ERROR(*chosen_begun_);
  for (Asked& asked : sources_) {
    if (asked.of_chosen) RETURN_IF_ERROR(asked.source->finish(taking_));
  }
  return std::move(taking_.snapshot);
}

void Snapshots::find_members(const Snapshot& snapshot) {
  if (options_.what.runs) members_ = members_of(snapshot, runs_of(options_, snapshot));
}

void Snapshots::add_calls(Snapshot& snapshot) {
  calls_.forget_ended(snapshot);
  for (ProcessDetail& detail : snapshot.details) {
    const auto found = calls_.counts().find(detail.id);
    detail.calls = found != calls_.counts().end() ? Reading<CallCounts>(found->second) : Presence::unknown;
  }
}

void Snapshots::add_states(Snapshot& snapshot, double looking_seconds) {
  SourceStatus status{.name = "samples", .state = SourceState::ok, .reason = {}, .duration_seconds = looking_seconds};
  if (options_.pace.interval_seconds <= 0) {
    status.state = SourceState::missing;
    status.reason = "looking at threads takes an interval above 0";
  } else if (sampler_.counts().empty()) {
    status.state = SourceState::missing;
    status.reason = "no process of a run to look at";
  }
  sampler_.forget_ended(snapshot);
  if (const std::size_t hidden = sampler_.hidden(); hidden > 0) {
    status.state = SourceState::partial;
    status.reason =
        fmt::format("what {} of the processes sleep in may not be read: root (CAP_SYS_PTRACE) sees it", hidden);
  }
  for (ProcessSample& process : snapshot.processes) {
    const auto counts = sampler_.counts().find(process.id);
    if (counts != sampler_.counts().end()) process.states = counts->second;
  }
  snapshot.sources.push_back(std::move(status));
}

}  // namespace vigie
