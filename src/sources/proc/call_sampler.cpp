#include "sources/proc/call_sampler.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <memory>
#include <optional>
#include <string>

#include <fmt/format.h>

#include "base/fd.hpp"
#include "model/snapshot.hpp"
#include "sources/proc/call.hpp"
#include "sources/proc/read_once.hpp"
#include "sources/proc/stat.hpp"

namespace vigie::proc {
namespace {

std::string file_of(int process_dir, std::uint64_t descriptor) {
  if (descriptor > INT_MAX) return {};  // AT_FDCWD and other negative ones
  std::array<char, PATH_MAX> target;
  const ssize_t length =
      ::readlinkat(process_dir, fmt::format("fd/{}", descriptor).c_str(), target.data(), target.size());
  return length > 0 ? std::string(target.data(), static_cast<std::size_t>(length)) : std::string();
}

/// The kernel function a thread sleeps in. The kernel says "0" to a reader that may not know (fs/proc/base.c).
Reading<std::string> function_of(int task_dir, const std::string& thread, std::string& buffer, Presence otherwise) {
  if (read_once(task_dir, (thread + "/wchan").c_str(), buffer) != 0 || buffer.empty() || buffer == "0")
    return otherwise;
  return buffer;
}

/// The descriptor that a call is about, where there is one alone: select(2) on those below 1 waits for standard input.
std::string file_of_call(int process_dir, std::string_view name, const CallLine& line) {
  const CallUse* const use = use_of_call(name);
  if (use != nullptr && use->descriptor >= 0)
    return file_of(process_dir, line.arguments[static_cast<std::size_t>(use->descriptor)]);
  const bool selects = name == "select" || name == "pselect6";
  return selects && line.arguments[0] == 1 ? file_of(process_dir, 0) : std::string();
}

void find_call(int process_dir, int task_dir, const std::string& thread, std::string& buffer, CallKey& key) {
  if (key.state == ThreadState::running) {
    key.call = std::string();
    return;
  }
  const int error = read_once(task_dir, (thread + "/syscall").c_str(), buffer);
  const std::optional<CallLine> line = error == 0 ? parse_call(buffer) : std::nullopt;
  if (!line) {
    key.call = function_of(task_dir, thread, buffer, error == 0 ? Presence::unknown : presence_of_errno(error));
    return;
  }
  if (line->running) {  // it woke between the two reads
    key.state = ThreadState::running;
    key.call = std::string();
    return;
  }
  const std::string_view name = name_of_call(line->number);
  if (line->number < 0) {
    key.call = function_of(task_dir, thread, buffer, Presence::unknown);
  } else if (name.empty()) {
    key.call = fmt::format("call {}", line->number);
  } else {
    key.call = std::string(name);
    key.file = file_of_call(process_dir, name, *line);
  }
}

void add(CallCounts& counts, CallKey key) {
  const auto found = std::ranges::find(counts.counts, key, &CallCount::key);
  if (found != counts.counts.end()) {
    ++found->samples;
  } else {
    counts.counts.push_back({std::move(key), 1});
  }
}

/// Nothing of a thread that ended.
std::optional<CallKey> look_at_thread(int process_dir, int task_dir, const std::string& thread, std::string& buffer) {
  ProcessSample task;
  if (read_once(task_dir, (thread + "/stat").c_str(), buffer) != 0 || !parse_stat(buffer, task)) return std::nullopt;
  if (task.state == 'Z' || task.state == 'X') return std::nullopt;
  CallKey key{.comm = std::move(task.comm), .state = thread_state(task.state), .call = {}, .file = {}};
  find_call(process_dir, task_dir, thread, buffer, key);
  return key;
}

/// Empty when there is no such process now, or a zombie.
Fd open_living(const Root& root, const ProcessId& id, std::string& buffer) {
  Fd dir(::openat(root.proc(), fmt::format("{}", id.pid).c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!dir || read_once(dir.get(), "stat", buffer) != 0) return {};
  const StateAndStart main = parse_state(buffer);
  return main.start_ticks == id.start_ticks && main.state != 'Z' ? std::move(dir) : Fd();
}

void look_at_threads(int process_dir, std::string& buffer, CallCounts& counts) {
  const int fd = ::openat(process_dir, "task", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return;
  const std::unique_ptr<DIR, int (*)(DIR*)> dir(::fdopendir(fd), ::closedir);
  while (const dirent* entry = dir == nullptr ? nullptr : ::readdir(dir.get())) {
    if (entry->d_name[0] == '.') continue;
    std::optional<CallKey> key = look_at_thread(process_dir, ::dirfd(dir.get()), entry->d_name, buffer);
    if (!key) continue;
    // It is stopped, wherever it was.
    if (key->state == ThreadState::stopped) key->call = key->file = std::string();
    add(counts, std::move(*key));
  }
}

}  // namespace

void CallSampler::look(std::span<const ProcessId> processes) {
  std::string buffer;
  for (const ProcessId& id : processes) {
    const Fd dir = open_living(root_, id, buffer);
    if (!dir) continue;
    CallCounts& counts = counts_[id];
    ++counts.looks;
    look_at_threads(dir.get(), buffer, counts);
  }
}

std::optional<CallKey> look_at_main_thread(const Root& root, const ProcessId& process) {
  std::string buffer;
  const Fd dir = open_living(root, process, buffer);
  return dir ? look_at_thread(dir.get(), dir.get(), fmt::format("task/{}", process.pid), buffer) : std::nullopt;
}

Reading<Doing> read_doing(int process_dir, pid_t pid) {
  constexpr std::size_t most_threads = 16;
  std::string buffer;
  if (const int error = read_once(process_dir, "stat", buffer); error != 0)
    return error == ESRCH ? Presence::unknown : presence_of_errno(error);
  const StatInDepth stat = parse_stat_in_depth(buffer);
  Doing doing{.foreground_group = stat.foreground_group, .children_ticks = stat.children_ticks, .threads = {}};
  const std::string main = fmt::format("{}", pid);
  const int fd = ::openat(process_dir, "task", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  const std::unique_ptr<DIR, int (*)(DIR*)> dir(fd < 0 ? nullptr : ::fdopendir(fd), ::closedir);
  if (dir == nullptr) return doing;
  const auto look = [&](const std::string& thread) {
    std::optional<CallKey> key = look_at_thread(process_dir, ::dirfd(dir.get()), thread, buffer);
    if (key) doing.threads.push_back(std::move(*key));
  };
  look(main);
  while (const dirent* entry = ::readdir(dir.get())) {
    if (doing.threads.size() >= most_threads) break;
    if (entry->d_name[0] != '.' && main != entry->d_name) look(entry->d_name);
  }
  return doing;
}

void CallSampler::forget_ended(const Snapshot& snapshot) {
  std::erase_if(counts_, [&](const auto& entry) { return snapshot.find(entry.first) == nullptr; });
}

std::string what_main_thread_does(const ProcessId& process) {
  const Result<Root> root = Root::open();
  const std::optional<CallKey> found = root ? look_at_main_thread(*root, process) : std::nullopt;
  return found ? describe(*found) : std::string();
}

}  // namespace vigie::proc
