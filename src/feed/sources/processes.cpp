#include "feed/sources/processes.hpp"

#include <algorithm>
#include <set>
#include <utility>

#include "base/users.hpp"
#include "sources/sys/host_source.hpp"

namespace vigie {

ProcessesOfSnapshot::ProcessesOfSnapshot(const Root& root, const FeedOptions& options)
    : options_(options),
      root_(root),
      sampler_(root, options.pace.sampling, options.pace.interval_seconds > 0 ? Scans::many : Scans::one) {}

proc::ScanRequest ProcessesOfSnapshot::request_for(const Taking& taking) {
  proc::ScanRequest request{.fields = options_.what.fields, .runs = options_.what.runs};
  if (taking.purpose == Purpose::between) {
    // In between only the memory of runs is followed: counters are compared over the whole time.
    request.fields = request.fields & (proc::static_fields() | proc::Field::shared);
    members_ = taking.members;
    request.again = members_;
  }
  if (options_.whom.only) request.only = *options_.whom.only;
  // A process that a run started may have left its tree, but cannot have begun before the run.
  for (const RunRecord& record : taking.records) {
    if (record.holder.pid > 0) request.marked_since = std::min(request.marked_since, record.holder.start_ticks);
  }
  return request;
}

ProcessesOfSnapshot::Scanned ProcessesOfSnapshot::scan(proc::ScanRequest request) {
  Scanned scanned;
  std::vector<pid_t> chosen;
  if (options_.whom.choose) {
    Result<std::vector<pid_t>> found = sampler_.find(options_.whom.by_name, options_.whom.choose);
    if (!found) return {.status = pass(std::move(found)), .processes = {}, .threads = {}, .after = {}};
    chosen = *std::move(found);
    request.only = chosen;
  }
  scanned.status = sampler_.scan(request, scanned.processes);
  if (options_.what.threads) sampler_.scan_threads(scanned.processes, scanned.threads);
  scanned.after = sys::instant_of(root_);
  return scanned;
}

Result<void> ProcessesOfSnapshot::read(Taking& taking) {
  scan_.begin(options_.pace.may_wait, [this, request = request_for(taking)] { return scan(request); });
  taking.scanned = scan_.ready();
  return {};
}

bool ProcessesOfSnapshot::waits(Taking& taking) {
  taking.scanned = scan_.ready();
  return !taking.scanned;
}

Result<void> ProcessesOfSnapshot::finish(Taking& taking) {
  Snapshot& snapshot = *taking.snapshot;
  Scanned scanned = scan_.take();
  RETURN_IF_ERROR(scanned.status);
  snapshot.sources.insert(snapshot.sources.begin(), *std::move(scanned.status));
  snapshot.processes = std::move(scanned.processes);
  snapshot.threads = std::move(scanned.threads);
  snapshot.after = scanned.after;
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
