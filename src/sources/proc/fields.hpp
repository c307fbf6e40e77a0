// What /proc/PID tells beyond stat, each part read only when asked for.
#pragma once

#include <sys/types.h>

#include <string>

#include "model/snapshot.hpp"
#include "sources/proc/proc_source.hpp"
#include "sources/proc/process_dir.hpp"

namespace vigie::proc {

/// Reads the parts named by `fields` of one process whose stat was read. `buffer` is scratch space.
void read_fields(const ProcessDir& dir, Fields fields, std::string& buffer, ProcessSample& process);

/// ioprio_get(2) of a thread or of a process's main thread: class << 13 | level.
[[nodiscard]] Reading<int> read_io_priority(pid_t tid);

// The parsers of the files, pure; text may be anything.
[[nodiscard]] ProcessIo parse_io(std::string_view text);
[[nodiscard]] RunVariables parse_variables(std::string_view environ);
[[nodiscard]] Framework parse_frameworks(std::string_view maps);
/// How many CPUs a list like "0-3,8" names (Cpus_allowed_list of proc(5)); unknown when it is malformed.
[[nodiscard]] Reading<unsigned> parse_cpu_list(std::string_view list);
/// The second number of the line "Uid:" of /proc/PID/status (proc(5)); unknown when there is none.
[[nodiscard]] Reading<uid_t> parse_effective_uid(std::string_view status);

}  // namespace vigie::proc
