#include "keep/end/kernel_kills.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>

#include <fmt/format.h>

#include "base/fd.hpp"
#include "base/file.hpp"
#include "base/units.hpp"
#include "keep/end/exit_record.hpp"
#include "keep/groups/limit_groups.hpp"
#include "sources/sys/parse.hpp"

namespace vigie::keep {
namespace {

constexpr std::size_t largest_log = std::size_t{16} << 20;

std::optional<std::uint64_t> number_at(std::string_view text) {
  std::uint64_t value = 0;
  if (std::from_chars(text.data(), text.data() + text.size(), value).ec != std::errc{}) return std::nullopt;
  return value;
}

/// The number after `key` in a line, 0 where there is none.
std::uint64_t number_after(std::string_view line, std::string_view key) {
  const std::size_t at = line.find(key);
  return at == std::string_view::npos ? 0 : number_at(line.substr(at + key.size())).value_or(0);
}

/// "6,1234,98765432,-;Out of memory: Killed process ...": the third field is the time.
std::uint64_t time_of(std::string_view record) {
  const std::size_t first = record.find(',');
  const std::size_t second = first == std::string_view::npos ? first : record.find(',', first + 1);
  return second == std::string_view::npos ? 0 : number_at(record.substr(second + 1)).value_or(0);
}

bool sees_the_pids_of_the_host() {
  constexpr ino_t initial_namespace = 0xEFFFFFFC;  // PROC_PID_INIT_INO (include/linux/proc_ns.h)
  struct stat info{};
  return ::stat("/proc/self/ns/pid", &info) == 0 && info.st_ino == initial_namespace;
}

/// On the log's clock; the tick is that of proc_pid_stat(5).
std::uint64_t start_us(const ProcessId& id) {
  return id.start_ticks * 1'000'000 / static_cast<std::uint64_t>(::sysconf(_SC_CLK_TCK));
}

}  // namespace

std::optional<std::uint64_t> oom_kills(const Root& root) {
  std::string text;
  if (read_file(root.proc(), "vmstat", text) != 0) return std::nullopt;
  const auto paging = sys::parse_vmstat(text);
  return paging && paging->oom_kills ? std::optional(*paging->oom_kills) : std::nullopt;
}

std::optional<KernelKill> find_kill(std::string_view log, pid_t pid, std::uint64_t since_us) {
  // "Out of memory: Killed process 4711 (python3) total-vm:9kB, anon-rss:8kB, file-rss:0kB, shmem-rss:0kB, UID:1000
  // ..."
  const std::string who = fmt::format("Killed process {} (", pid);
  std::optional<KernelKill> found;
  while (!log.empty()) {
    const std::string_view record = log.substr(0, log.find('\n'));
    log.remove_prefix(std::min(record.size() + 1, log.size()));
    const std::size_t message = record.find(';');
    // Only the kernel's own messages count: programs can write to the log, too, but not with its facility (0).
    if (message == std::string_view::npos || number_at(record).value_or(8) > 7) continue;
    if (record.find(who, message) == std::string_view::npos || time_of(record) < since_us) continue;
    constexpr std::uint64_t kib = 1024;
    found = KernelKill{.at_a_limit = record.find("Memory cgroup", message) != std::string_view::npos,
                       .resident_bytes = kib * (number_after(record, "anon-rss:") + number_after(record, "file-rss:") +
                                                number_after(record, "shmem-rss:"))};
  }
  return found;
}

std::string kernel_log() {
  std::string log;
  if (!sees_the_pids_of_the_host()) return log;
  const Fd file(::open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC));
  if (!file) return log;
  std::array<char, 8192> record{};  // a read gives one record; none is longer
  while (log.size() < largest_log) {
    const ssize_t length = ::read(file.get(), record.data(), record.size());
    if (length > 0) log.append(record.data(), static_cast<std::size_t>(length));
    // EPIPE: records were lost because new ones came; the next read goes on with what is left.
    if (length <= 0 && errno != EPIPE && errno != EINTR) break;
    if (length == 0) break;
  }
  return log;
}

void look_for_kernel_kill(RunRecord& record) {
  const auto kill = find_kill(kernel_log(), record.leader.pid, start_us(record.leader));
  // The counter of a control group also counts processes that were killed because the host was out of memory.
  if (was_out_of_memory(record) && (!kill || kill->at_a_limit)) {
    note_out_of_memory(*record.exit, record.spec.start.memory_bytes);
    return;
  }
  if (kill) {
    record.exit->out_of_memory = true;
    record.exit->reason += kill->at_a_limit ? ": out of memory, its control group was at its limit"
                                            : ": the host was out of memory, and the kernel chose it";
    record.exit->reason += ", which had " + human_bytes(static_cast<double>(kill->resident_bytes));
  }
  const Result<Root> root = Root::open("/");
  const std::optional<std::uint64_t> kills = root ? oom_kills(*root) : std::nullopt;
  if (kills && record.oom_kills_before && *kills >= *record.oom_kills_before)
    record.exit->oom_kills = *kills - *record.oom_kills_before;
}

}  // namespace vigie::keep
