#include "feed/sources/processes.hpp"

#include <algorithm>
#include <set>
#include <utility>

#include "base/users.hpp"

namespace vigie {

ProcessesOfSnapshot::ProcessesOfSnapshot(const Root& root, const FeedOptions& options)
    : options_(options),
      sampler_(root, options.pace.sampling, options.pace.interval_seconds > 0 ? Scans::many : Scans::one) {}

proc::ScanRequest ProcessesOfSnapshot::request_for(const Taking& taking) const {
  proc::ScanRequest request{.fields = options_.what.fields, .runs = options_.what.runs};
  if (taking.purpose == Purpose::between) {
    // In between only the memory of runs is followed: counters are compared over the whole time.
    request.fields = request.fields & (proc::static_fields() | proc::Field::shared);
    request.again = taking.members;
  }
  if (options_.whom.only) request.only = *options_.whom.only;
  // What a run started may have left its tree, but not have begun before it.
  for (const RunRecord& record : taking.records) {
    if (record.holder.pid > 0) request.marked_since = std::min(request.marked_since, record.holder.start_ticks);
  }
  return request;
}

Result<void> ProcessesOfSnapshot::read(Taking& taking) {
  Snapshot& snapshot = *taking.snapshot;
  proc::ScanRequest request = request_for(taking);
  std::vector<pid_t> chosen;
  if (options_.whom.choose) {
    ASSIGN_OR_RETURN(chosen, sampler_.find(options_.whom.by_name, options_.whom.choose));
    request.only = chosen;
  }
  ASSIGN_OR_RETURN(SourceStatus scanned, sampler_.scan(request, snapshot.processes));
  snapshot.sources.insert(snapshot.sources.begin(), std::move(scanned));
  if (options_.what.threads) sampler_.scan_threads(snapshot.processes, snapshot.threads);
  return {};
}

Result<void> UsersOfSnapshot::finish(Taking& taking) {
  std::set<uid_t> users;
  for (const ProcessSample& process : taking.snapshot->processes) {
    if (process.uid) users.insert(*process.uid);
  }
  for (const uid_t uid : users) taking.snapshot->users.push_back({.uid = uid, .name = user_name(uid)});
  return {};
}

}  // namespace vigie
