// Exercise 5: a job in the background, paused, resumed and ended. The user starts it.
#include <algorithm>

#include <fmt/format.h>

#include "lab/exercise.hpp"

namespace vigie::lab {
namespace {

std::vector<Actor> scene(Memory& /*memory*/, unsigned /*lot*/) {
  return {};
}

bool ready(const Sight& /*sight*/, Memory& /*memory*/) {
  return true;
}

/// The job: the main process of the training with this exercise's checkpoint. Only that process has its pid in there.
const Stranger* find_job(const Sight& sight) {
  if (!sight.saved) return nullptr;
  const auto found =
      std::ranges::find(sight.strangers, sight.saved->pid, [](const Stranger& one) { return one.id.pid; });
  return found == sight.strangers.end() ? nullptr : &*found;
}

Verdict check(const Sight& sight, Memory& memory) {
  const Stranger* const job = find_job(sight);
  if (job != nullptr && recall(memory, "job") != std::to_string(job->id.pid)) {
    memory = {{"checkpoint", recall(memory, "checkpoint")}, {"job", std::to_string(job->id.pid)}};
  }
  const auto reached = [&](const std::string& name, bool now) {
    if (now) memory[name] = "yes";
    return memory.contains(name);
  };
  const bool started = reached("started", job != nullptr && !job->foreground);
  const bool stopped = reached("stopped", started && job != nullptr && job->state == 'T');
  const bool resumed = reached("resumed", stopped && job != nullptr && job->state != 'T');
  const bool gone = memory.contains("job") && job == nullptr;
  const bool asked =
      gone && sight.saved && std::to_string(sight.saved->pid) == recall(memory, "job") && sight.saved->why == "SIGTERM";
  Verdict verdict;
  verdict.steps = {{"the job runs in the background", started},
                   {"it was stopped", stopped},
                   {"it went on", resumed},
                   {"it was ended with SIGTERM", resumed && asked}};
  if (job != nullptr && job->foreground && !started)
    verdict.steps[0].remark = "it is in the foreground: Ctrl-Z, then bg; or start it with &, nohup or vigie run";
  if (gone && !(resumed && asked)) {
    const std::string how = asked ? "it ended before it was stopped and resumed" : "it did not end by SIGTERM";
    verdict.steps[3].remark = how + ": start it again";
    // The next one begins from the beginning.
    if (sight.saved) memory = {{"checkpoint", recall(memory, "checkpoint")}};
  }
  return verdict;
}

constexpr Exercise exercise{
    .number = 5,
    .title = "Background, STOP, CONT, TERM",
    .summary = "start a job that does not need your terminal; pause, resume and end it",
    .task =
        "Start this job so that it runs in the background, and survives your terminal:\n"
        "    vigie load training --for 30m --checkpoint {checkpoint}\n"
        "Then, one after the other: stop it (SIGSTOP), let it go on (SIGCONT), and end it with SIGTERM. Give me a "
        "second between two of them, and look at its state each time (ps: R or S, then T).",
    .with_vigie =
        "vigie run --name lab-5-job -- vigie load training --for 30m --checkpoint {checkpoint}\n"
        "vigie pause lab-5-job\n"
        "vigie resume lab-5-job\n"
        "vigie stop lab-5-job",
    .with_classics =
        "nohup vigie load training --for 30m --checkpoint {checkpoint} >/dev/null 2>&1 &\n"
        "kill -STOP $!\n"
        "kill -CONT $!\n"
        "kill -TERM $!",
    .explanation =
        "`&` puts a job in the background; the terminal still sends SIGHUP when it goes, which nohup makes it ignore. "
        "`vigie run` gives it a terminal, a session and a log of its own instead, and knows how it ended.\n"
        "SIGSTOP cannot be caught; a stopped job keeps its memory. SIGTERM was caught: the job wrote its checkpoint "
        "and "
        "ended with status 143 = 128 + 15. After SIGKILL (137) there would have been none.",
    .scene = scene,
    .ready = ready,
    .check = check,
};

}  // namespace

const Exercise& background() {
  return exercise;
}

}  // namespace vigie::lab
