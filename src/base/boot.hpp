// The machine, the boot of its kernel and the namespaces: a recorded pid keeps its meaning only within these.
#pragma once

#include <cstdint>
#include <string>

namespace vigie {

/// random/boot_id of proc(5): a process of another boot is gone, whichever process has its pid now. Empty where /proc
/// does not tell.
[[nodiscard]] std::string boot_id();

/// Where processes are numbered. Empty and 0 where it is not known.
struct ProcessSpace {
  std::string host = {};        ///< its name (gethostname(2))
  std::string machine_id = {};  ///< machine-id(5)
  std::string boot_id = {};
  std::uint64_t pid_namespace = 0;   ///< inode of /proc/self/ns/pid (pid_namespaces(7))
  std::uint64_t time_namespace = 0;  ///< of /proc/self/ns/time: start times of processes are relative to it
};

[[nodiscard]] ProcessSpace this_process_space();

/// Whether one kernel runs at both, at the same time.
[[nodiscard]] bool same_boot(const ProcessSpace& one, const ProcessSpace& other);
/// Whether it is the same machine, perhaps before and after a reboot. A name alone does not tell: containers are named
/// at random, and images of machines are copied with their machine-id. So both have to agree, where both are known.
[[nodiscard]] bool same_machine(const ProcessSpace& one, const ProcessSpace& other);
/// Whether a pid and a start time mean the same process at both.
[[nodiscard]] bool same_numbers(const ProcessSpace& one, const ProcessSpace& other);

}  // namespace vigie
