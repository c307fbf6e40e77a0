// Exercise 6: zombies, and what a killed process left.
#include <algorithm>

#include <fmt/format.h>

#include "lab/exercise.hpp"

namespace vigie::lab {
namespace {

constexpr const char* parent = "lab-6-parent";

std::vector<Actor> scene(Memory& /*memory*/, unsigned /*lot*/) {
  // In this order: a load that starts removes what a killed one left.
  return {{.name = parent, .arguments = {"zombie", "--count", "3", "--for", "30m"}},
          {.name = "lab-6-killed", .arguments = {"shm", "--size", "8M", "--for", "30m"}, .killed_at_once = true}};
}

bool ready(const Sight& sight, Memory& memory) {
  const ActorSight& run = sight.actor(parent);
  const bool there = run.children.size() == 3 && sight.segment;
  if (there) {
    std::string pids;
    for (const Part& child : run.children) pids += (pids.empty() ? "" : ", ") + std::to_string(child.id.pid);
    memory["zombies"] = pids;
  }
  return there;
}

Verdict check(const Sight& sight, Memory& memory) {
  const ActorSight& run = sight.actor(parent);
  const auto left = std::ranges::count(run.children, 'Z', &Part::state);
  Verdict verdict;
  verdict.steps = {{"the three zombies are gone", run.over && left == 0},
                   {fmt::format("{} is removed", recall(memory, "segment")), !sight.segment}};
  if (!run.over) verdict.steps[0].remark = fmt::format("{} are there, and so is their parent", left);
  return verdict;
}

constexpr Exercise exercise{
    .number = 6,
    .title = "Zombies and cleaning up",
    .summary = "three zombies, and shared memory that a killed process left: remove both",
    .task =
        "Somewhere there are three zombies, and in /dev/shm there is a segment of a process that was killed.\n"
        "  1. Find the zombies. Try to kill one: nothing happens. Find out what must end so that they go, and end it.\n"
        "  2. Find the segment (vigie-load-shm-…): make sure that nobody uses it, and remove it.",
    .with_vigie =
        "vigie ps lab-6-parent -o pid,ppid,state,comm    (or: vigie why lab-6-parent)\n"
        "vigie stop lab-6-parent\n"
        "rm {segment}",
    .with_classics =
        "ps -eo pid,ppid,stat,comm | awk '$3 ~ /^Z/'\n"
        "kill {pid.lab-6-parent}\n"
        "fuser -v {segment}; rm {segment}",
    .explanation =
        "A zombie ({zombies}) has ended already: it holds no memory, only its pid and exit status, until its parent "
        "asks "
        "for it (wait). A signal to it does nothing. When the parent ends, whoever adopts them – init, or the keeper "
        "of a "
        "run – asks for them at once. Real ones mean a parent with a bug, and in the end no pids.\n"
        "Shared memory belongs to nobody: a process that is killed with SIGKILL leaves its segments in /dev/shm, and "
        "they "
        "take memory until they are removed. `vigie stop` says what a run leaves there; `vigie load` remembers its "
        "own, "
        "and removes them at its next start.",
    .scene = scene,
    .ready = ready,
    .check = check,
};

}  // namespace

const Exercise& zombies() {
  return exercise;
}

}  // namespace vigie::lab
