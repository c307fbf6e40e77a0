#include "sources/proc/state_sampler.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "base/fd.hpp"
#include "model/call.hpp"
#include "sources/proc/call.hpp"
#include "sources/proc/descriptors.hpp"
#include "sources/proc/digits.hpp"
#include "sources/proc/read_once.hpp"
#include "sources/proc/stat.hpp"

namespace vigie::proc {

/// What the threads of a process were found doing.
struct StateSampler::Threads {
  unsigned running = 0;
  unsigned disk = 0;
  std::string in_disk = {};  ///< number of one of those in D; empty without one

  void count(char state, const std::string& number) {
    if (state == 'R') ++running;
    if (state != 'D') return;
    ++disk;
    in_disk = number;
  }
};

namespace {

constexpr std::size_t most_kept = 2048;  ///< descriptors of threads
/// At a look, new children are looked for of so many processes, and so many of each.
constexpr std::size_t most_with_new_children = 64, most_new_children = 16;
/// Most threads of a training belong to unused pools. One that slept in so many looks in a row (a second's) is taken to
/// sleep on, and read in every eighth look only: little is missed of a thread that works now and then.
constexpr unsigned rests_after = 20, rests_for = 8;

/// A stat or wchan file from its beginning. 0 or the errno; ESRCH: its process or thread has ended.
int read_again(const Fd& file, std::string& buffer) {
  constexpr std::size_t longest = 4096;
  buffer.resize(longest);
  const ssize_t got = ::pread(file.get(), buffer.data(), longest, 0);
  const int error = got < 0 ? errno : got == 0 ? ESRCH : 0;
  buffer.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
  return error;
}

/// Calls `each` with the number of every thread, and the directory they are in, as long as it wants more.
template <class Each>
void for_threads(int process_dir, Each each) {
  const int fd = ::openat(process_dir, "task", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  const std::unique_ptr<DIR, int (*)(DIR*)> dir(fd < 0 ? nullptr : ::fdopendir(fd), ::closedir);
  while (const dirent* entry = dir == nullptr ? nullptr : ::readdir(dir.get())) {
    if (entry->d_name[0] != '.' && !each(::dirfd(dir.get()), std::string(entry->d_name))) return;
  }
}

/// Whether nothing outside of the program could wake any thread of it, all of them being asleep.
OwnWait locked_up(int process_dir, std::string& buffer) {
  std::optional<OwnWait> least;
  for_threads(process_dir, [&](int tasks, const std::string& number) {
    least = std::min(least.value_or(OwnWait::yes), thread_waits_for_its_own(tasks, number, buffer));
    return *least != OwnWait::no;
  });
  return least.value_or(OwnWait::no);
}

WaitKind count_reason(std::string_view name, StateCounts& counts) {
  const WaitKind kind = wait_kind(name);
  switch (kind) {
    case WaitKind::poll: ++counts.in_poll; break;
    case WaitKind::lock: ++counts.in_futex; break;
    case WaitKind::stream: ++counts.in_pipe; break;
    case WaitKind::timer: ++counts.in_timer; break;
    case WaitKind::child:
    case WaitKind::other: break;
  }
  return kind;
}

/// What the main thread of a process sleeps in. `wchan` is opened when it is not yet; `hidden`: that may not be known.
WaitKind look_for_reason(int process_dir, Fd& wchan, bool& hidden, std::string& buffer, StateCounts& counts) {
  hidden = false;
  if (!wchan) wchan.reset(::openat(process_dir, "wchan", O_RDONLY | O_CLOEXEC));
  if (wchan && read_again(wchan, buffer) == 0 && buffer != "0" && !buffer.empty()) return count_reason(buffer, counts);
  const int error = read_once(process_dir, "syscall", buffer);
  hidden = error == EACCES || error == EPERM;
  if (error != 0) return WaitKind::other;
  const std::optional<CallLine> call = parse_call(buffer);
  return call ? count_reason(name_of_call(call->number), counts) : WaitKind::other;
}

bool waits_for_network(int process_dir, const std::string& thread, std::string& buffer) {
  const std::string path = "task/" + thread + "/wchan";
  return !thread.empty() && read_once(process_dir, path.c_str(), buffer) == 0 && is_of_network_file_system(buffer);
}

}  // namespace

/// nullptr when there is no such process any more.
StateSampler::Watched* StateSampler::watch(const ProcessId& id) {
  if (const auto known = watched_.find(id); known != watched_.end()) return &known->second;
  Watched watched;
  watched.number = fmt::format("{}", id.pid);
  watched.directory.reset(::openat(root_.proc(), watched.number.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!watched.directory) return nullptr;
  const std::string main = "task/" + watched.number + "/stat";
  watched.stat.reset(::openat(watched.directory.get(), main.c_str(), O_RDONLY | O_CLOEXEC));
  if (!watched.stat) watched.stat.reset(::openat(watched.directory.get(), "stat", O_RDONLY | O_CLOEXEC));
  if (!watched.stat) return nullptr;
  return &watched_.emplace(id, std::move(watched)).first->second;
}

void StateSampler::forget_threads(Watched& watched) {
  if (room_) *room_ += watched.threads.size();
  watched.threads.clear();
}

bool StateSampler::look_again(Thread& thread, Threads& threads) {
  if (thread.slept >= rests_after && ++thread.skipped < rests_for) return true;
  thread.skipped = 0;
  if (read_again(thread.stat, buffer_) != 0) return false;
  const char state = parse_state(buffer_).state;
  thread.slept = state == 'S' ? std::min(thread.slept + 1, rests_after) : 0;
  threads.count(state, thread.number);
  return true;
}

void StateSampler::look_at_threads(Watched& watched, unsigned count, Threads& threads) {
  if (watched.threads.size() == count) {
    Threads known = threads;
    if (std::ranges::all_of(watched.threads, [&](Thread& thread) { return look_again(thread, known); })) {
      threads = std::move(known);
      return;
    }
  }
  // Some came or went: their list is read anew.
  if (!room_) room_ = std::min(most_kept, room_for_descriptors() / 4);
  forget_threads(watched);
  for_threads(watched.directory.get(), [&](int tasks, const std::string& number) {
    if (number == watched.number) return true;
    Fd stat(::openat(tasks, (number + "/stat").c_str(), O_RDONLY | O_CLOEXEC));
    if (!stat || read_again(stat, buffer_) != 0) return true;
    threads.count(parse_state(buffer_).state, number);
    if (*room_ == 0) return true;
    --*room_;
    watched.threads.push_back({.number = number, .stat = std::move(stat)});
    return true;
  });
}

/// For a process whose threads are all asleep. As long as none of them is seen awake in between, the reason of their
/// wait is looked up in every eighth look: it takes three system calls a thread.
OwnWait StateSampler::own_wait(Watched& watched) {
  if (watched.looks_with_own && ++*watched.looks_with_own < rests_for) return watched.own;
  watched.own = locked_up(watched.directory.get(), buffer_);
  watched.looks_with_own = 0;
  return watched.own;
}

/// Children that were started since they were last looked for: a decoder for one file lives for a moment.
void StateSampler::add_new_children(const ProcessId& above, std::map<ProcessId, Found>& busiest) {
  const Watched& watched = watched_.at(above);
  const std::string path = "task/" + watched.number + "/children";
  if (read_once(watched.directory.get(), path.c_str(), buffer_) != 0) return;
  std::string_view rest = buffer_;
  std::uint64_t pid = 0;
  std::vector<std::uint64_t> pids;
  for (skip_blanks(rest); take_number(rest, 10, pid) && pids.size() < most_new_children; skip_blanks(rest))
    pids.push_back(pid);
  for (const std::uint64_t child : pids) {
    const auto known = found_.lower_bound({.pid = static_cast<pid_t>(child), .start_ticks = 0});
    if (known != found_.end() && known->first.pid == static_cast<pid_t>(child)) continue;
    if (read_once(root_.proc(), fmt::format("{}/stat", child).c_str(), buffer_) != 0) continue;
    const char state = parse_state(buffer_).state;
    if (state == 'Z' || state == '?') continue;
    Found& most = busiest.try_emplace(above, Found::asleep).first->second;
    const Found found = state == 'R' ? Found::running : state == 'D' ? Found::disk : Found::asleep;
    most = std::max(most, found);
  }
}

/// For each that slept: the busiest process below it.
void StateSampler::count_below(std::span<const Below> below) {
  std::map<ProcessId, Found> busiest;
  for (const Below& one : below) {
    const auto above = found_.find(one.above);
    const auto process = found_.find(one.process);
    if (above == found_.end() || above->second != Found::asleep || process == found_.end()) continue;
    Found& most = busiest.try_emplace(one.above, Found::asleep).first->second;
    if (process->second != Found::stopped) most = std::max(most, process->second);
  }
  for (const ProcessId& id : may_have_children_) add_new_children(id, busiest);
  for (const auto& [id, found] : busiest) {
    StateCounts& counts = counts_[id];
    ++counts.below;
    if (found == Found::running) ++counts.below_running;
    if (found == Found::disk || found == Found::network) ++counts.below_disk;
    if (found == Found::network) ++counts.below_network;
  }
}

void StateSampler::look(std::span<const ProcessId> processes, std::span<const Below> below) {
  found_.clear();
  may_have_children_.clear();
  for (const ProcessId& id : processes) {
    Watched* const watched = watch(id);
    if (watched == nullptr || read_again(watched->stat, buffer_) != 0) continue;
    const StateAndStart main = parse_state(buffer_);
    if (main.start_ticks != id.start_ticks || main.state == 'Z' || main.state == '?') continue;
    ProcessSample process;
    Threads threads;
    threads.count(main.state, watched->number);
    if (parse_stat(buffer_, process) && process.threads > 1) look_at_threads(*watched, process.threads - 1, threads);
    const int directory = watched->directory.get();
    StateCounts& counts = counts_[id];
    ++counts.looks;
    counts.threads_running += threads.running;
    if (threads.running > 0 || threads.disk > 0) watched->looks_with_own.reset();
    if (threads.running == 1) ++counts.alone;
    if (main.state == 'T' || main.state == 't') {
      ++counts.stopped;
      found_[id] = Found::stopped;
    } else if (threads.running > 0) {
      ++counts.running;
      found_[id] = Found::running;
    } else if (threads.disk > 0) {
      ++counts.disk;
      const bool network = waits_for_network(directory, threads.in_disk, buffer_);
      if (network) ++counts.in_network;
      found_[id] = network ? Found::network : Found::disk;
    } else {
      ++counts.asleep;
      found_[id] = Found::asleep;
      const WaitKind kind = look_for_reason(directory, watched->wchan, watched->hidden, buffer_, counts);
      const bool may_wait_for_child = kind == WaitKind::child || kind == WaitKind::stream || kind == WaitKind::poll;
      if (may_wait_for_child && may_have_children_.size() < most_with_new_children) may_have_children_.push_back(id);
      // A main thread that polls or sleeps for a time could go on by itself: the other threads need not be looked at.
      const bool may_be = kind == WaitKind::lock || kind == WaitKind::stream || kind == WaitKind::child;
      if (!may_be) watched->looks_with_own.reset();
      const OwnWait own = may_be ? own_wait(*watched) : OwnWait::no;
      if (own == OwnWait::yes) ++counts.locked;
      if (own == OwnWait::perhaps) ++counts.perhaps_locked;
    }
  }
  count_below(below);
}

std::size_t StateSampler::hidden() const {
  return static_cast<std::size_t>(
      std::ranges::count_if(watched_, [](const auto& entry) { return entry.second.hidden; }));
}

void StateSampler::forget_ended(const Snapshot& snapshot) {
  const auto ended = [&](const auto& entry) { return snapshot.find(entry.first) == nullptr; };
  std::erase_if(counts_, ended);
  for (auto& entry : watched_) {
    if (ended(entry)) forget_threads(entry.second);
  }
  std::erase_if(watched_, ended);
}

}  // namespace vigie::proc
