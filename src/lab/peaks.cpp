// Exercise 2: a training whose peaks come from one of its workers.
#include <algorithm>

#include <fmt/format.h>

#include "lab/exercise.hpp"

namespace vigie::lab {
namespace {

constexpr const char* train = "lab-2-train";
constexpr std::uint64_t peak_bytes = 200 << 20;

std::vector<Actor> scene(Memory& memory, unsigned /*lot*/) {
  return {
      {train, {"training", "--count", "3", "--size", "200M", "--for", "30m", "--checkpoint", memory["checkpoint"]}}};
}

/// Remembers which process makes the peaks, once one was seen.
bool ready(const Sight& sight, Memory& memory) {
  for (const Part& worker : sight.actor(train).children) {
    if (worker.rss_bytes < peak_bytes / 2) continue;
    memory["worker"] = std::to_string(worker.id.pid);
    memory["peak"] = std::to_string(worker.rss_bytes >> 20);
  }
  return memory.contains("worker");
}

Verdict check(const Sight& sight, Memory& memory) {
  const ActorSight& run = sight.actor(train);
  if (run.over) return {.steps = {}, .mishap = std::string(train) + " has ended"};
  const auto who = static_cast<pid_t>(recall_number(memory, "worker"));
  const auto worker = std::ranges::find(run.children, who, [](const Part& part) { return part.id.pid; });
  const bool silenced = worker == run.children.end() || worker->state == 'T';
  const auto others = std::ranges::count_if(
      run.children, [&](const Part& part) { return part.id.pid != who && part.state != 'T' && part.state != 'Z'; });
  Verdict verdict;
  verdict.steps = {{"the worker that makes the peaks is stopped", silenced},
                   {"the training and its two other workers go on", others == 2 && run.main.state != 'T'}};
  if (const bool quiet = verdict.done(); quiet || memory.contains("quiet")) {
    const bool seen = seen_for(sight, memory, "quiet", quiet, time_to_look_seconds);
    verdict.steps.push_back({"look again: for ten seconds there is no peak", seen});
    verdict.takes_time = quiet && !seen;
  }
  if (run.main.state == 'T') verdict.steps[1].remark = "all of the training is stopped: let it go on";
  if (run.children.size() < 3 && others < 2) verdict.mishap = "a worker has ended that made no peaks";
  return verdict;
}

constexpr Exercise exercise{
    .number = 2,
    .title = "Simulate a training and explain its peaks",
    .summary = "memory and CPU jump every few seconds: whose doing is it?",
    .task =
        "lab-2-train is like a training: it takes steps, has three loader workers and writes a checkpoint now and "
        "then. Every five seconds its memory and its CPU time jump, every fifty steps it writes to the disk.\n"
        "  1. Watch it for a quarter of a minute. Which process is behind the peaks of memory and CPU?\n"
        "  2. Stop that process alone (SIGSTOP); the training must go on. Then see that the peaks are gone.",
    .with_vigie =
        "vigie ps lab-2-train -w 1 -o pid,ppid,cpu_percent,rss_bytes,write_bytes_per_second\n"
        "vigie pause {worker}",
    .with_classics =
        "watch -n 1 ps -o pid,ppid,pcpu,rss --ppid {pid.lab-2-train}\n"
        "kill -STOP {worker}",
    .explanation =
        "Worker {worker} took {peak} MiB and computed for a second and a half of every five, as a transform does that "
        "keeps a cache: such a peak is a worker's, not the model's, and with more workers there are more of them. The "
        "peaks of writing came from the main process itself: its checkpoint. They stay.\n"
        "The training went on without that worker: the two others had batches ready. In a real one, that order of "
        "batches "
        "would wait for it.",
    .scene = scene,
    .ready = ready,
    .check = check,
};

}  // namespace

const Exercise& peaks() {
  return exercise;
}

}  // namespace vigie::lab
