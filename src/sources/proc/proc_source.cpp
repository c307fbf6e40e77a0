#include "sources/proc/proc_source.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <memory>

#include <fmt/format.h>

#include "base/clock.hpp"
#include "sources/proc/fields.hpp"
#include "sources/proc/read_once.hpp"
#include "sources/proc/stat.hpp"

namespace vigie::proc {
namespace {

Result<std::vector<pid_t>> list_pids(const Root& root) {
  const int fd = ::openat(root.proc(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  const std::unique_ptr<DIR, int (*)(DIR*)> dir(fd < 0 ? nullptr : ::fdopendir(fd), ::closedir);
  if (dir == nullptr) return fail_errno("cannot list /proc", errno);
  std::vector<pid_t> pids;
  while (const dirent* entry = ::readdir(dir.get())) {
    const char* end = entry->d_name + std::char_traits<char>::length(entry->d_name);
    pid_t pid = 0;
    const auto [stop, error] = std::from_chars(entry->d_name, end, pid);
    if (error == std::errc{} && stop == end && pid > 0) pids.push_back(pid);
  }
  std::ranges::sort(pids);
  return pids;
}

/// False when there is no such process (any more).
bool scan_one(const Root& root, pid_t pid, Fields fields, std::string& buffer, ProcessSample& process) {
  char name[16];
  *fmt::format_to_n(name, sizeof name - 1, "{}", pid).out = '\0';
  // O_RDONLY would cost an open of the directory; O_PATH is enough to start from and to learn the owner.
  const Fd dir(::openat(root.proc(), name, O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!dir) return false;
  if (read_once(dir.get(), "stat", buffer) != 0 || !parse_stat(buffer, process)) return false;
  process.id.pid = pid;
  if (!root.live()) {
    // The files of a saved host belong to whoever saved it.
    process.uid = read_once(dir.get(), "status", buffer) == 0 ? parse_effective_uid(buffer) : Presence::unknown;
  } else if (struct stat owner{}; ::fstat(dir.get(), &owner) == 0) {
    process.uid = owner.st_uid;
  }
  read_fields(dir.get(), fields, buffer, process);
  return true;
}

}  // namespace

Fields fields_for_runs() {
  return Fields(Field::cmdline) | Field::exe | Field::variables | Field::frameworks | Field::cwd | Field::cgroup;
}

Result<SourceStatus> scan(const Root& root, Fields fields, std::vector<ProcessSample>& processes,
                          std::span<const pid_t> only) {
  const Instant begin = now();
  Result<std::vector<pid_t>> pids =
      only.empty() ? list_pids(root) : Result<std::vector<pid_t>>(std::vector<pid_t>(only.begin(), only.end()));
  if (!pids) return pass(std::move(pids));
  processes.reserve(processes.size() + pids->size());
  std::string buffer;
  bool denied = false;
  for (const pid_t pid : *pids) {
    ProcessSample& process = processes.emplace_back();
    if (!scan_one(root, pid, fields, buffer, process)) {
      processes.pop_back();
      continue;
    }
    denied = denied || process.io.presence() == Presence::denied || process.exe.presence() == Presence::denied;
  }
  SourceStatus status{
      .name = "proc", .state = SourceState::ok, .reason = {}, .duration_seconds = seconds_between(begin, now())};
  if (denied) {
    status.state = SourceState::partial;
    status.reason = "details of some processes are denied: root (CAP_SYS_PTRACE) sees them";
  }
  return status;
}

bool is_alive(const Root& root, ProcessId id) {
  std::string buffer;
  if (read_once(root.proc(), fmt::format("{}/stat", id.pid).c_str(), buffer) != 0) return false;
  const StateAndStart seen = parse_state(buffer);
  return seen.start_ticks == id.start_ticks && seen.state != 'Z' && seen.state != 'X' && seen.state != '?';
}

}  // namespace vigie::proc
