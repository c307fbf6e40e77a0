#include <linux/cn_proc.h>
#include <linux/connector.h>
#include <linux/netlink.h>
#include <linux/perf_event.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <optional>
#include <string>

#include <fmt/format.h>

#include "base/file.hpp"
#include "sources/capability/probes.hpp"
#include "sources/net/sock_diag.hpp"

namespace vigie::capability {
namespace {

constexpr unsigned cap_sys_ptrace = 19;  // capabilities(7)

/// The number in a file below /proc, or nothing.
std::optional<int> number_in(const Root& root, const char* path) {
  std::string text;
  int value = 0;
  if (read_file(root.proc(), path, text) != 0) return std::nullopt;
  if (std::from_chars(text.data(), text.data() + text.size(), value).ec != std::errc{}) return std::nullopt;
  return value;
}

/// Whether vigie has this capability now.
bool has_capability(const Root& root, unsigned number) {
  std::string status;
  if (!root.live() || read_file(root.proc(), "self/status", status) != 0) return false;
  const std::size_t at = status.find("\nCapEff:\t");
  if (at == std::string::npos) return false;
  unsigned long long set = 0;
  std::from_chars(status.data() + at + 9, status.data() + status.size(), set, 16);
  return (set >> number & 1U) != 0;
}

/// The value of hidepid of /proc, "0" when it hides nothing; as a number or, since Linux 5.8, a word.
std::string_view hidepid_of(std::string_view mounts) {
  std::string_view value = "0";
  while (!mounts.empty()) {
    const std::string_view line = mounts.substr(0, mounts.find('\n'));
    mounts.remove_prefix(std::min(line.size() + 1, mounts.size()));
    if (line.find(" /proc proc ") == std::string_view::npos) continue;
    // The last one is mounted over those before.
    const std::size_t at = line.find("hidepid=");
    value = at == std::string_view::npos ? "0" : line.substr(at + 8);
    value = value.substr(0, value.find_first_of(", "));
  }
  return value;
}

bool perf_event_opens(pid_t pid, int cpu, bool kernel) {
  perf_event_attr attributes{};
  attributes.size = sizeof attributes;
  attributes.type = PERF_TYPE_SOFTWARE;
  attributes.config = PERF_COUNT_SW_CPU_CLOCK;
  attributes.disabled = 1;
  attributes.exclude_kernel = kernel ? 0 : 1;
  const auto fd = static_cast<int>(::syscall(SYS_perf_event_open, &attributes, pid, cpu, -1, PERF_FLAG_FD_CLOEXEC));
  return static_cast<bool>(Fd(fd));
}

Ability refused(int error) {
  return error == EPERM || error == EACCES ? Ability::denied : Ability::unsupported;
}

}  // namespace

Capability other_processes(const Root& root, const std::vector<ProcessSample>& scanned) {
  const auto denied = [](const ProcessSample& process) {
    return process.io.presence() == Presence::denied || process.exe.presence() == Presence::denied;
  };
  // Nobody has access to a zombie's files: it has none any more.
  const auto counts = [](const ProcessSample& process) { return !process.kernel_thread && process.state != 'Z'; };
  const auto all = std::ranges::count_if(scanned, counts);
  const auto closed = std::ranges::count_if(scanned, [&](const auto& one) { return counts(one) && denied(one); });
  Capability result{.id = "other-processes", .value = static_cast<double>(closed), .unit = "processes"};
  if (closed == 0) {
    result.reason = fmt::format("environment, I/O, program and files of all {} processes can be read", all);
    return result;
  }
  result.status = Ability::limited;
  result.reason = fmt::format(
      "environment, I/O, program and files of {} of {} processes are denied: they belong to others, or gave themselves "
      "other rights",
      closed, all);
  result.advice = has_capability(root, cap_sys_ptrace)
                      ? "they have capabilities that vigie has not: run it outside of its container"
                      : "run vigie as root, or: setcap cap_sys_ptrace,cap_dac_read_search+ep on its file";
  return result;
}

Capability tracing(const Root& root) {
  Capability result{.id = "tracing", .unit = "ptrace_scope"};
  const std::optional<int> scope = number_in(root, "sys/kernel/yama/ptrace_scope");
  if (!scope) {
    result.reason = "this kernel has no Yama: what belongs to you may be traced, and its system calls seen";
    return result;
  }
  result.value = *scope;
  if (*scope <= 0) {
    result.reason = "what belongs to you may be traced, and its system calls seen";
  } else if (*scope < 3 && has_capability(root, cap_sys_ptrace)) {
    result.reason = "CAP_SYS_PTRACE traces whatever kernel.yama.ptrace_scope says";
  } else {
    result.status = *scope == 1 ? Ability::limited : Ability::denied;
    result.reason = *scope == 1 ? "only your own descendants may be traced, and their system calls seen"
                                : "no process may be traced, and no system call can be seen";
    if (*scope >= 3) result.reason += ", not even by root";
    result.advice = *scope >= 3 ? "kernel.yama.ptrace_scope stays 3 until the next boot"
                                : "sysctl kernel.yama.ptrace_scope=0, or run vigie as root";
  }
  return result;
}

Capability all_processes(const Root& root) {
  Capability result{.id = "all-processes"};
  std::string mounts;
  if (read_file(root.proc(), "self/mounts", mounts) != 0) {
    result.reason = "the mount options of /proc could not be read";
    return result;
  }
  const std::string_view hidepid = hidepid_of(mounts);
  if (hidepid == "0" || hidepid == "off") {
    result.reason = "/proc shows the processes of everybody";
  } else if (has_capability(root, cap_sys_ptrace)) {
    result.reason = fmt::format("/proc is mounted with hidepid={}, which CAP_SYS_PTRACE overrides", hidepid);
  } else {
    result.status = Ability::limited;
    result.reason = fmt::format("/proc is mounted with hidepid={}: it keeps processes of others from you", hidepid);
    result.advice = "run vigie as root, join the group of the mount option gid, or: mount -o remount,hidepid=0 /proc";
  }
  return result;
}

Capability host_processes(const Root& root) {
  Capability result{.id = "host-processes"};
  char link[32];
  const ssize_t length = ::readlinkat(root.proc(), "self/ns/pid", link, sizeof link);
  // The inode of the first PID namespace is fixed (PROC_PID_INIT_INO of include/linux/proc_ns.h).
  if (length <= 0 || std::string_view(link, static_cast<std::size_t>(length)) == "pid:[4026531836]") {
    result.reason = "vigie sees the processes of the host itself";
    return result;
  }
  result.status = Ability::limited;
  result.reason = "vigie runs in a PID namespace (a container) and sees its processes only";
  result.advice = "run it on the host, or start the container with --pid=host";
  return result;
}

Capability perf_events(const Root& root) {
  Capability result{.id = "perf-events", .unit = "perf_event_paranoid"};
  if (const std::optional<int> paranoid = number_in(root, "sys/kernel/perf_event_paranoid")) result.value = *paranoid;
  if (perf_event_opens(-1, 0, true)) {
    result.reason = "counters of the whole host can be opened";
    return result;
  }
  const int error = errno;
  result.advice = "sysctl kernel.perf_event_paranoid=0, or run vigie as root (CAP_PERFMON)";
  if (perf_event_opens(0, -1, false)) {
    result.status = Ability::limited;
    result.reason = "counters of your own processes can be opened, not of the whole host";
    return result;
  }
  result.status = refused(error);
  result.reason = fmt::format("counters cannot be opened: {}", ::strerror(error));
  if (result.status == Ability::unsupported) result.advice = "a kernel with CONFIG_PERF_EVENTS";
  return result;
}

Capability process_events() {
  Capability result{.id = "process-events"};
  const Fd socket(::socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC, NETLINK_CONNECTOR));
  sockaddr_nl address{};
  address.nl_family = AF_NETLINK;
  address.nl_groups = CN_IDX_PROC;
  if (socket && ::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) {
    result.reason = "the process connector can be listened to: processes that live shortly are seen";
    return result;
  }
  const int error = errno;
  result.status = refused(error);
  result.reason = fmt::format("the process connector cannot be listened to: {}", ::strerror(error));
  result.advice = result.status == Ability::denied
                      ? "run vigie as root (CAP_NET_ADMIN)"
                      : "a kernel with CONFIG_PROC_EVENTS, and the host's own network namespace";
  return result;
}

Capability sockets() {
  Capability result{.id = "sockets"};
  const int error = net::sock_diag_error();
  if (error == 0) {
    result.reason = "the kernel tells bytes, round-trip time and queues of each TCP connection";
    return result;
  }
  result.status = error == EPERM || error == EACCES ? Ability::denied : Ability::limited;
  result.reason = fmt::format("sock_diag does not answer ({}): connections come from /proc/net, without their bytes",
                              ::strerror(error));
  result.advice = "modprobe tcp_diag, or a kernel with CONFIG_INET_DIAG";
  return result;
}

}  // namespace vigie::capability
