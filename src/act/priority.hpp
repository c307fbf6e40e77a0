// Nice values, I/O priorities and CPUs of every thread of a target; later threads inherit them.
#pragma once

#include <sched.h>

#include <string>
#include <string_view>
#include <vector>

#include "act/acting.hpp"
#include "base/result.hpp"
#include "sources/sys/schedulers.hpp"

namespace vigie::act {

/// -20 (first) to 19 (last), "+5" too; kind usage when it is none.
Result<int> parse_nice(std::string_view text);

/// Also of the sessions that are the target's alone: threads compete with those of other sessions by the nice values of
/// the sessions. A session that keeps its value becomes a remark.
[[nodiscard]] Act renice(int nice);

/// `value` is class << 13 | level (ioprio_set(2)).
[[nodiscard]] Act ionice(int value);

struct CpusWish {
  cpu_set_t cpus{};
  std::string list;  ///< as it is asked for: "0-3,8"
};
[[nodiscard]] Act keep_on_cpus(const CpusWish& wish);

/// Disks whose scheduler will not heed an I/O priority.
struct DeafDisks {
  std::vector<sys::DiskScheduler> deaf;      ///< to all of it
  std::vector<sys::DiskScheduler> by_class;  ///< to the level; they heed the class
};
[[nodiscard]] DeafDisks deaf_disks(int value);

}  // namespace vigie::act
