#include "control/signal_course.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <csignal>
#include <optional>
#include <string>
#include <string_view>

#include <fmt/format.h>

#include "base/clock.hpp"
#include "base/file.hpp"
#include "base/process.hpp"
#include "control/process.hpp"

namespace vigie::control {
namespace {

constexpr std::int64_t patience_ns = nanoseconds_per_second;

/// Shells, and launchers that handle signals for other ends than passing them on. Launchers without a handler need no
/// entry: they die of the signal.
constexpr std::array<std::string_view, 18> waiting_programs{"ash",   "bash", "busybox", "csh",   "dash",     "fish",
                                                            "flock", "ksh",  "ksh93",   "mksh",  "parallel", "rbash",
                                                            "sh",    "tcsh", "time",    "xargs", "yash",     "zsh"};

struct Masks {
  std::uint64_t blocked = 0, ignored = 0, caught = 0, pending = 0;
  std::uint64_t threads = 0;
};

std::optional<std::uint64_t> number_of(std::string_view status, std::string_view key, int base = 16) {
  const std::size_t at = status.find(key);  // Name, above all keys, has its line ends escaped
  if (at == std::string_view::npos) return std::nullopt;
  std::uint64_t number = 0;
  const char* const begin = status.data() + at + key.size();
  const auto [end, error] = std::from_chars(begin, status.data() + status.size(), number, base);
  return error == std::errc{} ? std::optional(number) : std::nullopt;
}

std::optional<Masks> masks_of(pid_t pid) {
  std::string status;
  if (read_file(-1, fmt::format("/proc/{}/status", pid).c_str(), status) != 0) return std::nullopt;
  const auto blocked = number_of(status, "\nSigBlk:\t"), ignored = number_of(status, "\nSigIgn:\t"),
             caught = number_of(status, "\nSigCgt:\t"), own = number_of(status, "\nSigPnd:\t"),
             shared = number_of(status, "\nShdPnd:\t");
  if (!blocked || !ignored || !caught || !own || !shared) return std::nullopt;
  return Masks{*blocked, *ignored, *caught, *own | *shared, number_of(status, "\nThreads:\t", 10).value_or(1)};
}

bool has(std::uint64_t mask, int signal) {
  return (mask >> (signal - 1) & 1) != 0;
}

/// By signal(7): a signal that is not listed there as ignored ends the process, or stops it.
bool harmless_by_default(int signal) {
  return signal == SIGCHLD || signal == SIGCONT || signal == SIGURG || signal == SIGWINCH;
}

Takes takes_of(const Masks& masks, int signal) {
  if (has(masks.caught, signal) || has(masks.blocked, signal)) return Takes::handles;
  return has(masks.ignored, signal) || harmless_by_default(signal) ? Takes::ignores : Takes::dies;
}

std::map<pid_t, ProcessId> by_pid(std::span<const Listener> tree) {
  std::map<pid_t, ProcessId> members;
  for (const Listener& process : tree) members.emplace(process.id.pid, process.id);
  return members;
}

bool reads_nothing(pid_t pid) {
  char target[16];
  const ssize_t length = ::readlink(fmt::format("/proc/{}/fd/0", pid).c_str(), target, sizeof target);
  return length > 0 && std::string_view(target, static_cast<std::size_t>(length)) == "/dev/null";
}

/// See Listener::background.
bool is_in_background(pid_t pid, pid_t parent, const Masks& masks) {
  if (has(masks.ignored, SIGINT) || has(masks.ignored, SIGQUIT)) return true;
  if (reads_nothing(pid) && !reads_nothing(parent)) return true;
  const std::optional<ProcessStat> own = stat_of_process(pid), above = stat_of_process(parent);
  return own && above && own->group != above->group && own->group != own->foreground;
}

bool only_waits(std::string_view comm) {
  return std::ranges::binary_search(waiting_programs, comm);
}

}  // namespace

std::vector<Listener> listeners_of(std::span<const ProcessId> tree, int signal) {
  std::vector<Listener> listeners;
  for (const ProcessId& id : tree) {
    const std::optional<ProcessStat> stat = stat_of_process(id.pid);
    if (!stat || stat->start_ticks != id.start_ticks) continue;
    const Masks masks = masks_of(id.pid).value_or(Masks{});
    if ((stat->state == 'Z' || stat->state == 'X') && masks.threads <= 1) continue;  // see has_ended()
    listeners.push_back({.id = id,
                         .parent = stat->parent,
                         .takes = takes_of(masks, signal),
                         .only_waits = only_waits(stat->comm),
                         .background = is_in_background(id.pid, stat->parent, masks),
                         .pending = has(masks.pending, signal)});
  }
  return listeners;
}

/// One look at the tree.
struct SignalCourse::Walk {
  std::int64_t now_ns = 0;
  std::multimap<pid_t, const Listener*> children;
  std::vector<ProcessId>& tell;
  std::vector<ProcessId>& later;

  [[nodiscard]] bool has_handler_below(const Listener& process) const {
    const auto [begin, end] = children.equal_range(process.id.pid);
    return std::any_of(begin, end, [this](const auto& child) {
      return child.second->takes == Takes::handles || has_handler_below(*child.second);
    });
  }
};

void SignalCourse::hold_within_grace(std::int64_t boot_ns, double grace_seconds) {
  constexpr double most_of_it = 0.6;  // the rest is for saving
  if (grace_seconds < 0) return;
  hold_until(boot_ns + static_cast<std::int64_t>(most_of_it * grace_seconds * nanoseconds_per_second));
}

void SignalCourse::note_told(const Listener& process, std::int64_t now_ns) {
  told_[process.id] = {.at_ns = now_ns, .handles = process.takes == Takes::handles};
}

void SignalCourse::notice_ends(std::span<const Listener> tree, std::int64_t now_ns) {
  for (auto& [id, told] : told_) {
    if (told.gone || std::ranges::find(tree, id, &Listener::id) != tree.end()) continue;
    told.gone = true;
    told.gone_ns = now_ns;
    if (told.handles) quiet_until_ns_ = now_ns + patience_ns;
  }
}

void SignalCourse::notice_starts(std::span<const Listener> tree, std::int64_t now_ns) {
  std::erase_if(seen_,
                [&](const auto& one) { return std::ranges::find(tree, one.first, &Listener::id) == tree.end(); });
  for (const Listener& process : tree) seen_.try_emplace(process.id, now_ns);
}

/// The kernel gives the start of a process in whole ticks: within that tick, only a process that was seen was there.
bool SignalCourse::was_there(ProcessId id, std::int64_t at_ns) const {
  constexpr auto tick_ns = static_cast<std::int64_t>(nanoseconds_per_second / ticks_per_second);
  const auto seen = seen_.find(id);
  return start_boot_ns(id) + tick_ns <= at_ns || (seen != seen_.end() && seen->second <= at_ns);
}

void SignalCourse::visit_children(const Walk& walk, const Listener& process) {
  const auto [begin, end] = walk.children.equal_range(process.id.pid);
  for (auto child = begin; child != end; ++child) visit(walk, *child->second);
}

void SignalCourse::visit_untold(const Walk& walk, const Listener& process) {
  const bool first = process.id == first_ && to_ == To::everyone;
  if (process.takes == Takes::handles || first) return walk.tell.push_back(process.id);
  if (process.takes == Takes::ignores || to_ == To::handlers) return visit_children(walk, process);
  // A launcher must not live to start the next command of its script.
  (walk.has_handler_below(process) ? walk.tell : walk.later).push_back(process.id);
}

/// Whether it is in charge of the processes below it, once it was told. So is a process that is about to die.
bool SignalCourse::in_charge(const Listener& process, std::int64_t now_ns) const {
  const Told& told = told_.at(process.id);
  if (process.takes == Takes::ignores && !told.handles) return false;
  const bool only_waits = told.handles && process.only_waits;
  return !(only_waits || process.pending) || now_ns - told.at_ns < patience_ns;
}

void SignalCourse::visit(const Walk& walk, const Listener& process) {
  if (!told_.contains(process.id)) return visit_untold(walk, process);
  if (in_charge(process, walk.now_ns)) return;
  const std::int64_t told_ns = told_.at(process.id).at_ns;
  const auto [begin, end] = walk.children.equal_range(process.id.pid);
  for (auto child = begin; child != end; ++child) {
    if (child->second->background) {
      visit_maybe_told(walk, *child->second, told_ns);  // the trap of its shell has run
    } else if (child->second->takes == Takes::handles || was_there(child->second->id, told_ns)) {
      visit(walk, *child->second);
    }  // else the trap runs it, to save something
  }
}

/// A process that would die of the signal, and lives, was not told. One that handles it may be about to end.
void SignalCourse::visit_maybe_told(const Walk& walk, const Listener& process, std::int64_t since_ns) {
  if (told_.contains(process.id)) return visit(walk, process);
  if (process.takes == Takes::ignores) {
    const auto [begin, end] = walk.children.equal_range(process.id.pid);
    for (auto child = begin; child != end; ++child) visit_maybe_told(walk, *child->second, since_ns);
    return;
  }
  const std::int64_t until = process.takes == Takes::handles ? hold_until_ns_ : since_ns + patience_ns;
  if (walk.now_ns >= until) visit_untold(walk, process);
}

/// Its parent has ended, or is not in the tree.
void SignalCourse::visit_top(const Walk& walk, const Listener& process) {
  const auto parent = parents_.find(process.id);
  const auto told = parent == parents_.end() ? told_.end() : told_.find(parent->second);
  if (told == told_.end() || !told->second.handles) return visit(walk, process);
  visit_maybe_told(walk, process, told->second.gone_ns);
}

std::vector<ProcessId> SignalCourse::next(std::span<const Listener> tree, std::int64_t now_ns) {
  notice_ends(tree, now_ns);
  notice_starts(tree, now_ns);
  std::vector<ProcessId> tell, later;
  const std::map<pid_t, ProcessId> members = by_pid(tree);
  for (const Listener& process : tree) {
    if (const auto parent = members.find(process.parent); parent != members.end())
      parents_[process.id] = parent->second;
  }
  if (now_ns < quiet_until_ns_) return tell;
  Walk walk{.now_ns = now_ns, .children = {}, .tell = tell, .later = later};
  for (const Listener& process : tree) walk.children.emplace(process.parent, &process);
  const auto first = std::ranges::find(tree, first_, &Listener::id);
  if (first != tree.end()) visit(walk, *first);
  const bool acting = first != tree.end() && tell.empty() && told_.contains(first_) && in_charge(*first, now_ns);
  if (tell.empty() && !acting) {
    for (const Listener& process : tree) {
      if (process.id != first_ && !members.contains(process.parent)) visit_top(walk, process);
    }
  }
  const bool saving = std::ranges::any_of(tree, [this](const Listener& one) {
    const auto told = told_.find(one.id);
    return !one.only_waits && (one.takes == Takes::handles || (told != told_.end() && told->second.handles));
  });
  if (!saving) std::ranges::move(later, std::back_inserter(tell));
  for (const Listener& process : tree) {
    if (std::ranges::find(tell, process.id) != tell.end()) note_told(process, now_ns);
  }
  return tell;
}

std::vector<Outcome> SignalCourse::advance(std::span<const ProcessId> tree) {
  const std::vector<ProcessId> fresh = next(listeners_of(tree, signal_), now().boot_ns);
  std::vector<Outcome> outcomes = signal_each(fresh, signal_);
  for (const ProcessId& id : fresh) {
    if (state_of(id.pid) == 'T') ignore_error(send_signal(id, SIGCONT));
  }
  return outcomes;
}

}  // namespace vigie::control
