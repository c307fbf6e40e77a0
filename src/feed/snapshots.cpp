#include "feed/snapshots.hpp"

#include <unistd.h>

#include <algorithm>
#include <numeric>
#include <set>
#include <span>
#include <utility>

#include <fmt/format.h>

#include "base/clock.hpp"
#include "base/file.hpp"
#include "base/users.hpp"
#include "feed/doctor.hpp"
#include "feed/frame_of.hpp"
#include "feed/log_tails.hpp"
#include "feed/supervised.hpp"
#include "sources/proc/others.hpp"

namespace vigie {
namespace {

/// On hosts with many CPUs and interrupts /proc/stat takes longer than a hundred processes.
sys::Parts parts_to_read(const Root& root, const FeedOptions& options) {
  const bool cpu = options.processes && (options.interval_seconds > 0 || !root.live());
  return cpu ? options.host | sys::Part::cpu : options.host;
}

void add_users(Snapshot& snapshot) {
  std::set<uid_t> users;
  for (const ProcessSample& process : snapshot.processes) {
    if (process.uid) users.insert(*process.uid);
  }
  for (const uid_t uid : users) snapshot.users.push_back({.uid = uid, .name = user_name(uid)});
}

/// The snapshot before only gives counters: unless the look is about GPUs, a driver is not waited for then.
double patience_with_gpus(GpuWish wish, Purpose purpose) {
  if (wish == GpuWish::needed) return 1.5;
  return purpose == Purpose::shown ? 0.5 : 0;
}

}  // namespace

Snapshots::Snapshots(const Root& root, const FeedOptions& options)
    : root_(root),
      options_(options),
      sampled_(root, options_.sampling, options_.interval_seconds > 0 ? Scans::many : Scans::one),
      host_(root, parts_to_read(root, options_)),
      sampler_(root),
      calls_(root),
      gpu_(root) {}

Result<SourceStatus> Snapshots::scan(const std::vector<RunRecord>& records, std::vector<ProcessSample>& processes) {
  proc::ScanRequest request{.fields = options_.fields, .runs = options_.runs};
  if (purpose_ == Purpose::between) {
    // In between only the memory of runs is followed: counters are compared over the whole time.
    request.fields = request.fields & (proc::static_fields() | proc::Field::shared);
    request.again = members_.all;
  }
  if (options_.only) request.only = *options_.only;
  std::vector<pid_t> chosen;
  if (options_.choose) {
    Result<std::vector<pid_t>> found = sampled_.find(options_.by_name, options_.choose);
    if (!found) return pass(std::move(found));
    chosen = std::move(*found);
    request.only = chosen;
  }
  // What a run started may have left its tree, but not have begun before it.
  for (const RunRecord& record : records) {
    if (record.holder.pid > 0) request.marked_since = std::min(request.marked_since, record.holder.start_ticks);
  }
  return sampled_.scan(request, processes);
}

/// The records of supervised runs, and how that went.
Result<void> Snapshots::add_records() {
  runs_ = {.name = "runs", .state = SourceState::ok, .reason = {}, .duration_seconds = 0};
  read_.clear();
  const Instant begin = now();
  if ((options_.runs || options_.frozen) && root_.live()) {
    Result<std::vector<RunRecord>> listed = records_.read();
    // With a state directory that cannot be read everything else can be seen; without descriptors nothing can.
    if (!listed && is_shortage(listed.error().errno_value)) return pass(std::move(listed));
    if (listed) {
      read_ = std::move(*listed);
      for (const wire::UnreadableRun& run : records_.unreadable()) {
        runs_.state = SourceState::partial;
        runs_.reason += (runs_.reason.empty() ? "" : "; ") + describe(run);
      }
    } else {
      runs_.state = SourceState::missing;
      runs_.reason = std::move(listed.error().message);
    }
  } else if (options_.runs) {
    runs_.state = SourceState::missing;
    runs_.reason = "supervised runs are known on the live host only";
  }
  runs_.duration_seconds = seconds_between(begin, now());
  return {};
}

Result<void> Snapshots::begin(Purpose purpose) {
  purpose_ = purpose;
  snapshot_ = std::make_shared<Snapshot>();
  if (options_.gpus != GpuWish::none) gpu_.begin();
  gpus_until_ns_ = monotonic_ns() + to_nanoseconds(patience_with_gpus(options_.gpus, purpose));
  if (Result<void> records = add_records(); !records) return records;
  Snapshot& snapshot = *snapshot_;
  snapshot.before = sys::instant_of(root_);
  snapshot.observer = root_.live() ? ::getpid() : 0;
  snapshot.sources.push_back(host_.begin(snapshot.host));
  if (!options_.only && proc::others_are_hidden(root_)) {
    snapshot.sources.push_back({.name = std::string(hidden_processes),
                                .state = SourceState::denied,
                                .reason = "processes of other users are hidden here (hidepid)"});
  }
  if (options_.processes) {
    Result<SourceStatus> scanned = scan(read_, snapshot.processes);
    if (!scanned) return pass(std::move(scanned));
    snapshot.sources.insert(snapshot.sources.begin(), std::move(*scanned));
    if (options_.threads) sampled_.scan_threads(snapshot.processes, snapshot.threads);
  }
  snapshot.after = sys::instant_of(root_);
  host_.ask_mounts();
  return {};
}

bool Snapshots::waits() {
  if (host_.waits()) return true;
  return options_.gpus != GpuWish::none && !gpu_.ready() && monotonic_ns() < gpus_until_ns_;
}

Result<std::shared_ptr<Snapshot>> Snapshots::finish() {
  const std::shared_ptr<Snapshot> snapshot = std::move(snapshot_);
  host_.finish(snapshot->host);
  if (options_.processes) add_frozen(root_, read_, *snapshot);
  if (options_.runs) {
    const Instant asked = now();
    add_supervised(root_, std::move(read_), purpose_ == Purpose::shown, *snapshot);
    if (options_.log_tails && purpose_ == Purpose::shown) add_log_tails(options_.target, *snapshot);
    runs_.duration_seconds += seconds_between(asked, now());
    snapshot->sources.push_back(std::move(runs_));
  }
  if (options_.gpus != GpuWish::none) add_gpus(*snapshot);
  if (options_.users) add_users(*snapshot);
  if (options_.capabilities) snapshot->sources.push_back(examine(root_, snapshot->capabilities));
  if (purpose_ != Purpose::between) {
    if (Result<void> added = add_net(snapshot); !added) return pass(std::move(added));
  }
  if (Result<void> added = add_details(snapshot); !added) return pass(std::move(added));
  return snapshot;
}

void Snapshots::add_gpus(Snapshot& snapshot) {
  const bool needed = options_.gpus == GpuWish::needed;
  std::vector<GpuSample> gpus;
  SourceStatus status = gpu_.finish(0, gpus);
  if (status.state == SourceState::missing) {
    snapshot.gpus = Presence::unsupported;
    if (!needed && !gpu_.is_failing()) return;  // most hosts have none
  } else if (status.state == SourceState::denied) {
    snapshot.gpus = Presence::denied;
  } else if (status.state == SourceState::late && gpus.empty()) {
    snapshot.gpus = Presence::unknown;
  } else {
    snapshot.gpus = std::move(gpus);
  }
  snapshot.sources.push_back(std::move(status));
}

/// Who holds a socket matters only in the snapshot that is shown: the one before gives counters.
Result<void> Snapshots::add_net(const std::shared_ptr<Snapshot>& snapshot) const {
  net::Parts what = options_.net.what;
  if (what.empty()) return {};
  std::vector<std::size_t> of;
  if (options_.net.of) {
    Result<std::vector<std::size_t>> wanted = options_.net.of(bare_frame(options_, snapshot));
    if (!wanted) return pass(std::move(wanted));
    of = std::move(*wanted);
  } else {
    of.resize(snapshot->processes.size());
    std::iota(of.begin(), of.end(), std::size_t{0});
  }
  std::vector<pid_t> pids;
  for (const std::size_t index : of) {
    if (!snapshot->processes[index].kernel_thread) pids.push_back(snapshot->processes[index].id.pid);
  }
  const net::Whose whose{.pids = pids, .all = !options_.net.of, .holders = purpose_ == Purpose::shown};
  snapshot->sources.push_back(net::sample(root_, what, whose, snapshot->net));
  return {};
}

Result<void> Snapshots::add_details(const std::shared_ptr<Snapshot>& snapshot) const {
  if (!options_.detail.of) return {};
  const DetailRequest& wish = options_.detail;
  std::optional<proc::Details> less;
  if (purpose_ == Purpose::first) less = wish.at_first;
  if (purpose_ == Purpose::between) less = wish.in_between;
  const proc::Details what = less.value_or(wish.what);
  Result<std::vector<std::size_t>> wanted = options_.detail.of(bare_frame(options_, snapshot));
  if (!wanted) return pass(std::move(wanted));
  std::ranges::sort(*wanted);
  const std::int64_t begin = monotonic_ns();
  const std::int64_t deadline = begin + to_nanoseconds(options_.detail.budget_seconds);
  std::vector<ProcessId> ids;
  for (const std::size_t index : *wanted) ids.push_back(snapshot->processes[index].id);
  const std::vector<pid_t> stuck = proc::read_details(root_, what, ids, deadline, snapshot->details);
  const std::int64_t end = monotonic_ns();
  SourceStatus status{.name = "detail", .state = SourceState::ok, .reason = {}, .duration_seconds = 0};
  status.duration_seconds = static_cast<double>(end - begin) / static_cast<double>(nanoseconds_per_second);
  if (what.has(proc::Detail::mappings) && end > deadline) {
    status.state = SourceState::late;
    status.reason = "how much of every mapping is resident could not be read within the budget";
  }
  if (!stuck.empty()) {
    status.state = SourceState::late;
    status.reason = fmt::format("process {} does not let its memory be read", stuck.front());
  }
  snapshot->sources.push_back(std::move(status));
  return {};
}

void Snapshots::find_members(const Snapshot& snapshot) {
  if (options_.runs) members_ = members_of(snapshot, runs_of(options_, snapshot));
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
  if (options_.interval_seconds <= 0) {
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
