// vigie renice, ionice and cpus: of every thread of a tree.
#include <sys/resource.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <map>
#include <memory>
#include <vector>

#include <fmt/format.h>

#include "base/number.hpp"
#include "base/text.hpp"
#include "cli/act/acting.hpp"
#include "cli/command.hpp"
#include "cli/say.hpp"
#include "control/priority.hpp"
#include "control/process.hpp"
#include "sources/sys/schedulers.hpp"

namespace vigie::cli {
namespace {

struct Options : ActingOptions {
  std::string value;
};

using control::SetThread;

Result<int> set_each(const Options& options, const Verb& verb, const SetThread& set) {
  return act_on_targets(options, verb, [&](const Frame& frame, const act::Target& target) {
    return control::set_each_thread(act::lister_of(frame, target), set);
  });
}

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

/// Sessions that are the target's alone: led by one of its processes, or by the keeper of the run. One process of each.
std::vector<ProcessId> own_sessions(const Frame& frame, const act::Target& target) {
  const std::vector<ProcessId> tree = act::tree_of(frame, target);
  const RunRecord* const record = act::record_of(frame, target);
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

/// Threads compete with those of other sessions by the nice values of the sessions, so these are set, too.
std::vector<control::Outcome> set_nice_of(const Frame& frame, const act::Target& target, int nice) {
  std::vector<control::Outcome> outcomes =
      control::set_each_thread(act::lister_of(frame, target), control::set_nice(nice));
  if (std::ranges::any_of(outcomes, &control::Outcome::failed)) return outcomes;
  for (const ProcessId& member : own_sessions(frame, target)) {
    const Result<Fd> held = control::open_process(member);  // as long as it is, the number below /proc is its
    if (!held) continue;
    const int error = control::set_session_nice(member.pid, nice);
    if (error != 0 && error != ESRCH) {
      complain("the session of process {} keeps its nice value, which counts first between sessions: {}", member.pid,
               ::strerror(error));
    }
  }
  return outcomes;
}

Result<int> renice(const Options& options) {
  const std::string_view value = options.value;
  const std::optional<int> nice = whole_number<int>(value.starts_with('+') ? value.substr(1) : value);
  if (!nice || *nice < -20 || *nice > 19) {
    return fail(fmt::format("\"{}\" is no nice value: -20 (first) to 19 (last)", safe_text(options.value)),
                ErrorKind::usage);
  }
  return act_on_targets(
      options, {.verb = "renice", .action = fmt::format("nice {}", *nice), .if_denied = what_allows_nice(*nice)},
      [&](const Frame& frame, const act::Target& target) { return set_nice_of(frame, target, *nice); });
}

/// Which disks will not heed it: bfq does, mq-deadline the classes alone and since Linux 5.14, the others nothing
/// (Documentation/block/ioprio.rst; block/mq-deadline.c).
void tell_of_deaf_disks(int value) {
  const Result<Root> root = Root::open("/");
  if (!root) return;
  std::string deaf;
  std::string by_class;
  for (const sys::DiskScheduler& disk : sys::disk_schedulers(*root)) {
    if (disk.scheduler == "bfq") continue;
    std::string& list = disk.scheduler == "mq-deadline" ? by_class : deaf;
    list += fmt::format("{}{} ({})", list.empty() ? "" : ", ", safe_text(disk.disk), safe_text(disk.scheduler));
  }
  if (!deaf.empty()) {
    complain("the scheduler of {} ignores I/O priorities: as root, write bfq to its queue/scheduler", deaf);
  }
  if (!by_class.empty() && (value & 7) != 0) {
    complain("the scheduler of {} heeds the class, since Linux 5.14, but not the level", by_class);
  }
}

Result<int> ionice(const Options& options) {
  Result<int> value = control::parse_io_priority(options.value);
  if (!value) return pass(std::move(value));
  const bool realtime = *value >> 13 == static_cast<int>(control::IoClass::realtime);
  Result<int> status = set_each(
      options,
      {.verb = "ionice",
       .action = "ionice " + control::io_priority_text(*value),
       .if_denied =
           realtime ? "the class realtime takes root, CAP_SYS_ADMIN or CAP_SYS_NICE; best-effort:0 does not" : ""},
      control::set_io_priority(*value));
  if (status) tell_of_deaf_disks(*value);
  return status;
}

Result<int> cpus(const Options& options) {
  Result<cpu_set_t> set = control::parse_cpus(options.value);
  if (!set) return pass(std::move(set));
  return set_each(options, {.verb = "set the CPUs of", .action = "cpus " + options.value}, control::set_cpus(*set));
}

void define(Command& command, const char* name, const char* help, const char* examples,
            Result<int> (*act)(const Options&)) {
  auto options = std::make_shared<Options>();
  command.examples(examples);
  command.option(name, options->value, help).required();
  add_acting_options(command, *options);
  command.does([options, act] { return act(*options); });
}

}  // namespace

void define_renice(Command& command) {
  define(command, "N", "nice value, -20 (first) to 19 (last); a negative one after --",
         "Examples:\n"
         "  vigie renice 10 resnet            every thread of every process of it; later ones inherit\n"
         "  vigie renice -- -5 resnet         sooner than others: as root",
         renice);
}

void define_ionice(Command& command) {
  define(command, "CLASS[:LEVEL]", "idle, best-effort:LEVEL, realtime:LEVEL or none; level 0 (first) to 7 (last)",
         "Examples:\n"
         "  vigie ionice idle resnet          its disk I/O after that of everybody else\n"
         "  vigie ionice best-effort:0 4711",
         ionice);
}

void define_cpus(Command& command) {
  define(command, "LIST", "CPUs, like 0-3,8",
         "Examples:\n"
         "  vigie cpus 0-7 resnet             every thread of it on these CPUs only\n"
         "  vigie cpus --dry-run 0,2 4711",
         cpus);
}

}  // namespace vigie::cli
