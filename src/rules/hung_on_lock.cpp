// hung: runs that wait for a lock on a file (flock(2), fcntl(2)), or for one that they try to get again and again.
#include <algorithm>
#include <vector>

#include <fmt/format.h>

#include "model/call.hpp"
#include "rules/rule.hpp"
#include "rules/thresholds.hpp"

namespace vigie::rules {
namespace {

bool is_same_file(const FileLock& a, const FileLock& b) {
  return a.device == b.device && a.inode == b.inode;
}

/// Some file systems give a file another device than its locks; a large inode number is enough.
bool is_of(const FileLock& lock, const OpenFile& file) {
  return file.inode && *file.inode == lock.inode && (!file.device || *file.device == lock.device || lock.inode > 1000);
}

struct LockWait {
  const Member* waiter = nullptr;
  const FileLock* held = nullptr;  ///< nullptr: it waits, and no process is seen to have it
  std::string file;                ///< empty when it has no name
  bool tries = false;              ///< it does not wait in the kernel, it tries again
};

std::string path_of(const Case& run, const Member& member, const FileLock& lock) {
  const ProcessDetail* const detail = run.detail(member);
  if (detail == nullptr) return {};
  if (detail->files) {
    const auto file = std::ranges::find_if(*detail->files, [&](const OpenFile& one) { return is_of(lock, one); });
    if (file != detail->files->end()) return file->path;
  }
  if (!detail->doing) return {};
  const auto thread = std::ranges::find_if(detail->doing->threads, [](const CallKey& one) {
    return one.call && (*one.call == "flock" || *one.call == "fcntl") && !one.file.empty();
  });
  return thread == detail->doing->threads.end() ? std::string() : thread->file;
}

/// Whether each frame of the window has such a line; a lock held for a moment is normal.
bool in_every_frame(const Case& run, const FileLock& wanted) {
  const std::vector<Point> seen = run.over_time([&](const Frame& frame, const Run&) -> std::optional<double> {
    const Reading<std::vector<FileLock>>& locks = frame.snapshot->host.locks;
    if (!locks) return std::nullopt;
    return std::ranges::any_of(*locks, [&](const FileLock& one) {
      return one.waits == wanted.waits && one.pid == wanted.pid && is_same_file(one, wanted);
    });
  });
  const bool always = std::ranges::all_of(seen, [](const Point& look) { return look.value > 0; });
  return always && !seen.empty() && seen.back().seconds - seen.front().seconds >= thresholds::lock_seconds;
}

const Member* member_of(const Case& run, pid_t pid) {
  const auto found =
      std::ranges::find_if(run.run().members, [&](const Member& member) { return run.process(member).id.pid == pid; });
  return found == run.run().members.end() ? nullptr : &*found;
}

/// A process that the kernel lets wait.
std::optional<LockWait> waits_in_kernel(const Case& run, const std::vector<FileLock>& locks) {
  for (const FileLock& lock : locks) {
    const Member* const waiter = lock.waits ? member_of(run, lock.pid) : nullptr;
    if (waiter == nullptr || !in_every_frame(run, lock)) continue;
    const auto held = std::ranges::find_if(
        locks, [&](const FileLock& one) { return !one.waits && one.number == lock.number && is_same_file(one, lock); });
    return LockWait{.waiter = waiter,
                    .held = held == locks.end() ? nullptr : &*held,
                    .file = path_of(run, *waiter, lock),
                    .tries = false};
  }
  return std::nullopt;
}

/// Whether a process does nothing but sleep for a moment, look, and sleep again: SQLite's busy handler, lock files.
bool keeps_trying(const Case& run, const Member& member) {
  const StateShares* const shares = run.shares(member);
  const Reading<double>& switches = run.rates(member).voluntary_switches_per_second;
  return shares != nullptr && shares->in_timer >= thresholds::tries_looks && switches &&
         *switches >= thresholds::tries_per_second;
}

/// Whether `lock` keeps a process from its own: it is an exclusive one, or the process has a part of it already.
bool keeps_out(const std::vector<FileLock>& locks, const FileLock& lock, pid_t pid) {
  if (lock.waits || lock.pid == pid) return false;
  return lock.exclusive || std::ranges::any_of(locks, [&](const FileLock& own) {
           return !own.waits && own.pid == pid && own.exclusive && is_same_file(own, lock);
         });
}

std::optional<LockWait> tries_again(const Case& run, const std::vector<FileLock>& locks) {
  for (const Member& member : run.run().members) {
    const ProcessDetail* const detail = run.detail(member);
    if (detail == nullptr || !detail->files || !keeps_trying(run, member)) continue;
    for (const FileLock& lock : locks) {
      if (!keeps_out(locks, lock, run.process(member).id.pid)) continue;
      const auto file = std::ranges::find_if(*detail->files, [&](const OpenFile& one) { return is_of(lock, one); });
      if (file == detail->files->end() || !in_every_frame(run, lock)) continue;
      return LockWait{.waiter = &member, .held = &lock, .file = file->path, .tries = true};
    }
  }
  return std::nullopt;
}

std::optional<LockWait> lock_wait_of(const Case& run) {
  const Reading<std::vector<FileLock>>& locks = run.host().locks;
  if (run.is_host() || !locks || run.cpu_percent() >= thresholds::lock_cpu_percent) return std::nullopt;
  std::optional<LockWait> wait = waits_in_kernel(run, *locks);
  return wait ? wait : tries_again(run, *locks);
}

/// "python3 (pid 4711) of run other", "process 4711, which has ended".
std::string holder_text(const Case& run, const FileLock* held) {
  if (held == nullptr || held->pid <= 0) return "a process that /proc/locks does not name";
  const ProcessSample* const process = run.frame().snapshot->find_pid(held->pid);
  if (process == nullptr) return fmt::format("process {}, which has ended and left it to a child", held->pid);
  const auto index = static_cast<std::size_t>(process - run.frame().snapshot->processes.data());
  const int of = index < run.frame().view.run_of.size() ? run.frame().view.run_of[index] : -1;
  std::string text = fmt::format("{} (pid {})", process->comm, process->id.pid);
  if (of >= 0) {
    const Run& other = run.frame().view.runs[static_cast<std::size_t>(of)];
    text += other.id == run.run().id ? " of this run" : " of run " + other.name;
  }
  if (!run.may_act_on(*process)) text += ", which belongs to " + run.owner_of(*process);
  return text;
}

std::string advice(const Case& run, const LockWait& wait) {
  const ProcessSample* const holder = wait.held == nullptr ? nullptr : run.frame().snapshot->find_pid(wait.held->pid);
  const std::string file = wait.file.empty() ? "the file" : wait.file;
  if (holder == nullptr) return fmt::format("the processes that have {} open: fuser -v {}", file, file);
  if (!run.may_act_on(*holder))
    return fmt::format("ask {} to let go of it, or use another file", run.owner_of(*holder));
  return fmt::format("what it does: vigie syscalls {}; when it is not needed any more: vigie stop {}", holder->id.pid,
                     holder->id.pid);
}

}  // namespace

std::optional<Finding> hung_on_lock(const Case& run) {
  const std::optional<LockWait> wait = lock_wait_of(run);
  if (!wait) return std::nullopt;
  const std::string file = wait->file.empty() ? "a file without a name" : wait->file;
  const std::string holder = holder_text(run, wait->held);
  Finding finding = run.finding(Severity::critical, wait->tries ? 0.75 : 0.95);
  finding.at_any_age = true;
  finding.share_percent = 100.0;
  finding.summary = fmt::format("waits for the lock on {} that {} has", file, holder);
  finding.evidence.push_back(
      run.evidence("lock_wait_seconds", run.window(), thresholds::lock_seconds,
                   wait->tries ? fmt::format("{} sleeps and tries again, {:.0f} times a second, all through {:.0f} s",
                                             run.name_of(*wait->waiter),
                                             *run.rates(*wait->waiter).voluntary_switches_per_second, run.window())
                               : fmt::format("{} waits for it in the kernel, all through {:.0f} s",
                                             run.name_of(*wait->waiter), run.window())));
  finding.evidence.push_back(
      run.evidence("file_lock", wait->held == nullptr ? 0 : wait->held->pid, 0,
                   fmt::format("{} has {} lock on {} ({}, /proc/locks)", holder,
                               wait->held != nullptr && !wait->held->exclusive ? "a shared" : "the", file,
                               wait->held == nullptr ? "kind unknown" : wait->held->kind)));
  finding.causes.emplace_back("another program uses the file, or was stopped or forgotten while it did");
  finding.actions.push_back(advice(run, *wait));
  return finding;
}

std::optional<Suspicion> suspects_lock(const Case& run, double wants_seconds) {
  const Reading<std::vector<FileLock>>& locks = run.host().locks;
  if (!locks || run.cpu_percent() >= thresholds::lock_cpu_percent) return std::nullopt;
  for (const FileLock& lock : *locks) {
    const Member* const waiter = lock.waits ? member_of(run, lock.pid) : nullptr;
    if (waiter == nullptr) continue;
    return run.suspicion(fmt::format("{} waits for a lock on a file", run.name_of(*waiter)), wants_seconds);
  }
  return std::nullopt;
}

}  // namespace vigie::rules
