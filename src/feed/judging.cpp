#include "feed/judging.hpp"

#include <algorithm>
#include <utility>

namespace vigie {
namespace {

/// Control groups, limits, open files and calls of the processes of runs; first of those whose trouble is the run's.
DetailRequest depth_of(ChooseRuns whom, bool host) {
  constexpr std::size_t most_processes = 64;
  return {.what = judged_depth,
          .of = [whom = std::move(whom), host](const Frame& bare) -> Result<std::vector<std::size_t>> {
            std::vector<std::size_t> chosen;
            ASSIGN_OR_RETURN(std::vector<const Run*> runs, whom(bare));
            if (host) {
              Result<std::vector<std::size_t>> own = own_group().of(bare);  // whose limits stand for the host's
              if (own) chosen = std::move(*own);
            }
            for (const Run* run : runs) {
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

/// Nothing else shows what comes over the network. Reading the descriptors of many processes takes its time.
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

}  // namespace

DetailRequest own_group() {
  return {.what = proc::Detail::cgroup, .of = [](const Frame& bare) -> Result<std::vector<std::size_t>> {
            const auto& processes = bare.snapshot->processes;
            if (const ProcessSample* own = bare.snapshot->find_pid(bare.snapshot->observer)) {
              return std::vector{static_cast<std::size_t>(own - processes.data())};
            }
            return processes.empty() ? std::vector<std::size_t>{} : std::vector<std::size_t>{0};
          }};
}

FeedOptions watch_for_judging(ChooseRuns whom, bool host) {
  using enum proc::Field;
  using enum sys::Part;
  FeedOptions feed;
  feed.what.fields = proc::Fields(io) | sched | status | wchan | cmdline | shared | cwd;
  feed.what.host = sys::Parts(cpu) | memory | paging | pressure | disks | mounts | locks | load | interfaces | sensors;
  feed.pace.look_hz = looks_per_second;
  feed.what.log_tails = true;
  feed.what.users = true;
  feed.what.detail = depth_of(std::move(whom), host);
  feed.what.net = connections_of_loaders();
  feed.what.gpus = GpuWish::if_there;
  return feed;
}

}  // namespace vigie
