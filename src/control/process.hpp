// Acting on one process without ever hitting another: a pidfd is taken and the start time compared, so that a reused
// pid is an error and not a victim.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/fd.hpp"
#include "base/result.hpp"
#include "model/task.hpp"

namespace vigie::control {

/// Start time of a live process (field 22 of /proc/PID/stat); kind no_target when there is none.
Result<ProcessId> identify(pid_t pid);

/// A pidfd that certainly names `id`. Fails with kind no_target when it is gone or its pid was reused.
Result<Fd> open_process(ProcessId id);
/// Whether it is there, or cannot be looked at now (no descriptor, no memory): then it is not taken for gone.
[[nodiscard]] bool may_be_alive(ProcessId id);

/// pidfd_send_signal(2). ESRCH is kind no_target, EPERM denied.
Result<void> send_signal(const Fd& pidfd, int signal);

/// Both steps.
Result<void> send_signal(ProcessId id, int signal);

/// Sends to every member of a process group at once: processes forked meanwhile get it, too. `member` names one process
/// that was seen in the group, so that a group of the same number that began later is not hit. Kinds as above.
Result<void> send_signal_to_group(ProcessId member, pid_t group, int signal);

/// The users that a process acts for (the line "Uid:" of /proc/PID/status, proc(5)).
struct Users {
  uid_t real = 0, effective = 0, saved = 0, filesystem = 0;
  bool operator==(const Users&) const = default;
};
/// Those of `pid` at this moment; nothing when it is gone.
[[nodiscard]] std::optional<Users> users_of(pid_t pid);

/// The state letter of proc(5); '?' when it is gone.
[[nodiscard]] char state_of(pid_t pid);
/// Whether `pid` keeps a run: it has the name and the lock of a keeper (model/keeper.hpp, base/life_lock.hpp).
[[nodiscard]] bool keeps_a_run(pid_t pid);
/// The children that `parent` has at this moment; nothing where the kernel does not list them (CONFIG_PROC_CHILDREN,
/// proc(5)).
[[nodiscard]] std::optional<std::vector<pid_t>> children_of(pid_t parent);

/// Why a process that was sent SIGKILL is still there; empty when it is not.
[[nodiscard]] std::string why_it_survives(ProcessId id);

/// Waits until the process behind the pidfd has ended; false when `timeout_seconds` (negative: none) passed first.
[[nodiscard]] bool wait_for_end(const Fd& pidfd, double timeout_seconds);

}  // namespace vigie::control
