#include "sources/proc/state_sampler.hpp"

#include <dirent.h>
#include <fcntl.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <fmt/format.h>

#include "base/fd.hpp"
#include "model/call.hpp"
#include "sources/proc/call.hpp"
#include "sources/proc/read_once.hpp"
#include "sources/proc/stat.hpp"
#include "sources/proc/waiting.hpp"

namespace vigie::proc {
namespace {

struct Threads {
  unsigned running = 0;
  unsigned disk = 0;
  std::string in_disk = {};  ///< number of one of those in D; empty without one
};

void count(char state, const std::string& number, Threads& threads) {
  if (state == 'R') ++threads.running;
  if (state != 'D') return;
  ++threads.disk;
  threads.in_disk = number;
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

Threads look_at_threads(int process_dir, std::string& buffer) {
  Threads threads;
  for_threads(process_dir, [&](int tasks, const std::string& number) {
    if (read_once(tasks, (number + "/stat").c_str(), buffer) == 0) count(parse_state(buffer).state, number, threads);
    return true;
  });
  return threads;
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

WaitKind look_for_reason(int process_dir, std::string& buffer, StateCounts& counts) {
  if (read_once(process_dir, "wchan", buffer) == 0 && buffer != "0" && !buffer.empty())
    return count_reason(buffer, counts);
  if (read_once(process_dir, "syscall", buffer) != 0) return WaitKind::other;
  const std::optional<CallLine> call = parse_call(buffer);
  return call ? count_reason(name_of_call(call->number), counts) : WaitKind::other;
}

bool waits_for_network(int process_dir, const std::string& thread, std::string& buffer) {
  const std::string path = "task/" + thread + "/wchan";
  return !thread.empty() && read_once(process_dir, path.c_str(), buffer) == 0 && is_of_network_file_system(buffer);
}

}  // namespace

void StateSampler::look(std::span<const ProcessId> processes) {
  std::string buffer;
  for (const ProcessId& id : processes) {
    const Fd dir(::openat(root_.proc(), fmt::format("{}", id.pid).c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    if (!dir || read_once(dir.get(), "stat", buffer) != 0) continue;
    const StateAndStart main = parse_state(buffer);
    if (main.start_ticks != id.start_ticks || main.state == 'Z' || main.state == '?') continue;
    ProcessSample process;
    Threads threads;
    if (parse_stat(buffer, process) && process.threads > 1) {
      threads = look_at_threads(dir.get(), buffer);
    } else {
      count(main.state, fmt::format("{}", id.pid), threads);
    }
    StateCounts& counts = counts_[id];
    ++counts.looks;
    counts.threads_running += threads.running;
    if (threads.running == 1) ++counts.alone;
    if (main.state == 'T' || main.state == 't') {
      ++counts.stopped;
    } else if (threads.running > 0) {
      ++counts.running;
    } else if (threads.disk > 0) {
      ++counts.disk;
      if (waits_for_network(dir.get(), threads.in_disk, buffer)) ++counts.in_network;
    } else {
      ++counts.asleep;
      const WaitKind kind = look_for_reason(dir.get(), buffer, counts);
      // A main thread that polls or sleeps for a time could go on by itself: the other threads need not be looked at.
      const bool may_be = kind == WaitKind::lock || kind == WaitKind::stream || kind == WaitKind::child;
      const OwnWait own = may_be ? locked_up(dir.get(), buffer) : OwnWait::no;
      if (own == OwnWait::yes) ++counts.locked;
      if (own == OwnWait::perhaps) ++counts.perhaps_locked;
    }
  }
}

void StateSampler::forget_ended(const Snapshot& snapshot) {
  std::erase_if(counts_, [&](const auto& entry) { return snapshot.find(entry.first) == nullptr; });
}

}  // namespace vigie::proc
