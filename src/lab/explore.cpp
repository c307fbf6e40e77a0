// Exercise 1: three processes with the same command line, told apart by what they do.
#include <array>

#include <fmt/format.h>

#include "lab/exercise.hpp"

namespace vigie::lab {
namespace {

constexpr std::array names = {"lab-1-a", "lab-1-b", "lab-1-c"};

std::vector<Actor> scene(Memory& memory, unsigned lot) {
  constexpr std::array<std::pair<const char*, const char*>, 3> riddles = {
      {{"busy", "cpu --rate 60%"}, {"large", "memory --size 150M"}, {"many", "threads --count 40"}}};
  std::vector<Actor> actors;
  for (std::size_t i = 0; i < names.size(); ++i) {
    // One of the six orders of three things: a rotation, and perhaps two exchanged.
    std::size_t at = (i + lot) % 3;
    if (lot / 3 % 2 == 1 && at != 2) at = 1 - at;
    memory[riddles[at].first] = names[i];
    actors.push_back({names[i], {"riddle", "--for", "30m"}, riddles[at].second});
  }
  return actors;
}

bool ready(const Sight& sight, Memory& memory) {
  const ActorSight& large = sight.actor(recall(memory, "large"));
  for (const char* name : {"busy", "large"}) {
    memory[std::string("pid.") + name] = std::to_string(sight.actor(recall(memory, name)).main.id.pid);
  }
  return large.over || large.main.rss_bytes > 140 << 20;
}

Verdict check(const Sight& sight, Memory& memory) {
  const ActorSight& busy = sight.actor(recall(memory, "busy"));
  const ActorSight& large = sight.actor(recall(memory, "large"));
  const ActorSight& many = sight.actor(recall(memory, "many"));
  Verdict verdict;
  verdict.steps = {{"the process that uses the CPU has ended", busy.over},
                   {"the process that holds the most memory is stopped (state T), and holds it still",
                    !large.over && large.main.state == 'T'},
                   {"the process that has 40 threads goes on as before", !many.over && many.main.state != 'T'}};
  if (!busy.over && busy.main.state == 'T') verdict.steps[0].remark = "it is stopped: that is not ended";
  if (busy.over && busy.code == 137) verdict.steps[0].remark = "with SIGKILL; SIGTERM lets a process clean up";
  if (!many.over && many.main.state == 'T') verdict.steps[2].remark = many.name + " is stopped: let it go on";
  if (large.over) verdict.mishap = fmt::format("{} held the memory, and has ended", large.name);
  if (many.over) verdict.mishap = fmt::format("{} was the one with 40 threads, and has ended", many.name);
  return verdict;
}

constexpr Exercise exercise{
    .number = 1,
    .title = "Explore processes",
    .summary = "three processes look the same: find out which does what",
    .task =
        "Three runs are alive: lab-1-a, lab-1-b and lab-1-c. Their command lines are the same. One uses the CPU, one "
        "holds 150 MiB of memory, one has 40 threads.\n"
        "  1. Find the one that uses the CPU, and end it with SIGTERM.\n"
        "  2. Find the one that holds the memory, and stop it (SIGSTOP) without ending it.\n"
        "  3. Leave the third alone.",
    .with_vigie =
        "vigie ps riddle -o pid,run,cpu_percent,rss_bytes,threads    (or: vigie ls)\n"
        "vigie stop {busy}\n"
        "vigie pause {large}",
    .with_classics =
        "ps -o pid,pcpu,rss,nlwp,stat,cmd $(pgrep -f '[l]oad riddle')    (or: top, sorted with P and M)\n"
        "kill -TERM {pid.busy}\n"
        "kill -STOP {pid.large}",
    .explanation =
        "{busy} computed, {large} held memory, {many} had threads. The columns that told: CPU%, RSS and the number of "
        "threads (NLWP). CPU% of ps is since the process began; that of vigie and top is of the last interval.\n"
        "A stopped process (T) uses no CPU and keeps its memory – GPU memory, too. SIGCONT lets it go on. SIGTERM "
        "asks, "
        "and a process may clean up; SIGKILL does not ask.",
    .scene = scene,
    .ready = ready,
    .check = check,
};

}  // namespace

const Exercise& explore() {
  return exercise;
}

}  // namespace vigie::lab
