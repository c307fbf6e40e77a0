#include "sources/proc/scanner.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <memory>

#include "base/clock.hpp"
#include "base/file.hpp"
#include "sources/proc/fields.hpp"
#include "sources/proc/process_dir.hpp"
#include "sources/proc/read_once.hpp"
#include "sources/proc/stat.hpp"

namespace vigie::proc {
namespace {

/// smaps_rollup walks the page tables of its process under a lock that the process needs, too: milliseconds for each
/// gigabyte. A scan spends no more than this on it, all processes together.
constexpr double pss_budget_seconds = 0.5;

/// Descriptors left to the rest of the program.
constexpr rlim_t spare_descriptors = 256;

/// A process that just started may execute another program within one tick of looking the same.
constexpr std::int64_t young_ns = 2 * nanoseconds_per_second;

/// Raises the soft limit of open files to the hard one. Returns how many may be kept.
std::size_t room_for_descriptors() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return 0;
  if (limit.rlim_cur < limit.rlim_max) {
    limit.rlim_cur = limit.rlim_max;
    if (::setrlimit(RLIMIT_NOFILE, &limit) != 0) ::getrlimit(RLIMIT_NOFILE, &limit);
  }
  return limit.rlim_cur > spare_descriptors ? static_cast<std::size_t>(limit.rlim_cur - spare_descriptors) : 0;
}

/// Calls `each` with every entry of the directory that is a number, in the directory's order.
template <class Each>
bool for_each_number(int dir_fd, const char* path, Each each) {
  const int fd = ::openat(dir_fd, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  const std::unique_ptr<DIR, int (*)(DIR*)> dir(fd < 0 ? nullptr : ::fdopendir(fd), ::closedir);
  if (dir == nullptr) return false;
  while (const dirent* entry = ::readdir(dir.get())) {
    const char* end = entry->d_name + std::strlen(entry->d_name);
    pid_t number = 0;
    const auto [stop, error] = std::from_chars(entry->d_name, end, number);
    if (error == std::errc{} && stop == end && number > 0) each(::dirfd(dir.get()), number);
  }
  return true;
}

Result<std::vector<pid_t>> list_pids(const Root& root) {
  std::vector<pid_t> pids;
  if (!for_each_number(root.proc(), ".", [&](int, pid_t pid) { pids.push_back(pid); }))
    return fail_errno("cannot list /proc", errno);
  std::ranges::sort(pids);
  return pids;
}

/// Whether the kernel counts the time that processes wait for block devices: kernel.task_delayacct
/// (Documentation/accounting/delay-accounting.rst); before Linux 5.14 it always did.
bool counts_io_wait(const Root& root, std::string& buffer) {
  return read_once(root.proc(), "sys/kernel/task_delayacct", buffer) != 0 || buffer.starts_with('1');
}

void copy_facts(const ProcessSample& from, Fields fields, ProcessSample& to) {
  if (fields.has(Field::cmdline)) to.cmdline = from.cmdline;
  if (fields.has(Field::exe)) to.exe = from.exe;
  if (fields.has(Field::cwd)) to.cwd = from.cwd;
  if (fields.has(Field::cgroup)) to.cgroup = from.cgroup;
  if (fields.has(Field::variables)) to.variables = from.variables;
  if (fields.has(Field::frameworks)) to.frameworks = from.frameworks;
}

/// What recognising runs needs of the process, of which stat is known.
Fields fields_of_runs(const ScanRequest& request, const ProcessSample& process) {
  Fields fields;
  if (may_be_training(process)) fields = fields_for_runs();
  if (process.id.start_ticks >= request.marked_since) fields = fields | Field::variables;
  return fields;
}

/// The effective user: the owner of the process's directory on the live host. Its files belong to root when it must not
/// be dumped (proc(5)); those of a saved host belong to whoever saved it.
Reading<uid_t> owner_of(const Root& root, const ProcessDir& dir, std::string& buffer) {
  if (!root.live()) return dir.read("status", buffer) == 0 ? parse_effective_uid(buffer) : Presence::unknown;
  return dir.owner();
}

}  // namespace

/// What one scan needs to know all along.
struct Scanner::Pass {
  ScanRequest request;
  Instant begin;
  bool io_wait = false;
  double pss_seconds = 0;
  std::size_t pss_left_out = 0;
  std::size_t kept = 0;
  bool provided = false;  ///< by the scanner's provider
};

Scanner::Scanner(const Root& root, Keep keep) : root_(root), keep_(keep == Keep::everything) {
  if (keep_ && root.live()) room_ = room_for_descriptors();
}

bool Scanner::read_stat(pid_t pid, Known* known, Fd& stat, ProcessSample& process) {
  if (known != nullptr && known->stat) {
    char line[4096];
    const ssize_t got = ::pread(known->stat.get(), line, sizeof line, 0);
    // ESRCH: it has ended. Another process may have its pid by now.
    if (got > 0 && parse_stat(std::string_view(line, static_cast<std::size_t>(got)), process)) {
      stat = std::move(known->stat);
      return true;
    }
  }
  const ProcessDir dir(root_, pid, ProcessDir::Open::no);
  stat = dir.open("stat");
  if (!stat) return false;
  return read_once_fd(stat.get(), buffer_) == 0 && parse_stat(buffer_, process);
}

bool Scanner::scan_one(pid_t pid, Pass& pass, Known* known, ProcessSample& process) {
  Fd stat;
  Fields fields = pass.request.fields;
  const bool provided = pass.provided && provider_->fill(pid, fields, process);
  if (!provided && !read_stat(pid, known, stat, process)) return false;
  process.id.pid = pid;
  if (pass.request.runs) fields = fields | fields_of_runs(pass.request, process);
  // exec gives a process another name or, as good as always, another size. Neither may tell in the first moments.
  const bool same = known != nullptr && known->facts.id == process.id && known->facts.comm == process.comm &&
                    known->facts.virtual_bytes == process.virtual_bytes &&
                    pass.begin.boot_ns - start_boot_ns(process.id) > young_ns;
  const Fields facts = static_fields() & fields;
  const bool reuse = same && (facts.without(known->read)).empty();
  if (reuse) {
    copy_facts(known->facts, facts, process);
    if (!provided) process.uid = known->facts.uid;
    fields = fields.without(facts);
  }
  const double pss_left = pss_budget_seconds - pass.pss_seconds;
  if (fields.has(Field::pss) && pss_left <= 0) {
    fields = fields.without(Field::pss);
    process.pss_bytes = Presence::unknown;
    ++pass.pss_left_out;
  }
  if (!pass.io_wait) process.io_wait_ticks = fields.has(Field::io_wait) ? Presence::unsupported : Presence::not_read;
  const Fields files = fields.without(Fields(Field::io_priority) | Field::io_wait);
  const bool many = !process.kernel_thread && files.size() > 2;
  const ProcessDir dir(root_, pid, many ? ProcessDir::Open::yes : ProcessDir::Open::no);
  if (!dir.good()) return false;
  if (!reuse && !provided) process.uid = owner_of(root_, dir, buffer_);
  const Instant before = fields.has(Field::pss) ? now() : Instant{};
  read_fields(dir, fields, buffer_, process);
  if (!root_.live() && fields.has(Field::io_priority)) process.io_priority = Presence::unsupported;
  if (fields.has(Field::pss)) pass.pss_seconds += seconds_between(before, now());
  if (keep_) {
    if (stat && pass.kept < room_) {
      ++pass.kept;
    } else {
      stat.reset();
    }
    Known& next = next_.emplace_back();
    next.facts.id = process.id;
    next.facts.comm = process.comm;
    next.facts.virtual_bytes = process.virtual_bytes;
    next.facts.uid = process.uid;
    copy_facts(process, facts, next.facts);
    next.read = facts;
    next.stat = std::move(stat);
  }
  return true;
}

Result<SourceStatus> Scanner::scan(const ScanRequest& request, std::vector<ProcessSample>& processes) {
  Pass pass;
  pass.request = request;
  pass.begin = now();
  pass.io_wait = request.fields.has(Field::io_wait) && counts_io_wait(root_, buffer_);
  std::vector<pid_t> pids;
  if (request.only) {
    pids.assign(request.only->begin(), request.only->end());
  } else {
    Result<std::vector<pid_t>> all = list_pids(root_);
    if (!all) return vigie::pass(std::move(all));
    pids = std::move(*all);
  }
  pass.provided = provider_ != nullptr && provider_->look(pids.size());
  processes.reserve(processes.size() + pids.size());
  next_.clear();
  bool denied = false;
  auto known = known_.begin();
  for (const pid_t pid : pids) {
    while (known != known_.end() && known->facts.id.pid < pid) ++known;
    Known* const same = known != known_.end() && known->facts.id.pid == pid ? &*known : nullptr;
    ProcessSample& process = processes.emplace_back();
    if (!scan_one(pid, pass, same, process)) {
      processes.pop_back();
      continue;
    }
    denied = denied || process.io.presence() == Presence::denied || process.exe.presence() == Presence::denied;
  }
  known_.swap(next_);
  next_.clear();
  SourceStatus status{
      .name = "proc", .state = SourceState::ok, .reason = {}, .duration_seconds = seconds_between(pass.begin, now())};
  if (denied) {
    status.state = SourceState::partial;
    status.reason = "details of some processes are denied: root (CAP_SYS_PTRACE) sees them";
  } else if (pass.pss_left_out > 0) {
    status.state = SourceState::late;
    status.reason = "reading the PSS of all processes takes too long: name fewer";
  }
  return status;
}

Result<std::vector<pid_t>> Scanner::find(bool by_name, const std::function<bool(const ProcessSample&)>& chosen) {
  Result<std::vector<pid_t>> pids = list_pids(root_);
  if (!pids) return pids;
  ProcessSample process;
  std::erase_if(*pids, [&](pid_t pid) {
    const ProcessDir dir(root_, pid, ProcessDir::Open::no);
    process.id.pid = pid;
    process.cmdline = std::string();
    if (!by_name) {
      if (dir.read("cmdline", buffer_) != 0) return true;
      process.cmdline = buffer_;
    }
    process.comm.clear();
    if (process.cmdline->empty()) {
      if (dir.read("comm", buffer_) != 0) return true;
      if (buffer_.ends_with('\n')) buffer_.pop_back();
      process.comm = buffer_;
    }
    return !chosen(process);
  });
  return pids;
}

void Scanner::scan_threads(std::span<const ProcessSample> processes, std::vector<ThreadSample>& threads) {
  ProcessSample stat;
  for (std::size_t index = 0; index < processes.size(); ++index) {
    const std::size_t first = threads.size();
    const ProcessDir dir(root_, processes[index].id.pid, ProcessDir::Open::yes);
    const Fd tasks = dir.good() ? dir.open("task", O_DIRECTORY) : Fd();
    if (!tasks) continue;
    for_each_number(tasks.get(), ".", [&](int task_dir, pid_t tid) {
      char path[32];
      char* const end = std::to_chars(path, path + 16, tid).ptr;
      std::memcpy(end, "/stat", 6);
      if (read_once(task_dir, path, buffer_) != 0 || !parse_stat(buffer_, stat)) return;
      ThreadSample& thread = threads.emplace_back();
      thread.id = {.pid = tid, .start_ticks = stat.id.start_ticks};
      thread.process = static_cast<std::uint32_t>(index);
      thread.state = stat.state;
      stat.comm.copy(thread.comm, sizeof thread.comm - 1);
      thread.nice = static_cast<std::int8_t>(stat.nice);
      thread.priority = static_cast<std::int16_t>(stat.priority);
      thread.processor = static_cast<std::int16_t>(stat.processor);
      thread.cpu_ticks = stat.user_ticks + stat.system_ticks;
    });
    std::ranges::sort(threads.begin() + static_cast<std::ptrdiff_t>(first), threads.end(), {},
                      [](const ThreadSample& thread) { return thread.id.pid; });
  }
}

Result<SourceStatus> scan(const Root& root, Fields fields, std::vector<ProcessSample>& processes) {
  return Scanner(root).scan({.fields = fields}, processes);
}

std::size_t Scanner::kept_descriptors() const {
  return static_cast<std::size_t>(
      std::ranges::count_if(known_, [](const Known& one) { return static_cast<bool>(one.stat); }));
}

}  // namespace vigie::proc
