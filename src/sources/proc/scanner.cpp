#include "sources/proc/scanner.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <memory>
#include <utility>

#include <fmt/format.h>

#include "base/clock.hpp"
#include "sources/proc/descriptors.hpp"
#include "sources/proc/process_dir.hpp"
#include "sources/proc/read_once.hpp"
#include "sources/proc/stat.hpp"

namespace vigie::proc {
namespace {

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

/// How long the read of a process may take: of the first one that holds up a scan, and of the next. PSS takes its time.
constexpr std::chrono::milliseconds patience_first{500}, patience_later{100}, patience_for_pss{10'000};
/// After that, the memory of no process is read any more.
constexpr double longest_wait_seconds = 2;

/// What a process may be found by.
struct ProcessName {
  pid_t pid = 0;
  std::string cmdline, comm;
};

/// The command line, and the name when there is none or `by_name`. False when the process is gone.
bool read_name(const Root& root, pid_t pid, bool by_name, ProcessName& name) {
  const ProcessDir dir(root, pid, ProcessDir::Open::no);
  name.pid = pid;
  if (!by_name && dir.read("cmdline", name.cmdline) != 0) return false;
  if (!name.cmdline.empty()) return true;
  if (dir.read("comm", name.comm) != 0) return false;
  if (name.comm.ends_with('\n')) name.comm.pop_back();
  return true;
}

}  // namespace

Scanner::Scanner(const Root& root, Keep keep) : root_(root), keep_(keep == Keep::everything) {
  if (keep_ && root.live()) room_ = room_for_descriptors();
}

/// Pids that held up an earlier scan and still do: the thread that was left behind with them has not come back.
std::vector<pid_t> Scanner::still_stuck() {
  std::erase_if(stuck_, [](const Stuck& one) { return one.thread.expired(); });
  std::vector<pid_t> pids;
  for (const Stuck& one : stuck_) pids.push_back(one.pid);
  std::ranges::sort(pids);
  return pids;
}

template <class Row>
void Scanner::walk(std::span<const pid_t> pids, bool may_hang, std::chrono::milliseconds patience,
                   const MakeVisit<Row>& make, std::vector<Row>& rows) {
  if (!may_hang || !root_.live() || pids.empty()) {
    const auto visit = make({}, false);
    rows.reserve(rows.size() + pids.size());
    for (const pid_t pid : pids) {
      if (!visit(pid, rows.emplace_back())) rows.pop_back();
    }
    return;
  }
  const Instant begin = now();
  while (!pids.empty()) {
    const bool hurry = seconds_between(begin, now()) > longest_wait_seconds;
    const auto stuck = PatientWalk<Row>(patience).walk(pids, make(still_stuck(), hurry), rows);
    patience = patience_later;
    if (!stuck) return;
    stuck_.push_back({.pid = pids[stuck->index], .thread = stuck->thread});
    pids = pids.subspan(stuck->index);
  }
}

Result<SourceStatus> Scanner::scan(const ScanRequest& request, std::vector<ProcessSample>& processes) {
  std::vector<pid_t> pids;
  if (request.only) {
    pids.assign(request.only->begin(), request.only->end());
  } else {
    ASSIGN_OR_RETURN(pids, list_pids(root_));
  }
  ProcessReader::Setup setup{.root = root_, .fields = request.fields, .runs = request.runs};
  setup.marked_since = request.marked_since;
  setup.begin = now();
  setup.io_wait = request.fields.has(Field::io_wait) && counts_io_wait(root_, buffer_);
  setup.provider = provider_ != nullptr && provider_->look(pids.size()) ? provider_ : nullptr;
  setup.keep = keep_;
  setup.room = room_;
  setup.expected = pids.size();
  if (request.again) setup.again.emplace(request.again->begin(), request.again->end());

  std::shared_ptr<ProcessReader> reader;
  const MakeVisit<ProcessSample> make = [&](std::vector<pid_t> stuck, bool hurry) {
    ProcessReader::Setup again = setup;
    again.stuck = std::move(stuck);
    again.hurry = hurry;
    reader = std::make_shared<ProcessReader>(std::move(again), std::move(known_));
    known_.clear();
    return [reader](pid_t pid, ProcessSample& process) { return reader->read(pid, process); };
  };
  const std::size_t first = processes.size();
  const bool of_its_memory = request.runs || !(request.fields & of_memory()).empty();
  walk<ProcessSample>(pids, of_its_memory, request.fields.has(Field::pss) ? patience_for_pss : patience_first, make,
                      processes);
  if (const int error = reader->shortage()) return fail_errno("cannot read processes", error);
  known_ = reader->take_known();
  return status_of(std::span(processes).subspan(first), seconds_between(setup.begin, now()), reader->pss_left_out());
}

/// How the scan fared: the most important fact first.
SourceStatus Scanner::status_of(std::span<const ProcessSample> processes, double seconds,
                                std::size_t pss_left_out) const {
  SourceStatus status{.name = "proc", .state = SourceState::ok, .reason = {}, .duration_seconds = seconds};
  const bool denied = std::ranges::any_of(processes, [](const ProcessSample& process) {
    return process.io.presence() == Presence::denied || process.exe.presence() == Presence::denied;
  });
  if (!stuck_.empty()) {
    status.state = SourceState::late;
    status.reason =
        fmt::format("process {}{} does not let its memory be read: its command line is left out", stuck_.front().pid,
                    stuck_.size() > 1 ? fmt::format(" and {} more", stuck_.size() - 1) : "");
  } else if (denied) {
    status.state = SourceState::partial;
    status.reason = "details of some processes are denied: root (CAP_SYS_PTRACE) sees them";
  } else if (pss_left_out > 0) {
    status.state = SourceState::late;
    status.reason = "reading the PSS of all processes takes too long: name fewer";
  }
  return status;
}

Result<std::vector<pid_t>> Scanner::find(bool by_name, const std::function<bool(const ProcessSample&)>& chosen) {
  Result<std::vector<pid_t>> pids = list_pids(root_);
  if (!pids) return pids;
  const MakeVisit<ProcessName> make = [&](std::vector<pid_t> stuck, bool hurry) {
    return [root = root_, stuck = std::move(stuck), by_name = by_name || hurry](pid_t pid, ProcessName& name) {
      return read_name(root, pid, by_name || std::ranges::binary_search(stuck, pid), name);
    };
  };
  std::vector<ProcessName> names;
  walk<ProcessName>(*pids, !by_name, patience_first, make, names);
  std::vector<pid_t> found;
  ProcessSample process;
  for (ProcessName& name : names) {
    process.id.pid = name.pid;
    process.comm = std::move(name.comm);
    process.cmdline = std::move(name.cmdline);
    if (chosen(process)) found.push_back(name.pid);
  }
  return found;
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
      std::ranges::count_if(known_, [](const KnownProcess& one) { return static_cast<bool>(one.stat); }));
}

}  // namespace vigie::proc
