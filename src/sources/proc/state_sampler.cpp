#include "sources/proc/state_sampler.hpp"

#include <dirent.h>
#include <fcntl.h>

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

void count_reason(std::string_view name, StateCounts& counts) {
  switch (wait_kind(name)) {
    case WaitKind::poll: ++counts.in_poll; break;
    case WaitKind::lock: ++counts.in_futex; break;
    case WaitKind::stream: ++counts.in_pipe; break;
    case WaitKind::timer: ++counts.in_timer; break;
    case WaitKind::child:
    case WaitKind::other: break;
  }
}

void look_for_reason(int process_dir, std::string& buffer, StateCounts& counts) {
  if (read_once(process_dir, "wchan", buffer) == 0 && buffer != "0" && !buffer.empty()) {
    count_reason(buffer, counts);
    return;
  }
  if (read_once(process_dir, "syscall", buffer) != 0) return;
  if (const std::optional<CallLine> call = parse_call(buffer)) count_reason(name_of_call(call->number), counts);
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
