// vigie renice, ionice and cpus: of every thread of a tree.
#include "act/priority.hpp"

#include <memory>
#include <vector>

#include <fmt/format.h>

#include "base/text.hpp"
#include "cli/act/acting.hpp"
#include "cli/command.hpp"
#include "cli/say.hpp"
#include "control/priority.hpp"

namespace vigie::cli {
namespace {

struct Options : ActingOptions {
  std::string value;
};

Result<int> renice(const Options& options) {
  Result<int> nice = act::parse_nice(options.value);
  if (!nice) return nice;
  return act_on_targets(options, act::renice(*nice));
}

/// "sda (none), nvme0n1 (kyber)".
std::string names_of(const std::vector<sys::DiskScheduler>& disks) {
  std::string names;
  for (const sys::DiskScheduler& disk : disks)
    names += fmt::format("{}{} ({})", names.empty() ? "" : ", ", safe_text(disk.disk), safe_text(disk.scheduler));
  return names;
}

void tell_of_deaf_disks(const act::DeafDisks& disks) {
  if (!disks.deaf.empty()) {
    complain("the scheduler of {} ignores I/O priorities: as root, write bfq to its queue/scheduler",
             names_of(disks.deaf));
  }
  if (!disks.by_class.empty()) {
    complain("the scheduler of {} heeds the class, since Linux 5.14, but not the level", names_of(disks.by_class));
  }
}

Result<int> ionice(const Options& options) {
  Result<int> value = control::parse_io_priority(options.value);
  if (!value) return value;
  Result<int> status = act_on_targets(options, act::ionice(*value));
  if (status) tell_of_deaf_disks(act::deaf_disks(*value));
  return status;
}

Result<int> cpus(const Options& options) {
  ASSIGN_OR_RETURN(cpu_set_t set, control::parse_cpus(options.value));
  return act_on_targets(options, act::keep_on_cpus({.cpus = set, .list = options.value}));
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
