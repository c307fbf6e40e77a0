#include "control/priority.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstdlib>
#include <cstring>
#include <map>
#include <memory>
#include <set>

#include <fmt/format.h>

#include "base/fd.hpp"
#include "base/file.hpp"
#include "base/text.hpp"
#include "control/process.hpp"

namespace vigie::control {
namespace {

constexpr int most_sweeps = 50;
constexpr int ioprio_who_process = 1;

struct Named {
  std::string_view name;
  IoClass value;
};
constexpr std::array io_classes = {
    Named{"none", IoClass::none},      Named{"0", IoClass::none},        Named{"realtime", IoClass::realtime},
    Named{"rt", IoClass::realtime},    Named{"1", IoClass::realtime},    Named{"best-effort", IoClass::best_effort},
    Named{"be", IoClass::best_effort}, Named{"2", IoClass::best_effort}, Named{"idle", IoClass::idle},
    Named{"3", IoClass::idle},
};

/// One number at the beginning of `text`, which loses it.
std::optional<unsigned> take_number(std::string_view& text) {
  unsigned number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{}) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return number;
}

/// "3" or "3-5"; empty when it is neither.
std::optional<std::pair<unsigned, unsigned>> take_range(std::string_view text) {
  const std::optional<unsigned> first = take_number(text);
  if (!first) return std::nullopt;
  if (text.empty()) return std::pair(*first, *first);
  if (text.front() != '-') return std::nullopt;
  text.remove_prefix(1);
  const std::optional<unsigned> last = take_number(text);
  if (!last || !text.empty() || *last < *first) return std::nullopt;
  return std::pair(*first, *last);
}

std::vector<pid_t> threads_of(pid_t pid) {
  std::vector<pid_t> threads;
  const std::unique_ptr<DIR, int (*)(DIR*)> dir(::opendir(fmt::format("/proc/{}/task", pid).c_str()), ::closedir);
  if (dir == nullptr) return threads;
  while (const dirent* entry = ::readdir(dir.get())) {
    if (entry->d_name[0] != '.') threads.push_back(static_cast<pid_t>(std::atoi(entry->d_name)));
  }
  return threads;
}

/// What became of the threads of one process.
struct Threads {
  std::set<pid_t> done;
  int error = 0;
};

}  // namespace

Result<int> parse_io_priority(std::string_view text) {
  const std::size_t colon = text.find(':');
  const std::string_view name = text.substr(0, colon);
  const auto* const found = std::ranges::find(io_classes, name, &Named::name);
  std::string_view level_text = colon == std::string_view::npos ? std::string_view{} : text.substr(colon + 1);
  const bool levels = found != io_classes.end() && found->value != IoClass::none && found->value != IoClass::idle;
  const std::optional<unsigned> level =
      level_text.empty() && colon == std::string_view::npos ? std::optional(levels ? 4U : 0U) : take_number(level_text);
  if (found == io_classes.end() || !level || !level_text.empty() || *level > 7 || (!levels && *level != 0)) {
    return fail(
        fmt::format("\"{}\" is no I/O priority: write idle, best-effort:4, realtime:0 or none, with a level from 0 "
                    "(first) to 7 (last)",
                    safe_text(text)),
        ErrorKind::usage);
  }
  return static_cast<int>(found->value) << 13 | static_cast<int>(*level);
}

std::string io_priority_text(int value) {
  const int level = value & 7;
  switch (static_cast<IoClass>(value >> 13)) {
    case IoClass::none: return "none";
    case IoClass::realtime: return fmt::format("realtime:{}", level);
    case IoClass::best_effort: return fmt::format("best-effort:{}", level);
    case IoClass::idle: return "idle";
  }
  return fmt::format("{}:{}", value >> 13, level);
}

Result<cpu_set_t> parse_cpus(std::string_view list) {
  cpu_set_t cpus;
  CPU_ZERO(&cpus);
  const long configured = ::sysconf(_SC_NPROCESSORS_CONF);
  for (std::string_view rest = list;;) {
    const std::size_t comma = rest.find(',');
    const auto range = take_range(rest.substr(0, comma));
    if (!range) {
      return fail(fmt::format("\"{}\" is no list of CPUs: write for example 0-3,8", safe_text(list)), ErrorKind::usage);
    }
    if (static_cast<long>(range->second) >= configured || range->second >= CPU_SETSIZE) {
      return fail(fmt::format("there is no CPU {} here: they are 0 to {}", range->second, configured - 1),
                  ErrorKind::usage);
    }
    for (unsigned cpu = range->first; cpu <= range->second; ++cpu) CPU_SET(cpu, &cpus);
    if (comma == std::string_view::npos) return cpus;
    rest.remove_prefix(comma + 1);
  }
}

SetThread set_nice(int nice) {
  return [nice](pid_t tid) { return ::setpriority(PRIO_PROCESS, static_cast<id_t>(tid), nice) == 0 ? 0 : errno; };
}

int set_session_nice(pid_t pid, int nice) {
  const Fd file(::open(fmt::format("/proc/{}/autogroup", pid).c_str(), O_WRONLY | O_CLOEXEC));
  if (!file) return errno == ENOENT ? 0 : errno;
  const std::string text = std::to_string(nice);
  int error = 0;
  // The kernel accepts one change in a tenth of a second from all ordinary users together.
  for (int tries = 0; tries < 10; ++tries) {
    error = write_all(file.get(), text);
    if (error != EAGAIN) break;
    ::poll(nullptr, 0, 30);
  }
  return error == EINVAL ? 0 : error;  // autogroups are off
}

SetThread set_io_priority(int value) {
  return [value](pid_t tid) { return ::syscall(SYS_ioprio_set, ioprio_who_process, tid, value) == 0 ? 0 : errno; };
}

SetThread set_cpus(const cpu_set_t& cpus) {
  return [cpus](pid_t tid) { return ::sched_setaffinity(tid, sizeof cpus, &cpus) == 0 ? 0 : errno; };
}

std::vector<Outcome> set_each_thread(const Lister& list, const SetThread& set) {
  std::map<ProcessId, Threads> processes;
  for (int sweep = 0; sweep < most_sweeps; ++sweep) {
    bool fresh = false;
    for (const ProcessId& id : list().processes) {
      Threads& threads = processes[id];
      // Held while its threads are set: as long as the pidfd's process lives the numbers below /proc/PID/task are its.
      const Result<Fd> pidfd = open_process(id);
      if (!pidfd) continue;
      for (const pid_t tid : threads_of(id.pid)) {
        if (!threads.done.insert(tid).second) continue;
        fresh = true;
        const int error = set(tid);
        if (error == ESRCH) threads.done.erase(tid);
        if (error != 0 && error != ESRCH && threads.error == 0) threads.error = error;
      }
    }
    if (!fresh) break;
  }
  std::vector<Outcome> outcomes;
  for (const auto& [id, threads] : processes) {
    const std::size_t count = threads.done.size();
    if (threads.error != 0) {
      outcomes.push_back({id, ::strerror(threads.error), true, threads.error == EPERM || threads.error == EACCES});
    } else {
      outcomes.push_back({id, count == 0 ? "gone" : fmt::format("{} thread{}", count, count == 1 ? "" : "s")});
    }
  }
  return outcomes;
}

int apply_to_self(const RunStart& start) {
  int error = 0;
  const auto keep = [&](int one) { error = error != 0 ? error : one; };
  if (start.nice) keep(set_nice(*start.nice)(0));
  // The session is the run's own. Where it cannot be set (a read-only /proc), the value counts within the run.
  if (start.nice) (void)set_session_nice(::getpid(), *start.nice);
  if (start.io_priority) keep(set_io_priority(*start.io_priority)(0));
  if (!start.cpus.empty()) {
    const Result<cpu_set_t> cpus = parse_cpus(start.cpus);
    keep(cpus ? set_cpus(*cpus)(0) : EINVAL);
  }
  return error;
}

}  // namespace vigie::control
