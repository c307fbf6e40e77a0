#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <numeric>
#include <optional>
#include <set>
#include <span>
#include <utility>

#include <fmt/format.h>

#include "base/clock.hpp"
#include "base/file.hpp"
#include "base/users.hpp"
#include "feed/doctor.hpp"
#include "feed/feed.hpp"
#include "feed/file_progress.hpp"
#include "feed/frame_of.hpp"
#include "feed/log_tails.hpp"
#include "feed/narrow.hpp"
#include "feed/supervised.hpp"
#include "feed/traced.hpp"
#include "rates/diff.hpp"
#include "rules/judge.hpp"
#include "runs/recognise.hpp"
#include "sources/proc/descriptors.hpp"
#include "sources/proc/others.hpp"
#include "wire/record_list.hpp"

namespace vigie {
namespace {

/// The monotonic clock, in nanoseconds: what sleeps are measured against.
std::int64_t monotonic_ns() {
  timespec value{};
  ::clock_gettime(CLOCK_MONOTONIC, &value);
  return static_cast<std::int64_t>(value.tv_sec) * nanoseconds_per_second + value.tv_nsec;
}

void sleep_until(std::int64_t deadline_ns) {
  const timespec deadline{.tv_sec = deadline_ns / nanoseconds_per_second,
                          .tv_nsec = deadline_ns % nanoseconds_per_second};
  while (::clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &deadline, nullptr) == EINTR) {
  }
}

std::int64_t to_ns(double seconds) {
  return static_cast<std::int64_t>(seconds * static_cast<double>(nanoseconds_per_second));
}

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

FeedOptions narrowed(const Root& root, FeedOptions options) {
  narrow(root, options);
  return options;
}

}  // namespace

LiveFeed::LiveFeed(const Root& root, FeedOptions options)
    : root_(root),
      options_(narrowed(root, std::move(options))),
      sampled_(root, options_.sampling, options_.interval_seconds > 0 ? Scans::many : Scans::one),
      host_(root, parts_to_read(root, options_)),
      sampler_(root),
      calls_(root),
      gpu_(root) {}

Result<SourceStatus> LiveFeed::scan(Purpose purpose, const std::vector<RunRecord>& records,
                                    std::vector<ProcessSample>& processes) {
  proc::ScanRequest request{.fields = options_.fields, .runs = options_.runs};
  if (purpose == Purpose::between) {
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

Result<std::shared_ptr<Snapshot>> LiveFeed::take_snapshot(Purpose purpose) {
  auto snapshot = std::make_shared<Snapshot>();
  SourceStatus runs{.name = "runs", .state = SourceState::ok, .reason = {}, .duration_seconds = 0};
  std::vector<RunRecord> records;
  const Instant begin = now();
  if (options_.gpus != GpuWish::none) gpu_.begin();
  if ((options_.runs || options_.frozen) && root_.live()) {
    Result<std::vector<RunRecord>> listed = records_.read();
    // With a state directory that cannot be read everything else can be seen; without descriptors nothing can.
    if (!listed && is_shortage(listed.error().errno_value)) return pass(std::move(listed));
    if (listed) {
      records = std::move(*listed);
      for (const wire::UnreadableRun& run : records_.unreadable()) {
        runs.state = SourceState::partial;
        runs.reason += (runs.reason.empty() ? "" : "; ") + describe(run);
      }
    } else {
      runs.state = SourceState::missing;
      runs.reason = std::move(listed.error().message);
    }
  } else if (options_.runs) {
    runs.state = SourceState::missing;
    runs.reason = "supervised runs are known on the live host only";
  }
  runs.duration_seconds = seconds_between(begin, now());

  snapshot->before = sys::instant_of(root_);
  snapshot->observer = root_.live() ? ::getpid() : 0;
  snapshot->sources.push_back(host_.sample(snapshot->host));
  if (!options_.only && proc::others_are_hidden(root_)) {
    snapshot->sources.push_back({.name = std::string(hidden_processes),
                                 .state = SourceState::denied,
                                 .reason = "processes of other users are hidden here (hidepid)"});
  }
  if (options_.processes) {
    Result<SourceStatus> scanned = scan(purpose, records, snapshot->processes);
    if (!scanned) return pass(std::move(scanned));
    snapshot->sources.insert(snapshot->sources.begin(), std::move(*scanned));
    if (options_.threads) sampled_.scan_threads(snapshot->processes, snapshot->threads);
  }
  snapshot->after = sys::instant_of(root_);

  if (options_.processes) add_frozen(root_, records, *snapshot);
  if (options_.runs) {
    const Instant asked = now();
    add_supervised(root_, std::move(records), purpose == Purpose::shown, *snapshot);
    if (options_.log_tails && purpose == Purpose::shown) add_log_tails(options_.target, *snapshot);
    runs.duration_seconds += seconds_between(asked, now());
    snapshot->sources.push_back(std::move(runs));
  }
  if (options_.gpus != GpuWish::none) add_gpus(*snapshot, purpose == Purpose::shown);
  if (options_.users) add_users(*snapshot);
  if (options_.capabilities) snapshot->sources.push_back(examine(root_, snapshot->capabilities));
  if (purpose != Purpose::between) {
    if (Result<void> added = add_net(snapshot, purpose == Purpose::shown); !added) return pass(std::move(added));
  }
  if (Result<void> added = add_details(snapshot, purpose); !added) return pass(std::move(added));
  return snapshot;
}

/// The snapshot before only gives counters: unless the look is about GPUs nobody waits for a driver then.
void LiveFeed::add_gpus(Snapshot& snapshot, bool shown) {
  constexpr double patient = 1.5, impatient = 0.5;
  const bool needed = options_.gpus == GpuWish::needed;
  std::vector<GpuSample> gpus;
  SourceStatus status = gpu_.finish(needed ? patient : shown ? impatient : 0, gpus);
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
Result<void> LiveFeed::add_net(const std::shared_ptr<Snapshot>& snapshot, bool holders) const {
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
  const net::Whose whose{.pids = pids, .all = !options_.net.of, .holders = holders};
  snapshot->sources.push_back(net::sample(root_, what, whose, snapshot->net));
  return {};
}

Result<void> LiveFeed::add_details(const std::shared_ptr<Snapshot>& snapshot, Purpose purpose) const {
  if (!options_.detail.of) return {};
  const DetailRequest& wish = options_.detail;
  std::optional<proc::Details> less;
  if (purpose == Purpose::first) less = wish.at_first;
  if (purpose == Purpose::between) less = wish.in_between;
  const proc::Details what = less.value_or(wish.what);
  Result<std::vector<std::size_t>> wanted = options_.detail.of(bare_frame(options_, snapshot));
  if (!wanted) return pass(std::move(wanted));
  std::ranges::sort(*wanted);
  const std::int64_t begin = monotonic_ns();
  const std::int64_t deadline = begin + to_ns(options_.detail.budget_seconds);
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

void LiveFeed::keep(const std::shared_ptr<const Snapshot>& snapshot) {
  moments_.keep(frame_of(moments_.empty() ? previous_ : moments_.newest().snapshot, snapshot, options_));
}

void LiveFeed::find_members(const Snapshot& snapshot) {
  if (options_.runs) members_ = members_of(snapshot, runs_of(options_, snapshot));
}

void LiveFeed::wait(double seconds) {
  const std::int64_t start = monotonic_ns();
  const std::int64_t end = start + to_ns(seconds);
  if (options_.look_hz <= 0) {
    if (events_ != nullptr) {
      events_->wait(end);
    } else {
      sleep_until(end);
    }
    return;
  }
  const std::int64_t period = std::max<std::int64_t>(to_ns(1 / options_.look_hz), 1'000'000);
  if (previous_ != nullptr) find_members(*previous_);
  std::int64_t looking = 0;
  std::int64_t next = start;
  std::int64_t search = start + nanoseconds_per_second;
  while (next < end) {
    sleep_until(next);
    const std::int64_t begin = monotonic_ns();
    if (begin >= search) {
      // Loader workers come and go with each epoch: who is looked at is found anew each second.
      if (Result<std::shared_ptr<Snapshot>> again = take_snapshot(Purpose::between)) {
        find_members(**again);
        if (judges(options_)) keep(*again);
      }
      search = begin + nanoseconds_per_second;
    }
    sampler_.look(members_.watched, members_.below);
    const std::int64_t done = monotonic_ns();
    looking += done - begin;
    // Looks that take long become rarer: vigie never looks for more than half of the time.
    next = std::max(next + period, done + (done - begin));
  }
  sleep_until(end);
  looking_seconds_ += static_cast<double>(looking) / static_cast<double>(nanoseconds_per_second);
}

void LiveFeed::wait_for_calls() {
  constexpr std::int64_t period = nanoseconds_per_second / 20;
  std::vector<ProcessId> watched;
  for (const ProcessDetail& detail : previous_->details) watched.push_back(detail.id);
  const std::int64_t end = monotonic_ns() + to_ns(options_.interval_seconds);
  for (std::int64_t next = monotonic_ns(); next < end;) {
    sleep_until(next);
    const std::int64_t begin = monotonic_ns();
    calls_.look(watched);
    const std::int64_t done = monotonic_ns();
    // As with the states: never for more than half of the time.
    next = std::max(next + period, done + (done - begin));
  }
  sleep_until(end);
}

void LiveFeed::add_calls(Snapshot& snapshot) {
  calls_.forget_ended(snapshot);
  for (ProcessDetail& detail : snapshot.details) {
    const auto found = calls_.counts().find(detail.id);
    detail.calls = found != calls_.counts().end() ? Reading<CallCounts>(found->second) : Presence::unknown;
  }
}

void LiveFeed::add_samples(Snapshot& snapshot, double seconds) {
  SourceStatus status{.name = "samples", .state = SourceState::ok, .reason = {}, .duration_seconds = seconds};
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

Result<Frame> LiveFeed::next_traced() {
  Result<std::shared_ptr<Snapshot>> taken = take_snapshot(Purpose::first);
  if (!taken) return pass(std::move(taken));
  Result<CallTrace> traced = trace_details(root_, **taken, options_.interval_seconds, options_.detail.before_trace);
  if (!traced) return pass(std::move(traced));
  Snapshot& current = **taken;
  current.after = sys::instant_of(root_);
  current.sources.push_back(status_of(*traced));
  current.trace = std::move(*traced);
  Frame frame;
  frame.delta = diff(nullptr, current);
  frame.delta.elapsed_seconds = current.trace->seconds;
  frame.snapshot = std::move(*taken);
  if (options_.runs) frame.view = runs_of(options_, *frame.snapshot);
  return frame;
}

Result<Frame> LiveFeed::judged(Frame frame) {
  while (true) {
    const std::vector<Frame> window = moments_.window(frame);
    const double more = std::min(more_seconds_wanted(window), options_.patience_seconds - frame.delta.elapsed_seconds);
    if (more <= 0) {
      judge_frame(window, frame);
      return frame;
    }
    keep(frame.snapshot);
    wait(std::min(more, 1.0));
    Result<Frame> later = frame_now();
    if (!later) return pass(std::move(later));
    frame = std::move(*later);
  }
}

/// What there is to see now, compared with the frame before.
Result<Frame> LiveFeed::frame_now() {
  const bool rates = options_.interval_seconds > 0;
  const bool looks = options_.look_hz > 0;
  const bool calls = options_.detail.of && options_.detail.what.has(proc::Detail::calls);
  Result<std::shared_ptr<Snapshot>> taken = take_snapshot(Purpose::shown);
  if (!taken) return pass(std::move(taken));
  const std::shared_ptr<Snapshot> current = std::move(*taken);
  if (events_ != nullptr) events_->add_ended(current);
  if (looks) add_samples(*current, looking_seconds_);
  if (calls && !rates) {
    std::vector<ProcessId> once;
    for (const ProcessDetail& detail : current->details) once.push_back(detail.id);
    calls_.look(once);
  }
  if (calls) add_calls(*current);

  return frame_of(rates ? previous_ : nullptr, current, options_);
}

Result<Frame> LiveFeed::next() {
  if (Result<void> room = proc::check_room_for_descriptors(); !room) return pass(std::move(room));
  if (options_.detail.of && options_.detail.what.has(proc::Detail::trace)) return next_traced();
  const bool rates = options_.interval_seconds > 0;
  const bool calls = options_.detail.of && options_.detail.what.has(proc::Detail::calls);
  if (options_.events && rates && events_ == nullptr) {
    Result<std::unique_ptr<events::EventSource>> opened = events::EventSource::open(root_);
    if (!opened) return pass(std::move(opened));
    events_ = std::move(*opened);
  }
  if (rates && previous_ == nullptr) {
    Result<std::shared_ptr<Snapshot>> first = take_snapshot(Purpose::first);
    if (!first) return pass(std::move(first));
    previous_ = std::move(*first);
    if (events_ != nullptr) events_->begin(previous_);
    // No GPU, or no answer: an interval would not change that.
    if (options_.gpus == GpuWish::needed && !previous_->gpus) return frame_of(nullptr, previous_, options_);
  }
  looking_seconds_ = 0;
  if (rates && judges(options_)) keep(previous_);
  if (rates && calls) {
    wait_for_calls();
  } else if (rates) {
    wait(options_.interval_seconds);
  }
  Result<Frame> frame = frame_now();
  if (frame && options_.read_progress && root_.live()) add_file_progress(options_.read_progress, *frame);
  if (frame && judges(options_)) frame = judged(std::move(*frame));
  if (frame) previous_ = frame->snapshot;
  return frame;
}

}  // namespace vigie
