// What this host allows, found out by trying where trying changes nothing; one capability each.
#pragma once

#include <string_view>
#include <vector>

#include "base/root.hpp"
#include "model/capability.hpp"
#include "model/snapshot.hpp"

namespace vigie::capability {

// permissions.cpp

/// How much of the processes of others can be seen, judged by a scan with exe and io; of no use without other users.
[[nodiscard]] Capability other_processes(const Root& root, const std::vector<ProcessSample>& scanned);
/// Whether other processes may be traced: the Yama module's ptrace_scope (Documentation/admin-guide/LSM/Yama.rst).
[[nodiscard]] Capability tracing(const Root& root);
/// Whether /proc hides processes: the mount option hidepid (Documentation/filesystems/proc.rst).
[[nodiscard]] Capability all_processes(const Root& root);
/// Whether the processes seen are those of the host or of a PID namespace. The live host only.
[[nodiscard]] Capability host_processes(const Root& root);
/// perf_event_open(2) for the whole host, or at least for oneself. The live host only.
[[nodiscard]] Capability perf_events(const Root& root);
/// The process connector of netlink(7): a socket can be bound to its group. The live host only.
[[nodiscard]] Capability process_events();
/// sock_diag(7) over IPv4's TCP sockets. The live host only.
[[nodiscard]] Capability sockets();

// kernel.cpp

/// kernel.task_delayacct (Documentation/accounting/delay-accounting.rst).
[[nodiscard]] Capability delay_accounting(const Root& root);
/// /proc/pressure (Documentation/accounting/psi.rst).
[[nodiscard]] Capability pressure(const Root& root);
/// /proc/PID/smaps_rollup, of any process that may be read.
[[nodiscard]] Capability memory_rollup(const Root& root);
/// Which versions of control groups are mounted.
[[nodiscard]] Capability control_groups(const Root& root);
/// Whether a group below vigie's own could be made: by the permission of its directory. The live host only.
[[nodiscard]] Capability control_group_limits(const Root& root);

// logout.cpp

/// Whether the processes that this one starts outlive its user's login. systemd-logind may kill those that a session
/// leaves (KillUserProcesses, logind.conf(5)); those of a user's service manager end with the last login, unless the
/// user lingers (loginctl(1), enable-linger).
[[nodiscard]] Capability logout(const Root& root);

// around.cpp: what surrounds vigie; the live host only

/// RLIMIT_NOFILE against the processes there are: each costs one when descriptors are kept.
[[nodiscard]] Capability descriptors(std::size_t processes);
/// What standard output is.
[[nodiscard]] Capability terminal();
/// Whether there is a program of that name in PATH.
[[nodiscard]] Capability tmux();
[[nodiscard]] Capability nvidia_driver();
[[nodiscard]] Capability amd_driver();

}  // namespace vigie::capability
