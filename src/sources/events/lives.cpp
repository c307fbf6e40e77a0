#include "sources/events/lives.hpp"

#include <algorithm>
#include <cstdlib>
#include <utility>

namespace vigie::events {
namespace {

constexpr std::int64_t tick_ns = nanoseconds_per_second / static_cast<std::int64_t>(ticks_per_second);

/// The event of a birth comes a moment after the start that /proc tells, in ticks rounded down.
constexpr std::int64_t start_tolerance_ns = 3 * tick_ns;

bool same_start(std::int64_t boot_ns, ProcessId id) {
  return std::abs(boot_ns - start_boot_ns(id)) <= start_tolerance_ns;
}

/// Whether this may be the process that the facts are about.
bool may_be(const EndedProcess& facts, ProcessId id) {
  return !facts.started || same_start(*facts.started, id);
}

bool is_over(const ProcessSample& row) {
  return row.state == 'X' || (row.state == 'Z' && row.threads <= 1);
}

/// Nothing is known but the pid.
EndedProcess nothing_of(pid_t pid) {
  EndedProcess facts;
  facts.id.pid = pid;
  facts.session = Presence::unknown;
  facts.uid = Presence::unknown;
  facts.cmdline = Presence::unknown;
  facts.comm = Presence::unknown;
  facts.started = Presence::unknown;
  facts.ended = Presence::unknown;
  facts.cpu_ticks = Presence::unknown;
  facts.wait_status = Presence::unknown;
  return facts;
}

EndedProcess facts_of(const ProcessSample& row) {
  EndedProcess facts = nothing_of(row.id.pid);
  facts.id = row.id;
  facts.ppid = row.ppid;
  facts.session = row.session;
  facts.uid = row.uid;
  facts.cmdline = row.cmdline ? Reading<SharedText>(std::make_shared<const std::string>(*row.cmdline))
                              : Reading<SharedText>(row.cmdline.presence());
  facts.comm = row.comm;
  facts.started = start_boot_ns(row.id);
  return facts;
}

/// Adds the facts of a look at a process that is over, or about to be.
void learn(EndedProcess& facts, const Glimpse& seen) {
  if (!seen.seen || !may_be(facts, seen.id)) return;
  facts.id = seen.id;
  if (!facts.started) facts.started = start_boot_ns(seen.id);  // what an event told is exact
  facts.comm = seen.comm;
  facts.session = seen.session;
  if (facts.ppid == 0) facts.ppid = seen.ppid;
  if (seen.uid) facts.uid = seen.uid;
}

}  // namespace

const ProcessSample* Lives::sample_before(pid_t pid) const {
  return before_ == nullptr ? nullptr : before_->find_pid(pid);
}

Lives::Life& Lives::life_of(pid_t pid) {
  const auto [at, added] = lives_.try_emplace(pid);
  Life& life = at->second;
  if (!added) return life;
  if (const ProcessSample* row = sample_before(pid)) {
    life.facts = facts_of(*row);
    life.kernel_thread = row->kernel_thread;
    return life;
  }
  life.facts = nothing_of(pid);
  return life;
}

void Lives::end(Life&& life) {
  ended_.push_back(std::move(life.facts));
}

void Lives::fork(const ProcessEvent& event) {
  const ProcessSample* const row = sample_before(event.pid);
  if (lives_.contains(event.pid) || (row != nullptr && !same_start(event.boot_ns, row->id))) {
    // The pid is in use again: the process that had it before has ended, told or not.
    end(std::move(life_of(event.pid)));
    lives_.erase(event.pid);
  } else if (row != nullptr) {
    return;  // the scan saw it already
  }
  EndedProcess facts = nothing_of(event.pid);
  bool kernel_thread = false;
  if (lives_.contains(event.parent) || sample_before(event.parent) != nullptr) {
    const Life& parent = life_of(event.parent);  // from now on with a command line that its children share
    facts = parent.facts;
    kernel_thread = parent.kernel_thread;
  }
  // A thread of the kernel gets a name of its own, and has no command line.
  if (kernel_thread) facts.comm = Presence::unknown;
  facts.id = {.pid = event.pid, .start_ticks = static_cast<std::uint64_t>(event.boot_ns / tick_ns)};
  facts.ppid = event.parent;
  facts.started = event.boot_ns;
  facts.ended = Presence::unknown;
  facts.cpu_ticks = Presence::unknown;
  facts.wait_status = Presence::unknown;
  lives_.insert_or_assign(
      event.pid,
      Life{.facts = std::move(facts), .changed = event.boot_ns, .main_ended = false, .kernel_thread = kernel_thread});
}

void Lives::exec(const ProcessEvent& event, const Glimpse& seen) {
  const ProcessSample* const row = lives_.contains(event.pid) ? nullptr : sample_before(event.pid);
  if (row != nullptr && event.boot_ns < before_->before.boot_ns) return;  // the scan saw what it executes
  Life& life = life_of(event.pid);
  // A thread that executes a program takes the place of the main thread, whose end was told.
  life.main_ended = false;
  life.kernel_thread = false;
  life.changed = event.boot_ns;
  life.facts.ended = Presence::unknown;
  life.facts.wait_status = Presence::unknown;
  life.facts.cpu_ticks = Presence::unknown;
  life.facts.cmdline = Presence::unknown;
  life.facts.comm = Presence::unknown;
  if (!seen.seen || !may_be(life.facts, seen.id)) return;
  learn(life.facts, seen);
  life.facts.cmdline = seen.cmdline;
}

bool Lives::wants_glimpse(const ProcessEvent& exit) const {
  if (exit.tid == exit.pid) return true;
  const auto life = lives_.find(exit.pid);
  return life != lives_.end() && life->second.main_ended;
}

void Lives::exit(const ProcessEvent& event, const Glimpse& seen) {
  if (!wants_glimpse(event)) return;
  if (!lives_.contains(event.pid) && sample_before(event.pid) == nullptr && ended_untold_.erase(event.pid) > 0) return;
  Life& life = life_of(event.pid);
  life.main_ended = true;
  life.facts.ended = event.boot_ns;
  life.facts.wait_status = event.wait_status;
  if (life.facts.ppid == 0) life.facts.ppid = event.parent;
  learn(life.facts, seen);
  // Other threads may still be running: then this is not all the time it used.
  const bool whole =
      seen.seen && may_be(life.facts, seen.id) && (seen.state == 'Z' || seen.state == 'X') && seen.threads <= 1;
  life.facts.cpu_ticks = whole ? Reading<std::uint64_t>(seen.cpu_ticks) : Presence::unknown;
}

Lives::Fate Lives::fate_of(const Life& life, const ProcessSample* row, const Snapshot& scan) {
  const bool there = row != nullptr && may_be(life.facts, row->id);
  const bool before_scan = life.changed < scan.before.boot_ns;
  if (life.main_ended) return there && !is_over(*row) ? Fate::keep : Fate::ended;
  if (there) return before_scan ? Fate::forget : Fate::keep;  // the scan knows at least as much
  return before_scan ? Fate::ended : Fate::keep;
}

/// Calls `each` with the processes of the scan before that this one does not have and no event was about.
template <class Each>
void Lives::for_each_vanished(const Snapshot& scan, Each each) const {
  if (before_ == nullptr) return;
  auto now = scan.processes.begin();
  for (const ProcessSample& row : before_->processes) {
    while (now != scan.processes.end() && now->id.pid < row.id.pid) ++now;
    const bool there = now != scan.processes.end() && now->id == row.id;
    if (!there && !lives_.contains(row.id.pid)) each(row);
  }
}

bool Lives::untold(const Snapshot& scan, const Exists& exists) const {
  bool any = false;
  for_each_vanished(scan, [&](const ProcessSample& row) { any = any || (!is_over(row) && !exists(row.id.pid)); });
  return any || std::ranges::any_of(lives_, [&](const auto& one) {
           const auto& [pid, life] = one;
           return !life.main_ended && fate_of(life, scan.find_pid(pid), scan) == Fate::ended && !exists(pid);
         });
}

std::vector<EndedProcess> Lives::take(std::shared_ptr<const Snapshot> scan, const Exists& exists) {
  ended_untold_.clear();
  for_each_vanished(*scan, [&](const ProcessSample& row) {
    // A zombie had ended before.
    if (is_over(row) || exists(row.id.pid)) return;
    ended_untold_.insert(row.id.pid);
    ended_.push_back(facts_of(row));
  });
  for (auto at = lives_.begin(); at != lives_.end();) {
    Life& life = at->second;
    const ProcessSample* const row = scan->find_pid(at->first);
    const Fate fate = fate_of(life, row, *scan);
    const bool hidden = fate == Fate::ended && !life.main_ended && exists(at->first);
    if (fate == Fate::keep || hidden) {
      ++at;
      continue;
    }
    if (fate == Fate::ended) {
      if (!life.main_ended) ended_untold_.insert(at->first);
      if (row != nullptr && may_be(life.facts, row->id)) life.facts.cpu_ticks = row->user_ticks + row->system_ticks;
      end(std::move(life));
    }
    at = lives_.erase(at);
  }
  before_ = std::move(scan);
  std::ranges::stable_sort(ended_, {}, [](const EndedProcess& one) { return one.ended.value_or(0); });
  return std::exchange(ended_, {});
}

}  // namespace vigie::events
