#include "sources/proc/state_sampler.hpp"

#include <dirent.h>
#include <fcntl.h>

#include <charconv>
#include <memory>
#include <string>
#include <string_view>

#include <fmt/format.h>

#include "base/fd.hpp"
#include "sources/proc/read_once.hpp"
#include "sources/proc/stat.hpp"

namespace vigie::proc {
namespace {

struct Threads {
  unsigned running = 0;
  unsigned disk = 0;
};

void count(char state, Threads& threads) {
  if (state == 'R') ++threads.running;
  if (state == 'D') ++threads.disk;
}

Threads look_at_threads(int process_dir, std::string& buffer) {
  Threads threads;
  const int fd = ::openat(process_dir, "task", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  const std::unique_ptr<DIR, int (*)(DIR*)> dir(fd < 0 ? nullptr : ::fdopendir(fd), ::closedir);
  while (const dirent* entry = dir == nullptr ? nullptr : ::readdir(dir.get())) {
    if (entry->d_name[0] == '.') continue;
    const std::string path = std::string(entry->d_name) + "/stat";
    if (read_once(::dirfd(dir.get()), path.c_str(), buffer) == 0) count(parse_state(buffer).state, threads);
  }
  return threads;
}

bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

/// The names of the functions that the kernel's sleeps show as (fs/select.c, fs/eventpoll.c, kernel/futex, fs/pipe.c,
/// net, kernel/time/hrtimer.c); they differ in prefixes between versions.
void count_reason(std::string_view wchan, StateCounts& counts) {
  if (contains(wchan, "poll") || contains(wchan, "select")) {
    ++counts.in_poll;
  } else if (contains(wchan, "futex")) {
    ++counts.in_futex;
  } else if (contains(wchan, "pipe") || contains(wchan, "unix_stream") || contains(wchan, "sk_wait") ||
             contains(wchan, "skb_wait") || contains(wchan, "skb_recv")) {
    ++counts.in_pipe;
  } else if (contains(wchan, "nanosleep")) {
    ++counts.in_timer;
  }
}

/// System call numbers of x86-64 (arch/x86/entry/syscalls/syscall_64.tbl), for kernels that hide wchan.
std::string_view name_of_call(long number) {
#if defined(__x86_64__)
  switch (number) {
    case 7:
    case 23:
    case 232:
    case 270:
    case 271:
    case 281: return "poll";
    case 202: return "futex";
    case 0:
    case 1: return "pipe";
    case 35:
    case 230: return "nanosleep";
    default: break;
  }
#else
  (void)number;
#endif
  return {};
}

void look_for_reason(int process_dir, std::string& buffer, StateCounts& counts) {
  if (read_once(process_dir, "wchan", buffer) == 0 && buffer != "0" && !buffer.empty()) {
    count_reason(buffer, counts);
    return;
  }
  long number = -1;
  if (read_once(process_dir, "syscall", buffer) != 0) return;
  std::from_chars(buffer.data(), buffer.data() + buffer.size(), number);
  count_reason(name_of_call(number), counts);
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
      count(main.state, threads);
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
    } else {
      ++counts.asleep;
      look_for_reason(dir.get(), buffer, counts);
    }
  }
}

void StateSampler::forget_ended(const Snapshot& snapshot) {
  std::erase_if(counts_, [&](const auto& entry) { return snapshot.find(entry.first) == nullptr; });
}

}  // namespace vigie::proc
