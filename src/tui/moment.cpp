#include "tui/moment.hpp"

#include <algorithm>
#include <utility>

#include "model/gpu_use.hpp"
#include "views/run_columns.hpp"

namespace vigie::tui {
namespace {

Reading<double> percent_of_total(double part, double whole) {
  if (!(whole > 0)) return Presence::unknown;
  return 100 * part / whole;
}

Reading<double> all_cpus(const Reading<double>& of_one, unsigned cpus) {
  if (!of_one) return of_one;
  return percent_of_total(*of_one / 100, cpus);
}

/// The sum of what is known; absent when nothing is.
void add_to(Reading<double>& sum, const Reading<double>& part) {
  if (part)
    sum = sum.value_or(0) + *part;
  else if (!sum)
    sum = part.presence();
}

void read_memory(HostMoment& host, const HostSample& sample) {
  if (!sample.memory) {
    host.memory_percent = host.memory_bytes = host.swap_percent = sample.memory.presence();
    return;
  }
  const auto used = static_cast<double>(used_bytes(*sample.memory));
  host.memory_bytes = used;
  host.memory_percent = percent_of_total(used, static_cast<double>(sample.memory->total));
  host.swap_percent = sample.memory->swap_total == 0
                          ? Reading<double>(Presence::unsupported)
                          : percent_of_total(static_cast<double>(swap_used_bytes(*sample.memory)),
                                             static_cast<double>(sample.memory->swap_total));
}

void read_disks(Moment& moment, const Frame& frame) {
  const Reading<std::vector<DiskSample>>& disks = frame.snapshot->host.disks;
  const std::vector<DiskRates>& rates = frame.delta.host.disks;
  if (!disks || rates.size() != disks->size()) return;
  for (std::size_t index = 0; index < rates.size(); ++index) {
    const DiskSample& disk = (*disks)[index];
    if (disk.partition || !is_physical(disk.kind)) continue;
    moment.disks.push_back({.name = disk.name,
                            .read_bytes = rates[index].reads.bytes_per_second,
                            .written_bytes = rates[index].writes.bytes_per_second,
                            .busy_percent = rates[index].busy_percent});
    add_to(moment.host.read_bytes, moment.disks.back().read_bytes);
    add_to(moment.host.written_bytes, moment.disks.back().written_bytes);
  }
}

void read_interfaces(Moment& moment, const Frame& frame) {
  const Reading<std::vector<InterfaceSample>>& interfaces = frame.snapshot->host.interfaces;
  const std::vector<InterfaceRates>& rates = frame.delta.host.interfaces;
  if (!interfaces || rates.size() != interfaces->size()) return;
  const bool physical = std::ranges::any_of(*interfaces, &InterfaceSample::physical);
  for (std::size_t index = 0; index < rates.size(); ++index) {
    const InterfaceSample& interface = (*interfaces)[index];
    moment.interfaces.push_back({.name = interface.name,
                                 .received_bytes = rates[index].received.bytes_per_second,
                                 .sent_bytes = rates[index].sent.bytes_per_second});
    // A container has none with a device behind it: there all but the loopback count.
    if (physical ? !interface.physical : interface.name == "lo") continue;
    add_to(moment.host.received_bytes, moment.interfaces.back().received_bytes);
    add_to(moment.host.sent_bytes, moment.interfaces.back().sent_bytes);
  }
}

void read_gpus(Moment& moment, const Frame& frame) {
  if (!frame.snapshot->gpus) return;
  const std::vector<GpuSample>& gpus = *frame.snapshot->gpus;
  for (std::size_t index = 0; index < gpus.size(); ++index) {
    const GpuSample& gpu = gpus[index];
    const GpuRates* const rates = index < frame.delta.gpu.gpus.size() ? &frame.delta.gpu.gpus[index] : nullptr;
    const Reading<double> memory = gpu.memory_used_bytes && gpu.memory_total_bytes
                                       ? percent_of_total(static_cast<double>(*gpu.memory_used_bytes),
                                                          static_cast<double>(*gpu.memory_total_bytes))
                                       : Reading<double>(gpu.memory_used_bytes.presence());
    moment.gpus.push_back({.pci = gpu.pci,
                           .busy_percent = busy_percent_of(gpu, rates),
                           .sm_percent = gpu.sm_active_percent,
                           .memory_percent = memory,
                           .power_watts = gpu.power_watts,
                           .celsius = gpu.temperature_celsius});
  }
}

/// The looks at a process; nullptr where there were none.
const StateShares* looks_at(const Frame& frame, const Member& member) {
  if (member.process >= frame.delta.processes.size()) return nullptr;
  const Reading<StateShares>& states = frame.delta.processes[member.process].states;
  return states && states->looks > 0 ? &*states : nullptr;
}

/// Those whose looks tell what a run did: its trainers; of a program without any, the process that slept least.
std::vector<const StateShares*> telling_looks(const Frame& frame, const Run& run) {
  std::vector<const StateShares*> trainers, others;
  for (const Member& member : run.members) {
    const StateShares* const looks = looks_at(frame, member);
    if (looks == nullptr) continue;
    const bool trains = member.role == vigie::Role::trainer || member.role == vigie::Role::rank;
    (trains ? trainers : others).push_back(looks);
  }
  if (!trainers.empty() || others.empty()) return trainers;
  return {*std::ranges::min_element(others, {}, [](const StateShares* looks) { return looks->asleep; })};
}

void read_states(RunMoment& moment, const Frame& frame, const Run& run) {
  const std::vector<const StateShares*> all = telling_looks(frame, run);
  if (all.empty()) return;
  StateShares sum;
  for (const StateShares* const looks : all) {
    sum.running += looks->running;
    sum.disk += looks->disk;
    sum.stopped += looks->stopped;
    sum.asleep += looks->asleep;
  }
  const auto count = static_cast<double>(all.size());
  moment.running = sum.running / count;
  moment.disk = sum.disk / count;
  moment.stopped = sum.stopped / count;
  moment.asleep = sum.asleep / count;
}

RunMoment run_moment(const Frame& frame, const Run& run) {
  RunMoment moment{.id = run.id, .state = run.state, .cpu_percent = views::cpu_percent_of(frame, run)};
  if (run.progress) {
    const std::optional<double> rate = rate_of(*run.progress);
    const bool stands =
        run.state == RunState::paused || views::course_of({.frame = &frame, .run = &run}).stalled_seconds;
    moment.rate_per_second = !rate ? Reading<double>(Presence::unknown) : Reading<double>(stands ? 0 : *rate);
  } else {
    moment.rate_per_second = run.progress.presence();
  }
  moment.gpu_percent = gpu_use_of(frame, run).busy_percent;
  moment.io_bytes = Presence::unknown;
  for (const Member& member : run.members) {
    if (member.process >= frame.delta.processes.size()) continue;
    add_to(moment.io_bytes, frame.delta.processes[member.process].read_bytes_per_second);
    add_to(moment.io_bytes, frame.delta.processes[member.process].write_bytes_per_second);
  }
  read_states(moment, frame, run);
  return moment;
}

template <class Part>
const Part* find_part(const std::vector<Part>& parts, std::string_view name, std::string Part::* member) {
  const auto found = std::ranges::find(parts, name, member);
  return found == parts.end() ? nullptr : &*found;
}

}  // namespace

const GpuMoment* Moment::gpu(std::string_view pci) const {
  return find_part(gpus, pci, &GpuMoment::pci);
}

const DiskMoment* Moment::disk(std::string_view name) const {
  return find_part(disks, name, &DiskMoment::name);
}

const InterfaceMoment* Moment::interface(std::string_view name) const {
  return find_part(interfaces, name, &InterfaceMoment::name);
}

const RunMoment* Moment::run(std::string_view id) const {
  return find_part(runs, id, &RunMoment::id);
}

Moment moment_of(const Frame& frame) {
  const HostSample& sample = frame.snapshot->host;
  const HostRates& rates = frame.delta.host;
  Moment moment{.wall_ns = frame.snapshot->after.wall_ns, .elapsed_seconds = frame.delta.elapsed_seconds};
  moment.host = {.cpu_percent = all_cpus(rates.cpu_busy_percent, sample.cpus),
                 .system_percent = rates.cpu.system,
                 .iowait_percent = rates.cpu.iowait,
                 .cpu_pressure = rates.cpu_pressure.some_percent,
                 .io_pressure = rates.io_pressure.some_percent,
                 .memory_pressure = rates.memory_pressure.some_percent,
                 .load1 = sample.load1};
  read_memory(moment.host, sample);
  read_disks(moment, frame);
  read_interfaces(moment, frame);
  read_gpus(moment, frame);
  for (const Run& run : frame.view.runs) {
    if (!is_over(run.state)) moment.runs.push_back(run_moment(frame, run));
  }
  return moment;
}

}  // namespace vigie::tui
