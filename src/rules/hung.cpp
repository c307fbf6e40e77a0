// hung: a run that is alive and makes no progress.
#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "base/units.hpp"
#include "model/call.hpp"
#include "rules/facts/stalled.hpp"
#include "rules/rule.hpp"
#include "rules/thresholds.hpp"

namespace vigie::rules {
namespace {

/// What there is to say about a run in which nothing moves.
struct Silence {
  bool silent = false;            ///< no CPU, no I/O to speak of
  bool in_disk = false;           ///< a process waits for storage that does not answer, all the time
  bool locked = false;            ///< no process could be woken from outside of the run
  bool unsure = false;            ///< except by a time limit, which this user may not read
  const Member* where = nullptr;  ///< the member that shows it best
};

bool moves_bytes(const ProcessRates& rates) {
  constexpr double some = 100;  // bytes a second
  return rates.read_chars_per_second.value_or(0) + rates.write_chars_per_second.value_or(0) >= some;
}

double locked_share(const StateShares& shares) {
  return shares.locked + shares.perhaps_locked;
}

/// Whether a main thread woke in the window, as a wait with a time limit does; also true when that cannot be told.
bool may_have_woken(const Case& run, const Member& member) {
  const Reading<double>& switches = run.rates(member).voluntary_switches_per_second;
  return !switches || *switches > 0;
}

/// A process that polls for data from members of the run: a trainer for its workers' batches.
bool polls_for_workers(const Case& run, std::size_t index) {
  return std::ranges::any_of(run.workers_of(index), [&](std::size_t worker) {
    const StateShares* const shares = run.shares(run.run().members[worker]);
    return shares != nullptr && locked_share(*shares) >= thresholds::hung_looks;
  });
}

Silence silence_of(const Case& run) {
  Silence silence;
  if (run.run().members.empty() || run.cpu_percent() >= thresholds::silent_cpu_percent) return silence;
  bool all_locked = true;
  std::size_t in_pipes = 0;
  for (std::size_t index = 0; index < run.run().members.size(); ++index) {
    const Member& member = run.run().members[index];
    if (moves_bytes(run.rates(member))) return silence;
    if (run.process(member).state == 'Z') continue;
    const StateShares* const shares = run.shares(member);
    if (shares == nullptr || shares->running > 0.1) return silence;
    if (shares->disk >= thresholds::hung_looks) {
      silence.in_disk = true;
      silence.where = &member;
    }
    const bool parked = member.role == Role::helper || member.role == Role::launcher;
    const bool unsure = shares->locked < thresholds::hung_looks;
    const bool locked = locked_share(*shares) >= thresholds::hung_looks && !(unsure && may_have_woken(run, member));
    silence.unsure = silence.unsure || (locked && unsure);
    if (locked && silence.where == nullptr && shares->in_futex > 0.5) silence.where = &member;
    // One that reads a pipe waits for the process at the other end, in the run or not; two wait for each other.
    if (locked && shares->in_pipe > 0.5 && ++in_pipes == 2 && silence.where == nullptr) silence.where = &member;
    const bool own = polls_for_workers(run, index) || member.role == Role::loader_worker;
    all_locked = all_locked && (locked || parked || (own && shares->asleep >= thresholds::hung_looks));
  }
  silence.silent = true;
  silence.locked = all_locked && silence.where != nullptr;
  return silence;
}

/// Seconds since the progress last moved, of a run that moved before; nothing without progress, or when it is done.
std::optional<double> still_seconds(const Case& run) {
  if (!run.run().progress) return std::nullopt;
  const std::int64_t time = run.frame().snapshot->after.wall_ns;
  std::optional<double> still = standing_still(*run.run().progress, time);
  // The progress of an earlier attempt does not count.
  if (const auto& began = run.run().started_wall_ns; still && began)
    still = std::min(*still, static_cast<double>(time - *began) / nanoseconds_per_second);
  return still;
}

/// Bytes a second that its processes read and wrote: a line now and then is no work.
std::string said_of_bytes(const Case& run) {
  double bytes = 0;
  for (const Member& member : run.run().members) {
    const ProcessRates& rates = run.rates(member);
    bytes += rates.read_chars_per_second.value_or(0) + rates.write_chars_per_second.value_or(0);
  }
  return bytes < 0.5 ? "no I/O" : fmt::format("{:.0f} bytes of I/O a second", bytes);
}

/// "; the longest pause before was 2 s", as far as one is known.
std::string said_of_pauses(const Progress& progress) {
  const std::optional<double> pause = usual_pause(progress);
  if (!pause) return ", and it was not seen to move before";
  return fmt::format(
      "; {} {}",
      progress.longest_gap_seconds.value_or(0) > 0 ? "the longest pause before was" : "by its own words a step takes",
      human_duration(*pause));
}

double patience(const Case& run) {
  return patience_with(*run.run().progress);
}

/// Threads that sleep in a lock, of the process that has most of them: those of an unused pool do, too.
struct LockedThreads {
  const Member* member = nullptr;
  std::size_t locked = 0, all = 0;
};

LockedThreads locked_threads(const Case& run) {
  LockedThreads most;
  for (const Member& member : run.run().members) {
    const ProcessDetail* const detail = run.detail(member);
    if (detail == nullptr || !detail->doing) continue;
    const auto locked = static_cast<std::size_t>(std::ranges::count_if(detail->doing->threads, [](const CallKey& one) {
      return one.state == ThreadState::waiting && one.call && wait_kind(*one.call) == WaitKind::lock;
    }));
    if (locked > most.locked) most = {&member, locked, detail->doing->threads.size()};
  }
  return most;
}

/// Threads of a process that does nothing wait for locks, whatever another thread of it prints meanwhile.
std::optional<Suspicion> suspects_locked_threads(const Case& run) {
  const std::optional<double> still = still_seconds(run);
  if (still && *still < patience(run)) return std::nullopt;  // it makes progress
  const LockedThreads locked = locked_threads(run);
  if (locked.locked < 2 || run.cpu_percent() >= thresholds::silent_cpu_percent) return std::nullopt;
  Suspicion suspicion =
      run.suspicion(fmt::format("it used no CPU in {:.0f} s, and {} of {} threads of {} wait for a lock", run.window(),
                                locked.locked, locked.all, run.name_of(*locked.member)),
                    0);
  suspicion.how = fmt::format(
      "idle threads do, too: if it should be working, its stack tells: py-spy dump --pid {0} or "
      "gdb -p {0}",
      run.process(*locked.member).id.pid);
  return suspicion;
}

/// What is known of a run that hangs.
struct Hang {
  Silence silence;
  std::optional<double> late;  ///< seconds without progress, where that is longer than it ever paused by far
};

std::optional<Hang> hang_of(const Case& run) {
  // Ranks that wait for each other are judged together.
  const auto ranks = std::ranges::count(run.run().members, Role::rank, &Member::role);
  if (ranks > 1 || run.age() - run.window() < 1) return std::nullopt;
  Hang hang{.silence = silence_of(run), .late = {}};
  if (!hang.silence.silent || run.window() < thresholds::hung_seconds) return std::nullopt;
  const std::optional<double> still = still_seconds(run);
  if (still && *still >= patience(run)) hang.late = still;
  // A bar that moves says that it works, however it looks.
  if (still && !hang.late) return std::nullopt;
  if (!hang.silence.locked && !hang.silence.in_disk && !hang.late) return std::nullopt;
  return hang;
}

double confidence_of(const Hang& hang) {
  if (hang.late) return 0.95;
  if (!hang.silence.locked) return 0.8;
  return hang.silence.unsure ? 0.5 : 0.85;
}

std::string summary_of(const Hang& hang) {
  if (hang.late) return fmt::format("alive, but has made no progress for {}", human_duration(*hang.late));
  if (hang.silence.in_disk) return "alive, but waits for storage that does not answer";
  return "alive, but every thread waits for another one: a deadlock";
}

std::string cause_of(const Silence& silence) {
  if (silence.in_disk) return "a disk or file server that does not answer: dmesg, and df of its files";
  if (!silence.locked) return "it waits for something that does not come: another process, a connection, a lock";
  return "threads or processes that hold what the other one waits for; in loader workers often a lock that was held "
         "when "
         "they were forked";
}

/// "trainer (pid 10) in uninterruptible sleep (D) in 100 % of the looks, in folio_wait_bit_common"
std::string disk_text(const Case& run, const Member& member, const StateShares& shares) {
  const SparseReading<std::string>& wchan = run.process(member).wchan;
  return fmt::format("{} in uninterruptible sleep (D) in {:.0f} % of the looks{}", run.name_of(member),
                     shares.disk * 100, wchan && !wchan->empty() ? ", in " + *wchan : std::string());
}

/// The process that shows it best.
void add_where(const Case& run, const Silence& silence, Finding& finding) {
  if (silence.where == nullptr) return;
  const StateShares& shares = *run.shares(*silence.where);
  const double locked = locked_share(shares) * 100;
  finding.evidence.push_back(run.evidence(
      "locked_percent", locked, thresholds::hung_looks * 100,
      silence.in_disk ? disk_text(run, *silence.where, shares)
                      : fmt::format("{} waits for a lock{} in {:.0f} % of {} looks", run.name_of(*silence.where),
                                    silence.unsure ? "" : " without a time limit", locked, shares.looks)));
}

void add_unsure(const Case& run, const Silence& silence, Finding& finding) {
  if (!silence.unsure || silence.in_disk) return;
  finding.evidence.push_back(
      run.evidence("syscall", 0, 0,
                   "its system calls may not be read (kernel.yama.ptrace_scope): a wait with a time limit would look "
                   "the same, but its main thread did not wake once"));
}

}  // namespace

std::optional<Suspicion> suspects_hang(const Case& run, double wants_seconds) {
  const Silence silence = silence_of(run);
  const std::optional<double> still = silence.silent ? still_seconds(run) : std::nullopt;
  if (!silence.silent || (!silence.locked && !silence.in_disk && !still)) return suspects_locked_threads(run);
  Suspicion suspicion =
      run.suspicion(fmt::format("it used no CPU and moved hardly a byte in {:.0f} s", run.window()), wants_seconds);
  if (still) suspicion.text += fmt::format(", and its progress stands still for {}", human_duration(*still));
  suspicion.how = still && !silence.locked && !silence.in_disk
                      ? fmt::format("pauses up to {} are usual for it", human_duration(patience(run)))
                      : fmt::format("a deadlock takes {:.0f} s of it", std::ceil(wants_seconds));
  return suspicion;
}

std::optional<Finding> hung(const Case& run) {
  const std::optional<Hang> hang = hang_of(run);
  if (!hang) return std::nullopt;
  const Silence& silence = hang->silence;
  Finding finding = run.finding(Severity::critical, confidence_of(*hang));
  finding.share_percent = 100.0;
  finding.summary = summary_of(*hang);
  finding.evidence.push_back(
      run.evidence("cpu_percent", run.cpu_percent(), thresholds::silent_cpu_percent,
                   fmt::format("{:.1f} % of a CPU and {} in {:.0f} s by its {}", run.cpu_percent(), said_of_bytes(run),
                               run.window(), Case::counted(run.run().members.size(), "process"))));
  if (hang->late) {
    finding.evidence.push_back(
        run.evidence("progress_age_seconds", *hang->late, patience(run),
                     fmt::format("its progress has not moved for {}{}", human_duration(*hang->late),
                                 said_of_pauses(*run.run().progress))));
  }
  add_where(run, silence, finding);
  add_unsure(run, silence, finding);
  finding.causes.push_back(cause_of(silence));
  const pid_t pid = run.process(silence.where != nullptr ? *silence.where : run.run().members.front()).id.pid;
  finding.actions.push_back(fmt::format(
      "what each thread waits in: vigie syscalls {}; its stack: py-spy dump --pid {} or gdb -p {}; then "
      "vigie stop {}{}",
      pid, pid, pid, run.run().name, run.run().supervised ? ", and vigie restart " + run.run().name : std::string()));
  return finding;
}

}  // namespace vigie::rules
