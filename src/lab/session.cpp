// Exercise 7: a session that survives the terminal.
#include <algorithm>

#include <fmt/format.h>

#include "lab/exercise.hpp"

namespace vigie::lab {
namespace {

constexpr const char* train = "lab-7-train";

std::vector<Actor> scene(Memory& /*memory*/, unsigned /*lot*/) {
  return {{train, {"training", "--for", "30m", "--size", "32M"}}};
}

bool ready(const Sight& sight, Memory& /*memory*/) {
  return sight.actor(train).main.id.pid != 0;
}

Verdict check(const Sight& sight, Memory& memory) {
  if (sight.actor(train).over) return {.steps = {}, .mishap = std::string(train) + " has ended"};
  const Session* best = nullptr;
  for (const Session& one : sight.sessions) {
    if (one.name.starts_with("lab-7") && (best == nullptr || one.most_panes > best->most_panes)) best = &one;
  }
  Verdict verdict;
  verdict.steps = {{"there is a tmux session whose name begins with lab-7", best != nullptr},
                   {"a window of it has three panes", best != nullptr && best->most_panes >= 3},
                   {"no terminal is attached to it, and the training goes on", best != nullptr && best->clients == 0}};
  if (const bool left = verdict.done(); left || memory.contains("left")) {
    const bool seen = seen_for(sight, memory, "left", left, time_to_look_seconds);
    verdict.steps.push_back({"it goes on without you, for ten seconds", seen});
    verdict.takes_time = left && !seen;
  }
  if (best != nullptr && best->most_panes < 3)
    verdict.steps[1].remark = fmt::format("{} has {}", best->name, best->most_panes);
  if (best != nullptr && best->clients > 0) verdict.steps[2].remark = "leave it with Ctrl-b d";
  return verdict;
}

constexpr Exercise exercise{
    .number = 7,
    .title = "A persistent session with three panes",
    .summary = "a tmux session with the training, its processes and the host; then leave it",
    .task =
        "lab-7-train is running. Make a tmux session around it whose name begins with lab-7, with three panes in one "
        "window: the output of the training, its processes, the GPU or the host. Then detach: the session, and the "
        "training, must go on without you.",
    .with_vigie =
        "vigie workspace lab-7-train\n"
        "Ctrl-b d",
    .with_classics =
        "tmux new-session -d -s lab-7 vigie logs -f lab-7-train\n"
        "tmux split-window -h -t lab-7 htop -p {pid.lab-7-train}\n"
        "tmux split-window -v -t lab-7 vmstat 2",
    .explanation =
        "A tmux session lives in its server, not in your terminal: closing the terminal, or losing the SSH connection, "
        "detaches. `tmux attach -t NAME` (or `vigie workspace` again) brings you back. But what runs in a pane dies "
        "with "
        "the server; a supervised run is no child of a pane, so even `tmux kill-server` leaves it alone.",
    .scene = scene,
    .ready = ready,
    .check = check,
    .needs_tmux = true,
};

}  // namespace

const Exercise& session() {
  return exercise;
}

}  // namespace vigie::lab
