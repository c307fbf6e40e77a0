#include "rules/ended/post_mortem.hpp"

#include <algorithm>
#include <csignal>
#include <vector>

#include <fmt/format.h>

#include "base/units.hpp"
#include "model/metric_order.hpp"
#include "rules/ended/last_words.hpp"
#include "rules/ended/last_words_ranks.hpp"
#include "rules/facts/supervised.hpp"
#include "rules/table.hpp"

namespace vigie::rules {
namespace {

Evidence said(std::string metric, std::string text, double value = 0) {
  return {.metric = std::move(metric), .value = value, .threshold = 0, .window_seconds = 0, .text = std::move(text)};
}

/// As a shell has it: the code, or 128 + the signal.
double status_of(const ExitRecord& exit) {
  return exit.kind == ExitRecord::Kind::signal ? 128 + exit.value : exit.value;
}

/// Where it stood; nothing for a run that showed no progress.
void add_last_progress(const SupervisedSample& sample, Finding& finding) {
  const std::optional<Progress>& last = sample.record.last_progress;
  if (!last || !last->step) return;
  std::string text = "last progress: step " + std::to_string(*last->step);
  if (last->total) text += fmt::format(" of {}", *last->total);
  if (last->epoch) text += fmt::format(" in epoch {}", *last->epoch);
  for (const auto& [name, value] : foremost_first(last->metrics)) text += fmt::format(", {} {:g}", name, value);
  if (sample.record.exit && last->wall_ns > 0 && sample.record.exit->wall_ns > last->wall_ns) {
    const double before = static_cast<double>(sample.record.exit->wall_ns - last->wall_ns) / nanoseconds_per_second;
    text += fmt::format(", {} before the end", human_duration(before));
  }
  finding.evidence.push_back(said("last_step", text, static_cast<double>(*last->step)));
}

struct Advice {
  std::string_view rule, summary, cause, action;
};
constexpr Advice advices[] = {
    {"oom-killed", "died of a lack of memory", "it asked for more memory than its limit, or the host, had",
     "a smaller batch, fewer workers, gradient accumulation; or a higher limit: vigie run --memory SIZE"},
    {"gpu-oom", "died because the GPU had no memory left",
     "batch, model and optimizer together are larger than what was free on the GPU",
     "a smaller batch with gradient accumulation; PYTORCH_CUDA_ALLOC_CONF=expandable_segments:True against "
     "fragmentation; what else holds memory there: vigie gpu"},
    {"disk-full", "died because a file system was full", "it could not write: a checkpoint, a log or a cache",
     "make room where it writes (df -h), then: vigie restart"},
    {"shm-full", "died because /dev/shm was full",
     "loader workers pass batches through shared memory, and it was too small",
     "fewer workers or a larger /dev/shm (in a container --shm-size)"},
    {"fd-limit", "died because it had too many files open", "every tensor that a worker passes takes a descriptor",
     "ulimit -n before it is started; torch.multiprocessing.set_sharing_strategy('file_system')"},
    {"collective-wait", "died because a collective did not finish in time",
     "one rank was missing or in another collective",
     "what the other ranks said before: their logs; TORCH_DISTRIBUTED_DEBUG=DETAIL names the collective"},
    {"gpu-error", "died of an error of the GPU itself",
     "memory of the GPU, or its link, is broken: no fault of the program",
     "what the driver says of it: vigie gpu, dmesg | grep -i xid; another GPU until it was reset or replaced"},
};

static_assert(std::ranges::all_of(advices, is_end, &Advice::rule));

/// A run of which nothing more is known.
constexpr std::string_view failed = "failed", killed = "killed", cancelled = "cancelled";
static_assert(is_end(failed) && is_end(killed) && is_end(cancelled));

Finding begin_finding(const Frame& frame, const Run& run, std::string_view rule, double confidence) {
  Finding finding;
  finding.rule = rule;
  finding.severity = Severity::critical;
  finding.confidence = confidence;
  finding.primary = true;
  finding.subject = run.name;
  finding.since_wall_ns = run.ended_wall_ns.value_or(frame.snapshot->before.wall_ns);
  return finding;
}

Finding from_sign(const Frame& frame, const Run& run, std::string_view rule, const std::string& line) {
  const auto advice = std::ranges::find(advices, rule, &Advice::rule);
  Finding finding = begin_finding(frame, run, advice->rule, line.empty() ? 0.97 : 0.9);
  finding.summary = advice->summary;
  if (!line.empty()) finding.evidence.push_back(said("log_line", "its output says: " + line));
  finding.causes.emplace_back(advice->cause);
  finding.actions.emplace_back(advice->action);
  return finding;
}

bool was_asked_to_stop(const SupervisedSample& sample) {
  return sample.record.stop.has_value() && sample.record.stop->reason.empty();
}

/// The signal that ended it, when a user sent it through vigie. The run survived one of long ago: this one was another.
const SentSignal* known_sender(const Run& run, const SupervisedSample& sample) {
  if (!run.exit || run.exit->kind != ExitRecord::Kind::signal || !sample.record.signalled) return nullptr;
  constexpr std::int64_t soon_ns = 10 * nanoseconds_per_second;
  const SentSignal& sent = *sample.record.signalled;
  return sent.signal == run.exit->value && run.exit->wall_ns - sent.wall_ns < soon_ns ? &sent : nullptr;
}

/// SIGKILL, of itself or of a rank, while the kernel killed a process on this host for lack of memory. The kernel's
/// log, which tells which one, could not be read.
bool was_perhaps_out_of_memory(const Run& run, const SupervisedSample& sample,
                               const std::optional<Casualty>& casualty) {
  if (!run.exit || run.exit->oom_kills.value_or(0) == 0 || known_sender(run, sample) != nullptr) return false;
  const bool itself = run.exit->kind == ExitRecord::Kind::signal && run.exit->value == SIGKILL;
  return itself || (casualty && casualty->signal == SIGKILL);
}

Finding perhaps_out_of_memory(const Frame& frame, const Run& run) {
  Finding finding = from_sign(frame, run, "oom-killed", "");
  const std::uint64_t kills = *run.exit->oom_kills;
  finding.confidence = 0.7;
  finding.summary = "was killed, most likely by the kernel for want of memory";
  finding.evidence.push_back(said("oom_kills",
                                  fmt::format("while it was alive the kernel killed {} on this host for want of memory",
                                              Case::counted(kills, "process")),
                                  static_cast<double>(kills)));
  finding.actions.emplace_back("to be sure: sudo dmesg | grep -i 'killed process'");
  return finding;
}

/// Whether a run went on after its error, as far as the way that it ended tells: a signal from outside needs no error.
bool is_past(const Cause& cause, const Run& run) {
  constexpr int from_outside[] = {SIGKILL, SIGTERM, SIGINT, SIGHUP};
  return cause.perhaps_past && run.exit && run.exit->kind == ExitRecord::Kind::signal &&
         std::ranges::find(from_outside, run.exit->value) != std::end(from_outside);
}

/// Whether the words that a run left are the cause of its end. A warning kills nothing; and the kernel, which counts
/// the processes that it kills for lack of memory, contradicts words that only suppose it.
bool is_believed(const Cause& cause, const Run& run) {
  const bool by_signal = run.exit && run.exit->kind == ExitRecord::Kind::signal;
  if (cause.warned && by_signal) return false;
  if (is_past(cause, run)) return false;
  if (!run.exit || !(cause.refused || cause.killed)) return true;
  const bool limited = cause.refused && (run.exit->address_space_bytes != 0 || run.exit->data_bytes != 0);
  return !limited && (run.exit->oom_kills.value_or(1) != 0);
}

/// The error that its words tell, when no rule has more to say about it.
std::string error_of(const std::optional<Cause>& cause, const Run& run) {
  if (!cause || cause->warned || !cause->ended_by.empty() || is_past(*cause, run)) return {};
  return cause->traceback ? cause->traceback->error : cause->line;
}

/// Where an error came from, and what to do.
void add_error(const Run& run, const Cause& cause, Finding& finding) {
  const bool placed = cause.traceback && !cause.traceback->where.empty();
  finding.causes.push_back("raised in " + (placed ? cause.traceback->where : std::string("its program")));
  if (cause.refused) {
    const std::uint64_t space = run.exit ? run.exit->address_space_bytes : 0,
                        data = run.exit ? run.exit->data_bytes : 0;
    const std::string limit =
        space != 0
            ? fmt::format("its address space was limited to {} (ulimit -v)", human_bytes(static_cast<double>(space)))
        : data != 0 ? fmt::format("its data were limited to {} (ulimit -d)", human_bytes(static_cast<double>(data)))
                    : std::string("a limit (ulimit -v), or more at once than the host has");
    finding.evidence.push_back(said("limit", limit + ": the kernel refused memory, and killed nothing",
                                    static_cast<double>(space != 0 ? space : data)));
    finding.causes.insert(finding.causes.begin(), limit);
    finding.actions.emplace_back("a higher limit where it is started, or a smaller batch and fewer workers");
  }
  if (cause.killed) {
    finding.causes.insert(
        finding.causes.begin(),
        "a process of it got SIGKILL: from a job scheduler or somebody with kill -9; the kernel killed "
        "nothing for want of memory meanwhile");
  }
  finding.actions.push_back(
      fmt::format("mend it, then: vigie restart {}; all it said: vigie logs {}", run.name, run.name));
}

bool is_crash(int signal) {
  constexpr int crashes[] = {SIGSEGV, SIGBUS, SIGABRT, SIGILL, SIGFPE};
  return std::ranges::find(crashes, signal) != std::end(crashes);
}
constexpr std::string_view crash_cause =
    "an error in native code: a library, an extension, or memory that was given back";

/// Where SIGKILL may have come from, when nothing but the signal is known.
std::string sigkill_cause(const Run& run) {
  const bool counted = run.exit && run.exit->oom_kills.has_value();
  return counted
             ? "a job scheduler, or somebody with kill -9; the kernel killed nothing for want of memory meanwhile"
             : "the kernel when the host had no memory left (dmesg tells), a job scheduler, or somebody with kill -9";
}

/// A launcher's report of the process that ended first: the launcher's own error is a consequence.
Finding from_casualty(const Frame& frame, const Run& run, const Casualty& casualty) {
  const ExitRecord as_exit{.kind = ExitRecord::Kind::signal, .value = casualty.signal, .reason = {}};
  Finding finding =
      begin_finding(frame, run, run.exit && run.exit->kind == ExitRecord::Kind::signal ? killed : failed, 0.9);
  finding.summary = casualty.signal != 0
                        ? fmt::format("ended because {} was {}", casualty.who, describe(as_exit))
                        : fmt::format("ended because {} failed first, with exit code {}", casualty.who, casualty.code);
  finding.evidence.push_back(said("log_line", "its output says: " + casualty.line));
  finding.causes.push_back(casualty.signal == SIGKILL  ? sigkill_cause(run)
                           : is_crash(casualty.signal) ? std::string(crash_cause)
                           : casualty.signal != 0      ? "somebody sent it the signal; the kernel does not tell who"
                                                       : "what it printed itself tells more");
  finding.actions.push_back(fmt::format("all it said: vigie logs {}; then: vigie restart {}", run.name, run.name));
  return finding;
}

Finding from_scheduler(const Frame& frame, const Run& run, const Cause& cause) {
  Finding finding = begin_finding(frame, run, killed, 0.9);
  finding.summary = fmt::format("ended because {}", cause.ended_by);
  finding.evidence.push_back(said("log_line", "its output says: " + cause.line));
  finding.causes.emplace_back("the scheduler of jobs that the run was in ends all that is left of a job then");
  finding.actions.emplace_back("a job with more time, or checkpoints that the next one goes on from");
  return finding;
}

/// How a run ended whose words name no rule.
struct End {
  const Run& run;
  const SupervisedSample& sample;
  const std::optional<Cause>& cause;

  [[nodiscard]] bool by_signal() const { return run.exit && run.exit->kind == ExitRecord::Kind::signal; }
};

std::optional<Finding> was_lost(const End& end, Finding finding) {
  const Run& run = end.run;
  if (run.state != RunState::lost) return std::nullopt;
  finding.rule = killed;
  finding.summary = "was alive when its keeper vanished: a reboot, or somebody killed the keeper, too";
  finding.causes.emplace_back("no keeper was left to see how it ended");
  if (!run.members.empty())
    finding.actions.push_back(fmt::format("{} of it {} alive: vigie kill {} ends that first",
                                          Case::counted(run.members.size(), "process"),
                                          run.members.size() == 1 ? "is" : "are", run.name));
  finding.actions.push_back("vigie restart " + run.name);
  return finding;
}

std::optional<Finding> was_never_started(const End& end, Finding finding) {
  const Run& run = end.run;
  if (!run.exit || run.exit->kind != ExitRecord::Kind::unknown || end.sample.record.started_wall_ns != 0)
    return std::nullopt;
  constexpr std::string_view before = "not started: ";
  std::string_view reason = run.exit->reason;
  if (reason.starts_with(before)) reason.remove_prefix(before.size());
  finding.summary = fmt::format("was never started: {}", reason);
  finding.confidence = 1;
  finding.causes.emplace_back(
      "a condition that it was given (--after-success, --gpus), or a command that is not there");
  finding.actions.push_back("when that is mended: vigie restart " + run.name);
  return finding;
}

std::optional<Finding> ended_with_an_error(const End& end, Finding finding) {
  const std::string error = error_of(end.cause, end.run);
  if (error.empty()) return std::nullopt;
  if (end.cause->refused) finding.rule = failed;  // std::bad_alloc ends in SIGABRT
  finding.summary = "ended with an error: " + error;
  add_error(end.run, *end.cause, finding);
  return finding;
}

/// By a limit of its own.
std::optional<Finding> was_stopped_as_planned(const End& end, Finding finding) {
  const RunRecord& record = end.sample.record;
  if (!record.stop || record.stop->reason.empty()) return std::nullopt;
  finding.summary = "was stopped because " + record.stop->reason;
  if (end.run.state == RunState::cancelled) {  // as planned
    finding.rule = cancelled;
    finding.severity = Severity::info;
  }
  finding.confidence = 1;
  finding.causes.emplace_back("a limit that was set when it was started");
  finding.actions.push_back("vigie restart " + end.run.name);
  return finding;
}

std::optional<Finding> was_signalled(const End& end, Finding finding) {
  const SentSignal* const sent = known_sender(end.run, end.sample);
  if (sent == nullptr) return std::nullopt;
  finding.summary = fmt::format("was {}, which {} sent with vigie signal", describe(*end.run.exit),
                                sent->by_root ? "root" : "its user");
  finding.confidence = 1;
  finding.causes.emplace_back("a program that does not handle a signal is ended by it");
  finding.actions.push_back("vigie restart " + end.run.name);
  return finding;
}

std::optional<Finding> was_killed(const End& end, Finding finding) {
  const Run& run = end.run;
  if (!end.by_signal() || run.exit->value != SIGKILL) return std::nullopt;
  finding.summary = "was killed by SIGKILL, and not through vigie";
  finding.causes.push_back(sigkill_cause(run));
  finding.actions.emplace_back(run.exit->oom_kills.has_value()
                                   ? "vigie restart " + run.name
                                   : "dmesg | grep -i 'killed process'; how much memory there is: vigie mem");
  return finding;
}

Finding ended_early(const End& end, Finding finding) {
  const Run& run = end.run;
  const std::string how = run.exit ? describe(*run.exit) : std::string("how is not known");
  const bool crash = end.by_signal() && is_crash(run.exit->value);
  finding.summary = crash ? "crashed: " + how : "ended early: " + how;
  finding.causes.emplace_back(crash             ? crash_cause
                              : end.by_signal() ? "somebody sent it the signal; the kernel does not tell who"
                                                : "its output may tell");
  finding.actions.push_back(fmt::format("vigie logs -n 50 {}", run.name));
  return finding;
}

Finding from_end(const Frame& frame, const Run& run, const SupervisedSample& sample,
                 const std::optional<Cause>& cause) {
  const End end{.run = run, .sample = sample, .cause = cause};
  const bool told = !error_of(cause, run).empty();
  const Finding begun = begin_finding(frame, run, end.by_signal() ? killed : failed, told ? 0.9 : 0.6);
  for (const auto tells :
       {was_lost, was_never_started, ended_with_an_error, was_stopped_as_planned, was_signalled, was_killed}) {
    if (std::optional<Finding> finding = tells(end, begun)) return std::move(*finding);
  }
  return ended_early(end, begun);
}

}  // namespace

std::optional<Finding> post_mortem(const Frame& frame, const Run& run) {
  const SupervisedSample* const sample = supervised_of(*frame.snapshot, run.id);
  if (sample == nullptr || !sample->log_tail) return std::nullopt;
  const bool code_0 = run.exit && run.exit->kind == ExitRecord::Kind::code && run.exit->value == 0;
  const bool well = run.state == RunState::exited || (run.state == RunState::cancelled && code_0);
  if (well || was_asked_to_stop(*sample)) return std::nullopt;
  const std::vector<std::string> lines = printed_lines(*sample->log_tail);
  const std::optional<Cause> cause = first_cause(lines);
  const bool named = cause && !cause->rule.empty() && is_believed(*cause, run);
  const bool asked = sample->record.stop.has_value() || known_sender(run, *sample) != nullptr;
  const bool of_launcher = !cause || cause->consequence || cause->warned || is_past(*cause, run);
  const std::optional<Casualty> casualty =
      of_launcher && !asked && run.state != RunState::lost ? first_casualty(lines) : std::nullopt;
  std::optional<Finding> finding;
  if (run.exit && run.exit->out_of_memory) {
    finding = from_sign(frame, run, "oom-killed", "");
    finding->evidence.push_back(
        said("exit", "the kernel killed it for want of memory: " + how_it_ended(*run.exit), status_of(*run.exit)));
  } else if (named) {
    finding = from_sign(frame, run, cause->rule, cause->line);
    if (cause->warned) finding->confidence = 0.5;
  } else if (was_perhaps_out_of_memory(run, *sample, casualty)) {
    finding = perhaps_out_of_memory(frame, run);
  } else if (casualty) {
    finding = from_casualty(frame, run, *casualty);
  } else if (cause && !cause->ended_by.empty() && !asked && run.state != RunState::lost) {
    finding = from_scheduler(frame, run, *cause);
  } else {
    finding = from_end(frame, run, *sample, cause);
  }
  if (run.exit && !run.exit->out_of_memory)
    finding->evidence.push_back(said("exit", "how it ended: " + how_it_ended(*run.exit), status_of(*run.exit)));
  if (named && cause->traceback) {
    finding->evidence.push_back(
        said("traceback", fmt::format("raised in {}: {}", cause->traceback->where, cause->traceback->error)));
  }
  if (sample->record.stop && !sample->record.stop->found_doing.empty()) {
    finding->evidence.push_back(
        said("main_thread", "when it was told to stop, its main thread " + sample->record.stop->found_doing));
  }
  add_last_progress(*sample, *finding);
  return finding;
}

}  // namespace vigie::rules
