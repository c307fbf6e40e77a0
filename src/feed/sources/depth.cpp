#include "feed/sources/depth.hpp"

#include <algorithm>
#include <numeric>
#include <utility>

#include <fmt/format.h>

#include "base/clock.hpp"
#include "feed/frame_of.hpp"

namespace vigie {
namespace {

std::vector<std::size_t> everybody(const Snapshot& snapshot) {
  std::vector<std::size_t> all(snapshot.processes.size());
  std::iota(all.begin(), all.end(), std::size_t{0});
  return all;
}

}  // namespace

/// The holders of a socket matter only in the snapshot that is shown: the one before gives counters.
Result<void> NetOfSnapshot::finish(Taking& taking) {
  if (taking.purpose == Purpose::between) return {};
  Snapshot& snapshot = *taking.snapshot;
  const NetRequest& wish = options_.what.net;
  ASSIGN_OR_RETURN(std::vector<std::size_t> of,
                   wish.of ? wish.of(bare_frame(options_, taking.snapshot)) : everybody(snapshot));
  std::vector<pid_t> pids;
  for (const std::size_t index : of) {
    if (!snapshot.processes[index].kernel_thread) pids.push_back(snapshot.processes[index].id.pid);
  }
  const net::Whose whose{.pids = pids, .all = !wish.of, .holders = taking.purpose == Purpose::shown};
  snapshot.sources.push_back(net::sample(root_, wish.what, whose, snapshot.net));
  return {};
}

proc::Details DetailOfSnapshot::what_for(Purpose purpose) const {
  const DetailRequest& wish = options_.what.detail;
  std::optional<proc::Details> less;
  if (purpose == Purpose::first) less = wish.at_first;
  if (purpose == Purpose::between) less = wish.in_between;
  return less.value_or(wish.what);
}

Result<void> DetailOfSnapshot::begin(Taking& taking) {
  const Snapshot& snapshot = *taking.snapshot;
  ASSIGN_OR_RETURN(std::vector<std::size_t> wanted, options_.what.detail.of(bare_frame(options_, taking.snapshot)));
  std::ranges::sort(wanted);
  std::vector<ProcessId> ids;
  for (const std::size_t index : wanted) ids.push_back(snapshot.processes[index].id);
  read_.begin(options_.pace.may_wait,
              [this, what = what_for(taking.purpose), ids = std::move(ids)] { return read_details(what, ids); });
  return {};
}

DetailOfSnapshot::Read DetailOfSnapshot::read_details(proc::Details what, const std::vector<ProcessId>& ids) const {
  Read read;
  const std::int64_t begin = monotonic_ns();
  const std::int64_t deadline = begin + to_nanoseconds(options_.what.detail.budget_seconds);
  const std::vector<pid_t> stuck = proc::read_details(root_, what, ids, deadline, read.details);
  const std::int64_t end = monotonic_ns();
  read.status = {.name = "detail", .state = SourceState::ok, .reason = {}, .duration_seconds = 0};
  read.status.duration_seconds = static_cast<double>(end - begin) / static_cast<double>(nanoseconds_per_second);
  if (what.has(proc::Detail::mappings) && end > deadline) {
    read.status.state = SourceState::late;
    read.status.reason = "how much of every mapping is resident could not be read within the budget";
  }
  if (!stuck.empty()) {
    read.status.state = SourceState::late;
    read.status.reason = fmt::format("process {} does not let its memory be read", stuck.front());
  }
  return read;
}

Result<void> DetailOfSnapshot::finish(Taking& taking) {
  if (!read_.begun()) return {};
  Read read = read_.take();
  taking.snapshot->details = std::move(read.details);
  taking.snapshot->sources.push_back(std::move(read.status));
  return {};
}

}  // namespace vigie
