// disk-saturated: waiting for a disk that cannot keep up: which process waits, in what, for which disk, and which ones
// keep it busy.
#include <algorithm>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "base/units.hpp"
#include "rules/facts/consumers.hpp"
#include "rules/facts/shared.hpp"
#include "rules/rule.hpp"
#include "rules/thresholds.hpp"

namespace vigie::rules {
namespace {

constexpr double hundred = 100;

/// The process that waits for storage most, and in what.
struct DiskWait {
  double part = 0;                 ///< of the looks
  const Member* member = nullptr;  ///< nullptr: the host
  std::string call = {},
              file = {};  ///< of a thread that was in uninterruptible sleep; empty when none was caught in it
};

/// A commit takes most of the time of a thread, and others of the process may run meanwhile.
bool is_commit(std::string_view call) {
  constexpr std::string_view calls[] = {"fsync", "fdatasync", "msync", "sync_file_range", "syncfs", "sync"};
  return std::ranges::find(calls, call) != std::end(calls);
}

/// The part of the frames in which a thread of the process was found in uninterruptible sleep in a commit.
double in_commits(const Case& run, const Member& member) {
  const ProcessId id = run.process(member).id;
  const std::vector<Point> frames = run.over_time([&](const Frame& frame, const Run&) -> std::optional<double> {
    const ProcessDetail* const detail = frame.snapshot->find_detail(id);
    if (detail == nullptr || !detail->doing) return std::nullopt;
    return std::ranges::any_of(detail->doing->threads, [](const CallKey& thread) {
      return thread.state == ThreadState::disk && thread.call && is_commit(*thread.call);
    });
  });
  double found = 0;
  for (const Point& frame : frames) found += frame.value;
  constexpr std::size_t least_frames = 4;
  return frames.size() < least_frames ? 0 : found / static_cast<double>(frames.size());
}

/// The call of a thread in uninterruptible sleep, of the newest frame in which one was.
void add_call(const Case& run, DiskWait& wait) {
  const ProcessId id = run.process(*wait.member).id;
  (void)run.over_time([&](const Frame& frame, const Run&) -> std::optional<double> {
    const ProcessDetail* const detail = frame.snapshot->find_detail(id);
    if (detail == nullptr || !detail->doing) return std::nullopt;
    for (const CallKey& thread : detail->doing->threads) {
      if (thread.state != ThreadState::disk || !thread.call || thread.call->empty()) continue;
      wait.call = *thread.call;
      wait.file = thread.file;
    }
    return std::nullopt;
  });
}

DiskWait disk_wait_of(const Case& run) {
  DiskWait most;
  for (const Member& member : run.run().members) {
    const StateShares* const shares = run.shares(member);
    const double part = std::max(shares != nullptr ? shares->disk : 0, in_commits(run, member));
    if (part > most.part) most = {.part = part, .member = &member, .call = {}, .file = {}};
  }
  if (most.member != nullptr) add_call(run, most);
  return most;
}

/// "sda" of /dev/sda3, "nvme0n1" of /dev/nvme0n1p2: the whole disk, of those that there are; empty when it is none.
std::string disk_of_source(const Case& run, std::string_view source) {
  const std::string_view name = source.substr(source.rfind('/') + 1);
  std::string whole;
  if (!run.host().disks) return whole;
  for (const DiskSample& disk : *run.host().disks) {
    if (!disk.partition && name.starts_with(disk.name) && disk.name.size() > whole.size()) whole = disk.name;
  }
  return whole;
}

/// A disk that is slow or has no time left.
struct SlowDisk {
  std::string name;
  double busy = 0;
  std::string text;
  bool limited = false;  ///< it is a limit of the control group that makes it so
};

/// A limit of the run's own group on a device, which it has reached.
std::optional<SlowDisk> reached_limit(const Case& run) {
  const CgroupSample* const group = run.group();
  if (group == nullptr || !group->io) return std::nullopt;
  double reads = 0;
  double writes = 0;
  for (const Member& member : run.run().members) {
    reads += run.rates(member).read_bytes_per_second.value_or(0);
    writes += run.rates(member).write_bytes_per_second.value_or(0);
  }
  for (const CgroupIoLimit& limit : *group->io) {
    const bool reading = limit.read_bytes_per_second != unlimited &&
                         reads >= thresholds::io_limit_part * static_cast<double>(limit.read_bytes_per_second);
    const bool writing = limit.write_bytes_per_second != unlimited &&
                         writes >= thresholds::io_limit_part * static_cast<double>(limit.write_bytes_per_second);
    if (!reading && !writing) continue;
    const auto allowed = static_cast<double>(reading ? limit.read_bytes_per_second : limit.write_bytes_per_second);
    const double does = reading ? reads : writes;
    return SlowDisk{.name = {},
                    .busy = hundred * does / allowed,
                    .text = fmt::format("its control group may {} {}/s on device {}:{}, and it does {}/s",
                                        reading ? "read" : "write", human_bytes(allowed), limit.major, limit.minor,
                                        human_bytes(does)),
                    .limited = true};
  }
  return std::nullopt;
}

/// Slow for its kind, and busy. The one that the file lies on need not be busy all the time: a process that waits for
/// one request after the other leaves pauses. `any_pace`: busy is enough.
std::optional<SlowDisk> slow_disk(const Case& run, const std::string& wanted, bool any_pace) {
  const auto& disks = run.host().disks;
  const std::vector<DiskRates>& rates = run.frame().delta.host.disks;
  std::optional<SlowDisk> found;
  for (std::size_t i = 0; disks && i < std::min(disks->size(), rates.size()); ++i) {
    const DiskSample& disk = (*disks)[i];
    const double busy = rates[i].busy_percent.value_or(0);
    if (disk.partition || (found && busy <= found->busy) || (any_pace && !is_judged(disk))) continue;
    if (busy < (disk.name == wanted || any_pace ? thresholds::own_disk_busy_percent : thresholds::disk_busy_percent))
      continue;
    const Reading<double> await = await_milliseconds(rates[i]);
    const double slow = await_bounds(disk.kind).warning;
    const bool stuck = !await && disk.in_flight > 0;
    if (!any_pace && !stuck && await.value_or(0) < slow) continue;
    const std::string pace =
        await ? fmt::format("a request takes {:.1f} ms ({:g} is slow for its kind)", *await, slow)
              : fmt::format("none of its {} requests came back in {:.0f} s", disk.in_flight, run.window());
    found = {
        .name = disk.name,
        .busy = busy,
        .text = fmt::format("{} ({}) busy {:.0f} % of the time, {}", disk.name, vigie::name_of(disk.kind), busy, pace),
        .limited = false};
  }
  return found;
}

std::string io_text(const ProcessRates& rates) {
  const double reads = rates.read_bytes_per_second.value_or(0);
  const double writes = rates.write_bytes_per_second.value_or(0);
  if (reads > 0 && writes > 0)
    return fmt::format("reads {}/s and writes {}/s", human_bytes(reads), human_bytes(writes));
  return writes > 0 ? fmt::format("writes {}/s", human_bytes(writes)) : fmt::format("reads {}/s", human_bytes(reads));
}

/// The runs and processes that do most I/O on this host, the largest first.
std::string users_of_disks(const Case& run) {
  std::string names;
  for (const Consumer& one : largest_consumers(run.frame(), disk_of(run.frame()), 3)) {
    const ProcessSample* const process = run.frame().snapshot->find_pid(one.pid);
    const auto index = static_cast<std::size_t>(process - run.frame().snapshot->processes.data());
    if (!names.empty()) names += ", ";
    names += one.run ? fmt::format("run {} ({}/s)", one.name, human_bytes(one.amount))
                     : fmt::format("{} (pid {}) {}", one.name, one.pid, io_text(run.frame().delta.processes[index]));
  }
  return names;
}

std::string cause_of(const Case& run, const SlowDisk& disk) {
  if (disk.limited) return "a limit of its control group on this device";
  const std::string names = users_of_disks(run);
  if (!names.empty()) return "most is read and written on this host by: " + names;
  return run.is_root()
             ? "no living process: data that was written earlier is still on its way to the disk"
             : "an ordinary user cannot see which process does it: the I/O of other users' processes is private";
}

std::string in_what(const Case& run, const DiskWait& wait) {
  if (wait.member == nullptr)
    return fmt::format("some task waited for storage {:.0f} % of the time", wait.part * hundred);
  std::string text = fmt::format("{} in uninterruptible sleep (D) in {:.0f} % of the looks", run.name_of(*wait.member),
                                 wait.part * hundred);
  if (!wait.call.empty()) text += ", in " + wait.call;
  if (!wait.file.empty()) text += " of " + wait.file;
  return text;
}

/// Pressure, or idle CPUs that wait, so high that nothing else on the host matters as much.
bool host_waits_critically(const Case& run) {
  const HostRates& rates = run.frame().delta.host;
  const double iowait = run.host().cpus == 0 ? 0 : rates.iowait_percent.value_or(0) / run.host().cpus;
  return rates.io_pressure.some_percent.value_or(0) >= check_thresholds::io_pressure_percent.critical ||
         iowait >= check_thresholds::cpu_iowait_percent.critical;
}

}  // namespace

std::optional<Finding> disk_saturated(const Case& run) {
  const Reading<double>& pressure = run.frame().delta.host.io_pressure.some_percent;
  DiskWait wait = run.is_host() ? DiskWait{.part = pressure.value_or(0) / hundred} : disk_wait_of(run);
  const bool critical = run.is_host() && host_waits_critically(run);
  if (run.is_host() ? !critical && wait.part * hundred < check_thresholds::io_pressure_percent.warning
                    : wait.part < thresholds::waits_for_disk) {
    return std::nullopt;
  }
  const MountSample* const mount =
      wait.member != nullptr && !wait.file.empty() ? run.mount_of(*wait.member, wait.file) : nullptr;
  const std::string own = mount == nullptr ? std::string() : disk_of_source(run, mount->source);
  std::optional<SlowDisk> disk = reached_limit(run);
  if (!disk) disk = slow_disk(run, own, false);
  if (!disk && critical) disk = slow_disk(run, own, true);
  if (!disk) return std::nullopt;
  Finding finding = run.finding(critical ? Severity::critical : Severity::warning, std::min(0.95, 0.6 + wait.part / 3));
  finding.share_percent = hundred * wait.part;
  finding.summary =
      run.is_host() ? fmt::format("tasks wait {:.0f} % of the time for {}", wait.part * hundred,
                                  disk->name.empty() ? "a disk that is saturated" : disk->name + ", which is saturated")
                    : fmt::format("waits for a disk that is saturated {:.0f} % of the time", wait.part * hundred);
  finding.evidence.push_back(
      run.evidence("disk_wait_percent", wait.part * hundred, thresholds::waits_for_disk * hundred, in_what(run, wait)));
  finding.evidence.push_back(run.evidence("disk_busy_percent", disk->busy, thresholds::disk_busy_percent, disk->text));
  finding.causes.push_back(cause_of(run, *disk));
  if (is_commit(wait.call)) finding.actions.emplace_back("commit more rarely, or to another disk");
  finding.actions.emplace_back(
      "less at once from the others (vigie ionice idle TARGET), another disk, larger requests");
  return finding;
}

}  // namespace vigie::rules
