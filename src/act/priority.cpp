#include "act/priority.hpp"

#include <sys/resource.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <map>
#include <optional>

#include <fmt/format.h>

#include "base/number.hpp"
#include "base/root.hpp"
#include "base/text.hpp"
#include "control/priority.hpp"
#include "control/process.hpp"

namespace vigie::act {
namespace {

/// What would allow a nice value that was refused (setpriority(2), getrlimit(2) RLIMIT_NICE: 20 - the ceiling).
std::string what_allows_nice(int nice) {
  rlimit limit{};
  const bool known = ::getrlimit(RLIMIT_NICE, &limit) == 0;
  const int least = known ? 20 - static_cast<int>(std::min<rlim_t>(limit.rlim_cur, 40)) : 20;
  return fmt::format(
      "you may lower nice values {}; for {} it takes root, CAP_SYS_NICE, or RLIMIT_NICE: a line \"USER - nice {}\" in "
      "/etc/security/limits.conf and a new login",
      least < 20 ? fmt::format("to {}", least) : "not at all", nice, nice);
}

/// Sessions of the target alone: led by one of its processes, or by the keeper of the run. One process of each.
std::vector<ProcessId> own_sessions(const Frame& frame, const Target& target) {
  const std::vector<ProcessId> tree = tree_of(frame, target);
  const RunRecord* const record = record_of(frame, target);
  std::map<pid_t, ProcessId> sessions;
  for (const ProcessId& id : tree) {
    const ProcessSample* const process = frame.snapshot->find(id);
    if (process == nullptr) continue;
    const bool own = std::ranges::find(tree, process->session, &ProcessId::pid) != tree.end();
    if (own || (record != nullptr && process->session == record->holder.pid)) sessions[process->session] = id;
  }
  std::vector<ProcessId> members;
  for (const auto& [session, member] : sessions) members.push_back(member);
  return members;
}

/// Returns the failures as remarks.
std::vector<std::string> set_sessions(const std::vector<ProcessId>& members, int nice) {
  std::vector<std::string> remarks;
  for (const ProcessId& member : members) {
    const Result<Fd> held = control::open_process(member);  // as long as it is, the number below /proc is its
    if (!held) continue;
    const int error = control::set_session_nice(member.pid, nice);
    if (error != 0 && error != ESRCH) {
      remarks.push_back(
          fmt::format("the session of process {} keeps its nice value, which counts first between sessions: {}",
                      member.pid, ::strerror(error)));
    }
  }
  return remarks;
}

/// `set` on every thread of the target.
Act each_thread(const Verb& verb, const control::SetThread& set) {
  return {verb, [=](const Frame& frame, const Target& target) {
            return acted(frame, target, verb, control::set_each_thread(lister_of(frame, target), set));
          }};
}

}  // namespace

Result<int> parse_nice(std::string_view text) {
  const std::optional<int> nice = whole_number<int>(text.starts_with('+') ? text.substr(1) : text);
  if (nice && *nice >= -20 && *nice <= 19) return *nice;
  return fail(fmt::format("\"{}\" is no nice value: -20 (first) to 19 (last)", safe_text(text)), ErrorKind::usage);
}

Act renice(int nice) {
  const Act threads =
      each_thread({.verb = "renice", .action = fmt::format("nice {}", nice), .if_denied = what_allows_nice(nice)},
                  control::set_nice(nice));
  return {threads.verb, [=](const Frame& frame, const Target& target) {
            Result<Acted> done = threads.perform(frame, target);
            if (done && !done->failed) done->remarks = set_sessions(own_sessions(frame, target), nice);
            return done;
          }};
}

Act ionice(int value) {
  const bool realtime = value >> 13 == static_cast<int>(control::IoClass::realtime);
  return each_thread(
      {.verb = "ionice",
       .action = "ionice " + control::io_priority_text(value),
       .if_denied =
           realtime ? "the class realtime takes root, CAP_SYS_ADMIN or CAP_SYS_NICE; best-effort:0 does not" : ""},
      control::set_io_priority(value));
}

Act keep_on_cpus(const CpusWish& wish) {
  return each_thread({.verb = "set the CPUs of", .action = "cpus " + wish.list}, control::set_cpus(wish.cpus));
}

/// bfq heeds all of it, mq-deadline only the class and only since Linux 5.14, the others nothing
/// (Documentation/block/ioprio.rst; block/mq-deadline.c).
DeafDisks deaf_disks(int value) {
  DeafDisks disks;
  const Result<Root> root = Root::open("/");
  if (!root) return disks;
  for (const sys::DiskScheduler& disk : sys::disk_schedulers(*root)) {
    if (disk.scheduler == "bfq") continue;
    if (disk.scheduler != "mq-deadline") {
      disks.deaf.push_back(disk);
    } else if ((value & 7) != 0) {
      disks.by_class.push_back(disk);
    }
  }
  return disks;
}

}  // namespace vigie::act
