// Exercise 8: a training that is interrupted, saves, and goes on.
#include <algorithm>

#include <fmt/format.h>

#include "lab/exercise.hpp"

namespace vigie::lab {
namespace {

constexpr const char* night = "lab-8-night";

std::vector<Actor> scene(Memory& memory, unsigned /*lot*/) {
  return {{night, {"training", "--for", "30m", "--size", "32M", "--checkpoint", memory["checkpoint"]}}};
}

/// A second of steps must have been taken, or there is nothing to lose.
bool ready(const Sight& sight, Memory& memory) {
  if (!sight.saved) return false;
  memory["first"] = std::to_string(sight.saved->pid);
  memory["trained"] = fmt::format("{:.2f}", recall_number(memory, "trained") + sight.seconds);
  return recall_number(memory, "trained") >= 1;
}

bool is_alive(const Sight& sight, pid_t pid) {
  const ActorSight& run = sight.actor(night);
  const bool stranger = std::ranges::any_of(sight.strangers, [&](const Stranger& one) { return one.id.pid == pid; });
  return stranger || (!run.over && run.main.id.pid == pid);
}

Verdict check(const Sight& sight, Memory& memory) {
  const auto first = static_cast<pid_t>(recall_number(memory, "first"));
  const bool mine = sight.saved && sight.saved->pid == first;
  if (mine && sight.saved->why == "SIGTERM") memory["saved"] = std::to_string(sight.saved->step);
  // A training that is started again at once writes the next one before this one is looked at.
  if (sight.saved && sight.saved->before_pid == first && sight.saved->before_why == "SIGTERM")
    memory["saved"] = std::to_string(sight.saved->began_at);
  const bool saved = memory.contains("saved");
  const bool resumed = saved && sight.saved && sight.saved->pid != first && is_alive(sight, sight.saved->pid) &&
                       std::to_string(sight.saved->began_at) == recall(memory, "saved");
  Verdict verdict;
  verdict.steps = {{"it was ended with SIGTERM, and has saved its last step", saved},
                   {"it goes on from that step", resumed}};
  if (!saved && !is_alive(sight, first)) {
    verdict.mishap = "it ended without saving its last step";
    if (mine) verdict.mishap += fmt::format(": what came after step {} is lost", sight.saved->step);
  }
  return verdict;
}

constexpr Exercise exercise{
    .number = 8,
    .title = "Overnight: checkpoint on SIGTERM, and resume",
    .summary = "end a training so that nothing is lost, and let it go on from there",
    .task =
        "lab-8-night trains, and writes a checkpoint every fifty steps and when it is asked to end:\n"
        "    {checkpoint}\n"
        "The machine is needed for something else. End the training so that not one step is lost. Then start it "
        "again, with the same command: it must go on where it was.",
    .with_vigie =
        "vigie stop lab-8-night      (or --wait-checkpoint DIR, where saving takes long)\n"
        "vigie restart lab-8-night",
    .with_classics =
        "head -1 {checkpoint}\n"
        "kill -TERM {pid.lab-8-night}; tail --pid={pid.lab-8-night} -f /dev/null\n"
        "nohup vigie load training --for 30m --size 32M --checkpoint {checkpoint} >/dev/null 2>&1 &",
    .explanation =
        "It saved step {saved} when SIGTERM came, and began with that step again: nothing was lost. SIGKILL would have "
        "cost up to fifty steps, a minute or an hour of a real training. That is what a grace period is for: `vigie "
        "stop` "
        "waits 30 s by itself, `--grace 5m` longer; Slurm and spot machines send SIGTERM, too, before they kill. For a "
        "night alone: `vigie run --restart on-failure --resume-cmd CMD`.",
    .scene = scene,
    .ready = ready,
    .check = check,
};

}  // namespace

const Exercise& overnight() {
  return exercise;
}

}  // namespace vigie::lab
