#include "feed/sources/runs.hpp"

#include <utility>

#include "base/clock.hpp"
#include "base/file.hpp"
#include "feed/log_tails.hpp"
#include "feed/supervised.hpp"

namespace vigie {

Result<void> RunsOfSnapshot::begin(Taking& taking) {
  status_ = {.name = "runs", .state = SourceState::ok, .reason = {}, .duration_seconds = 0};
  const Instant begin = now();
  if (root_.live()) {
    RETURN_IF_ERROR(list(taking.records));
  } else {
    status_.state = SourceState::missing;
    status_.reason = "supervised runs are known on the live host only";
  }
  status_.duration_seconds = seconds_between(begin, now());
  return {};
}

/// With a state directory that cannot be read everything else can be seen; without descriptors nothing can.
Result<void> RunsOfSnapshot::list(std::vector<RunRecord>& records) {
  Result<std::vector<RunRecord>> listed = records_.read();
  if (!listed && is_shortage(listed.error().errno_value)) return pass(std::move(listed));
  if (!listed) {
    status_.state = SourceState::missing;
    status_.reason = std::move(listed.error().message);
    return {};
  }
  records = std::move(*listed);
  for (const wire::UnreadableRun& run : records_.unreadable()) {
    status_.state = SourceState::partial;
    status_.reason += (status_.reason.empty() ? "" : "; ") + describe(run);
  }
  return {};
}

Result<void> RunsOfSnapshot::finish(Taking& taking) {
  Snapshot& snapshot = *taking.snapshot;
  const bool shown = taking.purpose == Purpose::shown;
  if (options_.what.processes) add_frozen(root_, taking.records, snapshot);
  if (!options_.what.runs) return {};
  const Instant asked = now();
  add_supervised(root_, std::move(taking.records), shown, snapshot);
  if (options_.what.log_tails && shown) add_log_tails(options_.whom.target, snapshot);
  status_.duration_seconds += seconds_between(asked, now());
  snapshot.sources.push_back(std::move(status_));
  return {};
}

}  // namespace vigie
