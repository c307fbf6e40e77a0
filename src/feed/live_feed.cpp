#include <poll.h>

#include <algorithm>
#include <cmath>

#include "base/clock.hpp"
#include "feed/feed.hpp"
#include "rates/diff.hpp"
#include "rules/judge.hpp"
#include "runs/recognise.hpp"
#include "sources/proc/state_sampler.hpp"
#include "sources/sys/host_source.hpp"
#include "wire/run_directory.hpp"
#include "wire/status.hpp"

namespace vigie {
namespace {

void sleep_until(std::int64_t boot_ns) {
  while (true) {
    const std::int64_t left = boot_ns - now().boot_ns;
    if (left <= 0) return;
    ::poll(nullptr, 0, static_cast<int>(std::min<std::int64_t>(left / 1'000'000 + 1, 60'000)));
  }
}

bool holder_alive(const RunRecord& record, const Snapshot& snapshot) {
  if (record.boot_id != snapshot.host.boot_id) return false;
  const auto alive = [&](ProcessId id) { return id.pid > 0 && snapshot.find(id) != nullptr; };
  // A record that names no holder yet was written a moment ago, by a client that is about to start it.
  const bool starting = record.holder.pid == 0 && record.state == RunState::starting &&
                        snapshot.before.wall_ns - record.created_wall_ns < 10 * nanoseconds_per_second;
  return starting || alive(record.holder) || alive(record.shim);
}

SourceStatus sample_runs(Snapshot& snapshot) {
  const Instant begin = now();
  SourceStatus status{.name = "runs", .state = SourceState::ok, .reason = {}, .duration_seconds = 0};
  Result<std::vector<RunRecord>> records = wire::list_records();
  if (!records) {
    status.state = records.error().kind == ErrorKind::denied ? SourceState::denied : SourceState::missing;
    status.reason = records.error().message;
    return status;
  }
  for (RunRecord& record : *records) {
    SupervisedSample sample;
    sample.holder_alive = holder_alive(record, snapshot);
    if (is_over(record.state) || !sample.holder_alive) {
      sample.progress =
          record.last_progress ? Reading<Progress>(*record.last_progress) : Reading<Progress>(Presence::unknown);
    } else {
      sample.progress = wire::ask_progress(record);
    }
    sample.record = std::move(record);
    snapshot.supervised.push_back(std::move(sample));
  }
  status.duration_seconds = seconds_between(begin, now());
  return status;
}

Result<Snapshot> take_snapshot(const Root& root, const FeedOptions& options) {
  Snapshot snapshot;
  snapshot.before = now();
  const SourceStatus host = sys::sample_host(root, snapshot.host);
  Result<SourceStatus> processes =
      proc::scan(root, options.runs ? options.fields | proc::fields_for_runs() : options.fields, snapshot.processes);
  if (!processes) return pass(std::move(processes));
  snapshot.sources = {host, *processes};
  if (options.runs && root.live()) snapshot.sources.push_back(sample_runs(snapshot));
  snapshot.after = now();
  return snapshot;
}

/// The processes whose waiting tells something: members of runs, but for launchers, shells and helpers.
std::vector<ProcessId> worth_looking_at(const Snapshot& snapshot) {
  std::vector<ProcessId> ids;
  for (const Run& run : recognise(snapshot).runs) {
    for (const Member& member : run.members) {
      if (member.role == Role::trainer || member.role == Role::rank || member.role == Role::loader_worker) {
        ids.push_back(snapshot.processes[member.process].id);
      }
    }
  }
  return ids;
}

void add_states(const proc::StateSampler& sampler, Snapshot& snapshot) {
  for (ProcessSample& process : snapshot.processes) {
    const auto found = sampler.counts().find(process.id);
    if (found != sampler.counts().end()) process.states = found->second;
  }
}

}  // namespace

LiveFeed::LiveFeed(const Root& root, FeedOptions options) : root_(root), options_(options) {}

Result<Frame> LiveFeed::next() {
  const double interval = options_.interval_seconds;
  const bool looking = options_.look_hz > 0 && interval > 0;
  if (previous_ == nullptr && interval > 0) {
    Result<Snapshot> first = take_snapshot(root_, options_);
    if (!first) return pass(std::move(first));
    previous_ = std::make_shared<const Snapshot>(std::move(*first));
  }
  proc::StateSampler sampler(root_);
  if (interval > 0) {
    const std::int64_t begin = previous_->before.boot_ns;
    const auto end = begin + static_cast<std::int64_t>(interval * nanoseconds_per_second);
    if (looking) {
      // Loader workers come and go with each epoch: who is looked at is found anew each second.
      std::vector<ProcessId> watched = worth_looking_at(*previous_);
      const auto step = static_cast<std::int64_t>(nanoseconds_per_second / options_.look_hz);
      for (std::int64_t look = begin + step; look < end; look += step) {
        sleep_until(look);
        sampler.look(watched);
        if ((look - begin) / step % std::max<std::int64_t>(1, std::llround(options_.look_hz)) == 0) {
          FeedOptions plain = options_;
          plain.fields = {};
          if (Result<Snapshot> again = take_snapshot(root_, plain)) watched = worth_looking_at(*again);
        }
      }
    }
    sleep_until(end);
  }
  Result<Snapshot> taken = take_snapshot(root_, options_);
  if (!taken) return pass(std::move(taken));
  if (looking) add_states(sampler, *taken);
  Frame frame;
  frame.snapshot = std::make_shared<const Snapshot>(std::move(*taken));
  frame.delta = diff(previous_.get(), *frame.snapshot);
  if (options_.runs) frame.view = recognise(*frame.snapshot);
  if (looking) frame.findings = judge({&frame, 1});
  if (interval > 0) {
    // The states of this window are not part of the next: the sampler begins anew each time.
    auto next = std::make_shared<Snapshot>(*frame.snapshot);
    for (ProcessSample& process : next->processes) process.states = Presence::not_read;
    previous_ = std::move(next);
  }
  return frame;
}

}  // namespace vigie
