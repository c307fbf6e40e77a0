// cpu-underused: the run computes on few threads because it was told to, while CPUs idle.
#include <charconv>

#include <fmt/format.h>

#include "rules/facts/gpu_facts.hpp"
#include "rules/rule.hpp"
#include "rules/thresholds.hpp"

namespace vigie::rules {
namespace {

/// Threads that the environment allows a math library; 0 when it says nothing.
unsigned told_threads(const ProcessSample& process) {
  unsigned told = 0;
  if (!process.variables) return told;
  const std::string& text = process.variables->math_threads;
  std::from_chars(text.data(), text.data() + text.size(), told);
  return told;
}

/// Whether a process computes on as many threads as a library was told to, and that is few. A program that computes
/// outside of it would use one thread, too, whatever the library may do. From outside two things are certain: a limit,
/// and that a framework has not even made the threads that it would compute on.
bool is_held_back(const Case& run, const Member& member, const StateShares& shares) {
  const ProcessSample& process = run.process(member);
  const unsigned told = told_threads(process);
  if (told > 0) return 2 * told <= run.cpus() && shares.threads_running <= told + 0.3;
  return is_training(*process.frameworks) && process.threads < run.cpus() && shares.alone >= thresholds::one_thread;
}

}  // namespace

std::optional<Finding> cpu_underused(const Case& run) {
  // The thread that copies to a GPU computes nothing, and no other thread could help it.
  if (keeps_a_gpu_busy(run) || copy_bound(run)) return std::nullopt;
  const double cpus = run.cpus();
  const Reading<double> idle = run.idle_percent();
  if (cpus < 2 || !idle || *idle < thresholds::underused_idle_percent) return std::nullopt;
  for (const Member& member : run.run().members) {
    const ProcessSample& process = run.process(member);
    const StateShares* const shares = run.shares(member);
    if (shares == nullptr || !process.frameworks || *process.frameworks == Framework::none) continue;
    if (member.role == Role::loader_worker || run.age(member) - run.window() < thresholds::start_up_seconds) continue;
    if (shares->running < thresholds::computing || !is_held_back(run, member, *shares)) continue;
    // A process that reads files computes little: that is the loader's matter.
    if (run.rates(member).read_chars_per_second.value_or(0) >= thresholds::serial_read_bytes_per_second) continue;
    const unsigned told = told_threads(process);
    Finding finding = run.finding(Severity::warning, told > 0 ? 0.85 : 0.6);
    finding.summary = fmt::format("computes on {:.1f} threads while {:.1f} of {:g} CPUs are idle",
                                  shares->threads_running, *idle / 100, cpus);
    finding.evidence.push_back(
        run.evidence("running_threads", shares->threads_running, told > 0 ? told : 1,
                     fmt::format("{} has {:.1f} of its {} threads running on average over {} looks",
                                 run.name_of(member), shares->threads_running, process.threads, shares->looks)));
    finding.evidence.push_back(
        run.evidence("cpu_idle_percent", *idle, thresholds::underused_idle_percent,
                     fmt::format("{:.0f} % of {:g} CPUs idle on this host (100 % per CPU)", *idle, cpus)));
    finding.causes.push_back(told > 0 ? fmt::format("its environment limits the math library to {}; torchrun sets "
                                                    "OMP_NUM_THREADS=1 by itself",
                                                    Case::counted(told, "thread"))
                                      : std::string("the program limits its math library (torch.set_num_threads, or "
                                                    "OMP_NUM_THREADS set in the script)"));
    finding.actions.push_back(told > 0 ? fmt::format("start it with OMP_NUM_THREADS={:g} instead of {}", cpus, told)
                                       : fmt::format("torch.set_num_threads({:g}), or leave it to the library", cpus));
    return finding;
  }
  return std::nullopt;
}

}  // namespace vigie::rules
