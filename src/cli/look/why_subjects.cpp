#include "cli/look/why_subjects.hpp"

#include <algorithm>
#include <utility>

#include "act/judged_depth.hpp"
#include "act/target.hpp"

namespace vigie::cli {

Result<std::vector<const Run*>> subjects(const Frame& frame, const std::string& text) {
  std::vector<const Run*> runs;
  if (text.empty()) {
    for (const Run& run : frame.view.runs) {
      if (!is_over(run.state)) runs.push_back(&run);
    }
    return runs;
  }
  Result<act::Target> target = act::resolve_target(frame, text);
  if (!target) return pass(std::move(target));
  if (!target->run) {
    const std::size_t index = target->processes.front();
    const int run = index < frame.view.run_of.size() ? frame.view.run_of[index] : -1;
    if (run < 0) {
      return fail(target->label + " belongs to no run: only runs are diagnosed; see vigie ls", ErrorKind::no_target);
    }
    target->run = static_cast<std::size_t>(run);
  }
  runs.push_back(&frame.view.runs[*target->run]);
  return runs;
}

DetailRequest depth_of_runs(std::string target, const std::shared_ptr<bool>& seen) {
  constexpr std::size_t most_processes = 64;
  return {.what = act::judged_depth,
          .of = [target = std::move(target), seen](const Frame& bare) -> Result<std::vector<std::size_t>> {
            std::vector<std::size_t> chosen;
            Result<std::vector<const Run*>> runs = subjects(bare, target);
            if (!runs && !*seen) return pass(std::move(runs));
            if (!runs) return chosen;  // it ended meanwhile
            if (target.empty()) {
              Result<std::vector<std::size_t>> own = act::own_group().of(bare);  // whose limits stand for the host's
              if (own) chosen = std::move(*own);
            }
            *seen = true;
            for (const Run* run : *runs) {
              std::vector<Member> members = run->members;
              std::ranges::stable_sort(members, {}, [](const Member& member) {
                const bool trains = member.role == Role::trainer || member.role == Role::rank;
                return trains ? 0 : member.role == Role::loader_worker ? 1 : 2;
              });
              for (const Member& member : members) {
                if (chosen.size() < most_processes && bare.snapshot->processes[member.process].state != 'Z')
                  chosen.push_back(member.process);
              }
            }
            return chosen;
          },
          .at_first = proc::Details(proc::Detail::cgroup) | proc::Detail::layout | proc::Detail::doing,
          .in_between = proc::Details(proc::Detail::cgroup) | proc::Detail::doing | proc::Detail::mounts};
}

/// What comes over the network is not to be seen otherwise. The descriptors of many processes take their time.
NetRequest connections_of_loaders() {
  constexpr std::size_t most_others = 64;
  return {.what = net::Part::tcp, .of = [](const Frame& bare) -> Result<std::vector<std::size_t>> {
            std::vector<std::size_t> loaders;
            std::size_t others = 0;
            for (const Run& run : bare.view.runs) {
              for (const Member& member : run.members) {
                const bool worker = member.role == Role::loader_worker;
                if (worker || (member.role == Role::other && ++others <= most_others))
                  loaders.push_back(member.process);
              }
            }
            return loaders;
          }};
}

}  // namespace vigie::cli
