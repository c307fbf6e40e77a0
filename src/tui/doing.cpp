#include "tui/doing.hpp"

#include <algorithm>
#include <array>

namespace vigie::tui {
namespace {

constexpr std::array<Mark, 7> marks{{
    {.letter = '?', .role = Role::dim, .words = "not known"},
    {.letter = 'C', .role = Role::good, .words = "computes"},
    {.letter = 'W', .role = Role::graph5, .words = "waits for data or others"},
    {.letter = 'D', .role = Role::warn, .words = "waits for a disk"},
    {.letter = 'N', .role = Role::warn, .words = "waits for a network file system"},
    {.letter = 'S', .role = Role::bad, .words = "is stopped"},
    {.letter = 'x', .role = Role::bad, .words = "is gone"},
}};

/// Shares of the time, of one process or of several together.
struct Shares {
  double running = 0, disk = 0, network = 0, stopped = 0, asleep = 0;
};

Doing most_of(const Shares& shares) {
  const double most = std::max({shares.running, shares.disk, shares.stopped, shares.asleep});
  if (!(most > 0)) return Doing::unknown;
  if (shares.stopped == most) return Doing::stopped;
  if (shares.disk == most) return shares.network > shares.disk / 2 ? Doing::network : Doing::disk;
  return shares.running == most ? Doing::computes : Doing::waits;
}

/// What one look at the main thread tells.
Doing doing_in_state(char state, const Reading<double>& cpu_percent) {
  constexpr double half_a_cpu = 50;
  if (state == 'D') return Doing::disk;
  if (state == 'R' || cpu_percent.value_or(0) >= half_a_cpu) return Doing::computes;
  return state == 'S' || state == 'I' ? Doing::waits : Doing::unknown;
}

}  // namespace

Mark mark_of(Doing doing) {
  return marks[static_cast<std::size_t>(doing)];
}

std::string_view legend_of_doing() {
  return "C computes  W waits  D disk  N network  S stopped  x gone";
}

Doing doing_of(const Frame& frame, const Run& run, const Member& member) {
  if (member.process >= frame.snapshot->processes.size()) return Doing::gone;
  const char state = frame.snapshot->processes[member.process].state;
  if (state == 'Z' || state == 'X') return Doing::gone;
  if (state == 'T' || state == 't' || run.state == RunState::paused) return Doing::stopped;
  if (member.process >= frame.delta.processes.size()) return doing_in_state(state, Presence::first_sight);
  const ProcessRates& rates = frame.delta.processes[member.process];
  if (!rates.states || rates.states->looks == 0) return doing_in_state(state, rates.cpu_percent);
  const StateShares& shares = *rates.states;
  return most_of({.running = shares.running,
                  .disk = shares.disk,
                  .network = shares.in_network,
                  .stopped = shares.stopped,
                  .asleep = shares.asleep});
}

Doing doing_of(std::span<const RunMoment* const> moments) {
  constexpr double busy_gpu_percent = 50;
  Shares sum;
  bool there = false;
  for (const RunMoment* const moment : moments) {
    if (moment == nullptr) continue;
    there = true;
    if (moment->state == RunState::paused) {
      sum.stopped += 1;
      continue;
    }
    const bool gpu_works = moment->gpu_percent.value_or(0) >= busy_gpu_percent;
    sum.running += moment->running.value_or(0);
    sum.disk += moment->disk.value_or(0);
    sum.stopped += moment->stopped.value_or(0);
    (gpu_works ? sum.running : sum.asleep) += moment->asleep.value_or(0);
  }
  return there ? most_of(sum) : Doing::gone;
}

}  // namespace vigie::tui
