// Priorities and CPUs of every thread of a tree. The kernel keeps all three per thread, and a new thread or process
// begins with those of the thread that makes it: so sweeps that go on until one finds no new thread reach them all, and
// later ones inherit. Nothing has to be remembered or set again.
#pragma once

#include <sched.h>

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "control/tree.hpp"
#include "model/run_control.hpp"

namespace vigie::control {

/// ioprio_set(2)'s classes; values are class << 13 | level.
enum class IoClass : int { none = 0, realtime = 1, best_effort = 2, idle = 3 };

/// "idle", "best-effort:4", "be:0", "realtime:7", "2:4", "none"; level 4 where none is given. Kind usage.
Result<int> parse_io_priority(std::string_view text);
/// As `vigie ps -o ionice` shows it: "best-effort:4", "idle", "none".
[[nodiscard]] std::string io_priority_text(int value);

/// "0-3,8": kind usage when it is no list, or names a CPU that this host does not have.
Result<cpu_set_t> parse_cpus(std::string_view list);

/// Sets something of one thread. Returns 0 or the errno.
using SetThread = std::function<int(pid_t tid)>;
[[nodiscard]] SetThread set_nice(int nice);
[[nodiscard]] SetThread set_io_priority(int value);
[[nodiscard]] SetThread set_cpus(const cpu_set_t& cpus);

/// The nice value of the session that a process is in: among sessions the kernel shares the CPU by these, and a
/// thread's own counts within its session (autogroup; sched(7)). Returns 0, also where the kernel knows no such thing,
/// or the errno.
[[nodiscard]] int set_session_nice(pid_t pid, int nice);

/// Applies it to every thread of every process of the tree, and again to those that appear meanwhile. One outcome for
/// each process: "12 threads", "gone", or the error of the first thread that refused.
std::vector<Outcome> set_each_thread(const Lister& list, const SetThread& set);

/// In the process that is about to execute the command of a run. Returns 0, or the errno of the first that failed.
[[nodiscard]] int apply_to_self(const RunStart& start);

}  // namespace vigie::control
