#include "rules/facts/demand.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include <fmt/format.h>

#include "rules/facts/consumers.hpp"
#include "rules/thresholds.hpp"

namespace vigie::rules {
namespace {

bool is_of_training(Role role) {
  return role == Role::trainer || role == Role::rank || role == Role::loader_worker;
}

void add(const Case& run, std::size_t index, Demand& demand) {
  const Member& member = run.run().members[index];
  const StateShares* const shares = run.shares(member);
  if (shares == nullptr) return;
  demand.threads += shares->threads_running;
  demand.delay_percent = std::max(demand.delay_percent, run.rates(member).run_delay_percent.value_or(0));
  demand.members.push_back(index);
  if (shares->threads_running > demand.most_threads_running) {
    demand.most_threads_running = shares->threads_running;
    demand.most_threads = index;
  }
}

}  // namespace

Demand demand_of(const Case& run) {
  Demand training;
  std::map<std::string, Demand> programs;
  for (std::size_t index = 0; index < run.run().members.size(); ++index) {
    const Member& member = run.run().members[index];
    if (is_of_training(member.role)) {
      add(run, index, training);
    } else {
      add(run, index, programs[run.process(member).cmdline.value_or(run.process(member).comm)]);
    }
  }
  Demand most = std::move(training);
  for (auto& [program, demand] : programs) {
    if (demand.threads > most.threads) most = std::move(demand);
  }
  return most;
}

bool is_oversubscribed(const Demand& demand, double cpus) {
  return cpus > 0 && demand.threads >= thresholds::runnable_per_cpu * cpus && demand.threads >= std::ceil(cpus) + 0.5 &&
         demand.delay_percent >= thresholds::run_delay_percent;
}

std::string plural_cpus(double cpus) {
  return fmt::format("{:g} CPU{}", cpus, cpus == 1 ? "" : "s");
}

Others others_beside(const Case& run) {
  const Frame& frame = run.frame();
  std::vector<bool> own(frame.snapshot->processes.size());
  std::set<int> processors;
  for (const Member& member : run.run().members) {
    own[member.process] = true;
    if (run.rates(member).cpu_percent.value_or(0) >= 1) processors.insert(run.process(member).processor);
  }
  // When the run is confined to some CPUs, only processes on those are in its way. The CPU that each last ran on tells.
  const bool confined = run.cpus() < run.host().cpus;
  const auto amount = [&](std::size_t index) -> Reading<double> {
    if (own[index] || frame.snapshot->processes[index].id.pid == frame.snapshot->observer) return Presence::unknown;
    if (confined && !processors.contains(frame.snapshot->processes[index].processor)) return Presence::unknown;
    return frame.delta.processes[index].cpu_percent;
  };
  Others others;
  for (std::size_t index = 0; index < own.size(); ++index) others.cpu_percent += amount(index).value_or(0);
  for (const Consumer& one : largest_consumers(frame, amount, 3)) {
    if (one.amount < 5) continue;
    if (!others.names.empty()) others.names += ", ";
    others.names += one.run ? fmt::format("run {} {:.0f} %", one.name, one.amount)
                            : fmt::format("{} (pid {}) {:.0f} %", one.name, one.pid, one.amount);
    const ProcessSample* const process = frame.snapshot->find_pid(one.pid);
    const bool foreign = process != nullptr && !run.may_act_on(*process);
    if (foreign) others.names += " of " + run.owner_of(*process);
    if (!others.first.empty()) continue;
    others.first = one.run ? one.name : fmt::format("{}", one.pid);
    if (foreign) others.owner = run.owner_of(*process);
  }
  return others;
}

}  // namespace vigie::rules
