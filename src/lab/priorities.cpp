// Exercise 4: important work and other work share a CPU and a disk.
#include <algorithm>

#include <fmt/format.h>

#include "lab/exercise.hpp"

namespace vigie::lab {
namespace {

constexpr const char* train = "lab-4-train";
constexpr const char* batch = "lab-4-batch";
constexpr const char* copy = "lab-4-copy";
constexpr int gentle_nice = 10;

std::vector<Actor> scene(Memory& memory, unsigned /*lot*/) {
  return {{.name = train, .arguments = {"cpu", "--for", "30m"}, .on_one_cpu = true},
          {.name = batch, .arguments = {"cpu", "--for", "30m"}, .on_one_cpu = true},
          {.name = copy,
           .arguments = {"disk", "--size", "200M", "--rate", "100M", "--for", "30m", "--dir", memory["disk"]}}};
}

bool is_gentle(const ThreadPriority& thread) {
  constexpr int best_effort = 2, idle = 3, lowest = 7;  // ioprio_set(2)
  if (!thread.io) return false;
  const int io_class = *thread.io >> 13, level = *thread.io & 7;
  return io_class == idle || (io_class == best_effort && level == lowest);
}

std::string milliseconds(double total, double count) {
  return count > 0 ? fmt::format("{:.2f} ms", total / count) : "an unknown time";
}

/// Shares of the CPU, and how long the important one waited for it and any of them for the disk, since the priorities
/// were as they are now.
void remember_share(const Sight& sight, Memory& memory, const std::string& phase) {
  const ActorSight& important = sight.actor(train);
  const std::pair<std::string, double> counters[] = {{".train", static_cast<double>(important.main.cpu_ticks)},
                                                     {".batch", static_cast<double>(sight.actor(batch).main.cpu_ticks)},
                                                     {".waited", static_cast<double>(important.cpu_wait_ns) / 1e6},
                                                     {".read_ms", static_cast<double>(sight.disk_reads.milliseconds)},
                                                     {".reads", static_cast<double>(sight.disk_reads.done)}};
  if (!memory.contains(phase)) {
    for (const auto& [name, value] : counters) memory[phase + name] = fmt::format("{:.3f}", value);
    memory[phase] = "?";
    return;
  }
  Memory since;
  for (const auto& [name, value] : counters)
    since[name] = fmt::format("{:.3f}", value - recall_number(memory, phase + name));
  const double got = recall_number(since, ".train"), all = got + recall_number(since, ".batch");
  if (all < 50) return;  // half a second: less says nothing
  memory[phase] = fmt::format("{:.0f}%", 100 * got / all);
  // Per second in which it wanted the CPU: a single wait depends on how long others' turns happen to be.
  constexpr double tick_ms = 10;
  const double waited = recall_number(since, ".waited");
  memory[phase + ".latency"] = fmt::format("{:.0f} ms", 1000 * waited / (waited + got * tick_ms));
  memory[phase + ".await"] = milliseconds(recall_number(since, ".read_ms"), recall_number(since, ".reads"));
  memory["effect"] =
      got / all > 0.6
          ? "Ten steps of nice are a share of about ten to one."
          : "That is hardly a change: between sessions the kernel shares the CPU first (autogroup), and the session of "
            "lab-4-batch still has nice 0: see /proc/" +
                recall(memory, "pid.lab-4-batch") + "/autogroup, which takes another value.";
}

/// Until half a second of CPU time was shared as it is without priorities.
bool ready(const Sight& sight, Memory& memory) {
  remember_share(sight, memory, "before");
  return sight.actor(train).over || sight.actor(batch).over || recall(memory, "before") != "?";
}

Step step_of(const std::string& text, const ActorSight& actor, bool (*good)(const ThreadPriority&)) {
  const auto many = std::ranges::count_if(actor.threads, good);
  Step step{text, !actor.threads.empty() && many == std::ssize(actor.threads)};
  if (!step.done && many > 0)
    step.remark =
        fmt::format("{} of its {} threads: a new value reaches the others one by one only", many, actor.threads.size());
  return step;
}

Verdict check(const Sight& sight, Memory& memory) {
  Verdict verdict;
  for (const char* name : {train, batch, copy}) {
    if (sight.actor(name).over) verdict.mishap = fmt::format("{} has ended: priorities end nothing", name);
  }
  if (!verdict.mishap.empty()) return verdict;
  const ActorSight& important = sight.actor(train);
  verdict.steps = {
      step_of("lab-4-batch has nice 10 or more, every thread of it", sight.actor(batch),
              [](const ThreadPriority& thread) { return thread.nice >= gentle_nice; }),
      step_of("lab-4-copy has the I/O class idle, or best-effort:7, every thread of it", sight.actor(copy), is_gentle),
      {"lab-4-train is as it was",
       std::ranges::all_of(important.threads, [](const ThreadPriority& t) { return t.nice <= 0; }) &&
           important.main.state != 'T'}};
  if (!verdict.steps[2].done) verdict.steps[2].remark = "it must have nice 0, and run";
  const bool set = verdict.done();
  if (!set) {
    memory.erase("after");  // measured anew, once all of them are as they shall be
    memory.erase("set");
    return verdict;
  }
  remember_share(sight, memory, "after");
  const bool measured = seen_for(sight, memory, "set", set, time_to_look_seconds) && recall(memory, "after") != "?";
  verdict.steps.push_back({"look again: share and latency are measured anew, for ten seconds", measured});
  verdict.takes_time = !measured;
  return verdict;
}

constexpr Exercise exercise{
    .number = 4,
    .title = "Two jobs, priorities and the disk",
    .summary = "an important job shares CPU and disk with others: set priorities",
    .task =
        "lab-4-train is important. lab-4-batch computes on the same CPU, and takes half of it; lab-4-copy reads from "
        "the disk as fast as it goes.\n"
        "  1. Look at the share of the CPU each of the two has, at how long lab-4-train waits for it, and at the "
        "disk's "
        "latency (await).\n"
        "  2. Give lab-4-batch nice 10 or more, lab-4-copy the I/O class idle (or best-effort, level 7): every "
        "thread of them. Leave lab-4-train as it is.\n"
        "  3. Look again.",
    .with_vigie =
        "vigie stat disk 1 5; vigie ls\n"
        "vigie renice 10 lab-4-batch\n"
        "vigie ionice idle lab-4-copy",
    .with_classics =
        "iostat -xz 1 5; top\n"
        "renice -n 10 -p $(ls /proc/{pid.lab-4-batch}/task); echo 10 > /proc/{pid.lab-4-batch}/autogroup\n"
        "for t in $(ls /proc/{pid.lab-4-copy}/task); do ionice -c 3 -p $t; done",
    .explanation =
        "lab-4-train had {before} of the CPU that it shares with lab-4-batch, and has {after} now. {effect}\n"
        "Its latency: of each second in which it wanted the CPU it waited {before.latency}, and waits {after.latency} "
        "now. A read of "
        "the disk took {before.await}, and takes {after.await} now.\n"
        "Linux keeps nice and I/O priority for each thread: `renice -p PID` and `ionice -p PID` reach the main thread "
        "alone, which here does nothing. And each session has a nice value of its own (/proc/PID/autogroup), which "
        "counts "
        "first between sessions: every terminal, and every run, is one. vigie sets all of them.\n"
        "I/O priorities count where the disk's scheduler knows them (bfq; mq-deadline in part). With none, as NVMe "
        "mostly "
        "has, await stays what it is: `vigie ionice` says so, and `vigie limit --io` helps there.",
    .scene = scene,
    .ready = ready,
    .check = check,
};

}  // namespace

const Exercise& priorities() {
  return exercise;
}

}  // namespace vigie::lab
