#include "rules/post_mortem.hpp"

#include <algorithm>
#include <csignal>
#include <vector>

#include <fmt/format.h>

#include "base/units.hpp"
#include "rules/rule.hpp"

namespace vigie {
namespace {

/// Lines as they were printed, without escape sequences; what a carriage return wrote over counts as lines of its own.
std::vector<std::string> lines_of(std::string_view output) {
  std::vector<std::string> lines(1);
  for (std::size_t at = 0; at < output.size(); ++at) {
    const char c = output[at];
    if (c == '\x1b' && at + 1 < output.size() && output[at + 1] == '[') {
      at += 2;
      while (at < output.size() && (output[at] < '@' || output[at] > '~')) ++at;
    } else if (c == '\n' || c == '\r') {
      if (!lines.back().empty()) lines.emplace_back();
    } else if (c != '\x1b') {
      lines.back() += c;
    }
  }
  if (lines.back().empty()) lines.pop_back();
  return lines;
}

/// What a line in the output means, in the words that the libraries use.
struct Sign {
  std::string_view text;
  std::string_view rule;
};
/// In this order: a sign that is more special comes before one that is contained in its message.
constexpr Sign signs[] = {
    {"CUDA out of memory", "gpu-oom"},                    // torch/csrc, c10/cuda/CUDACachingAllocator.cpp
    {"CUDA error: out of memory", "gpu-oom"},             //
    {"HIP out of memory", "gpu-oom"},                     //
    {"torch.OutOfMemoryError", "gpu-oom"},                // torch >= 2.5
    {"torch.cuda.OutOfMemoryError", "gpu-oom"},           //
    {"CUBLAS_STATUS_ALLOC_FAILED", "gpu-oom"},            //
    {"RESOURCE_EXHAUSTED", "gpu-oom"},                    // JAX
    {"OOM when allocating tensor", "gpu-oom"},            // TensorFlow
    {"insufficient shared memory", "shm-full"},           // torch/utils/data/_utils/signal_handling.py
    {"unable to write to file </torch", "shm-full"},      // torch/lib/libshm
    {"Too many open files", "fd-limit"},                  // EMFILE
    {"received 0 items of ancdata", "fd-limit"},          // multiprocessing, descriptors passed by socket
    {"No space left on device", "disk-full"},             // ENOSPC
    {"Disk quota exceeded", "disk-full"},                 // EDQUOT
    {"is killed by signal: Killed", "oom-killed"},        // torch: a loader worker
    {"can't allocate memory", "oom-killed"},              // c10/core/impl/alloc_cpu.cpp
    {"Cannot allocate memory", "oom-killed"},             // ENOMEM
    {"std::bad_alloc", "oom-killed"},                     //
    {"MemoryError", "oom-killed"},                        // Python
    {"collective operation timeout", "collective-wait"},  // torch ProcessGroupNCCL
};

/// A launcher's words about a rank that got SIGKILL: from whom, it does not know.
constexpr std::string_view killed_child[] = {
    "Signal 9 (SIGKILL) received by PID",  // torch/distributed/elastic/multiprocessing/errors
    "exitcode  : -9",                      // the same, in its summary
    "terminated with signal SIGKILL",      // torch/multiprocessing/spawn.py
};

struct Seen {
  const Sign* sign = nullptr;
  std::string line;
};

Seen last_sign(const std::vector<std::string>& lines) {
  for (auto line = lines.rbegin(); line != lines.rend(); ++line) {
    for (const Sign& sign : signs) {
      if (line->find(sign.text) != std::string::npos) return {.sign = &sign, .line = *line};
    }
  }
  return {};
}

std::string_view base_name(std::string_view path) {
  return path.substr(path.rfind('/') + 1);
}

/// `  File "/x/train.py", line 42, in step` as "train.py:42 in step"; empty when it is none.
std::string place_in(std::string_view line) {
  const std::size_t quote = line.find("File \"");
  if (quote == std::string_view::npos) return {};
  const std::string_view rest = line.substr(quote + 6);
  const std::size_t end = rest.find("\", line ");
  if (end == std::string_view::npos) return {};
  const std::string_view after = rest.substr(end + 8);
  const std::size_t comma = after.find(", in ");
  std::string text = fmt::format("{}:{}", base_name(rest.substr(0, end)), after.substr(0, comma));
  if (comma != std::string_view::npos) text += fmt::format(" in {}", after.substr(comma + 5));
  return text;
}

bool is_library(std::string_view line) {
  return line.find("/site-packages/") != std::string_view::npos ||
         line.find("/dist-packages/") != std::string_view::npos || line.find("/lib/python3") != std::string_view::npos;
}

const SupervisedSample* sample_of(const Snapshot& snapshot, const Run& run) {
  const auto found =
      std::ranges::find(snapshot.supervised, run.id, [](const SupervisedSample& one) { return one.record.id; });
  return found == snapshot.supervised.end() ? nullptr : &*found;
}

Evidence said(std::string metric, std::string text, double value = 0) {
  return {.metric = std::move(metric), .value = value, .threshold = 0, .window_seconds = 0, .text = std::move(text)};
}

/// Where it stood; nothing for a run that showed no progress.
void add_last_progress(const SupervisedSample& sample, Finding& finding) {
  const std::optional<Progress>& last = sample.record.last_progress;
  if (!last || !last->step) return;
  std::string text = "last progress: step " + std::to_string(*last->step);
  if (last->total) text += fmt::format(" of {}", *last->total);
  if (last->epoch) text += fmt::format(" in epoch {}", *last->epoch);
  for (const auto& [name, value] : last->metrics) text += fmt::format(", {} {:g}", name, value);
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
     "fragmentation; who else holds memory there: vigie gpu"},
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
};

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

/// The signal that ended it, when a user sent it through vigie. One of long ago was survived: this one was another.
const SentSignal* known_sender(const Run& run, const SupervisedSample& sample) {
  if (!run.exit || run.exit->kind != ExitRecord::Kind::signal || !sample.record.signalled) return nullptr;
  constexpr std::int64_t soon_ns = 10 * nanoseconds_per_second;
  const SentSignal& sent = *sample.record.signalled;
  return sent.signal == run.exit->value && run.exit->wall_ns - sent.wall_ns < soon_ns ? &sent : nullptr;
}

bool tells_of_a_killed_child(const std::vector<std::string>& lines) {
  return std::ranges::any_of(lines, [](const std::string& line) {
    return std::ranges::any_of(killed_child, [&](std::string_view text) { return line.find(text) != line.npos; });
  });
}

/// SIGKILL, of itself or of a rank, while the kernel killed somebody on this host for want of memory: the kernel's log,
/// which tells whom, could not be read.
bool was_perhaps_out_of_memory(const Run& run, const SupervisedSample& sample, const std::vector<std::string>& lines) {
  if (!run.exit || run.exit->oom_kills.value_or(0) == 0 || known_sender(run, sample) != nullptr) return false;
  const bool itself = run.exit->kind == ExitRecord::Kind::signal && run.exit->value == SIGKILL;
  return itself || tells_of_a_killed_child(lines);
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

Finding from_end(const Frame& frame, const Run& run, const SupervisedSample& sample,
                 const std::optional<Traceback>& traceback) {
  const bool by_signal = run.exit && run.exit->kind == ExitRecord::Kind::signal;
  Finding finding = begin_finding(frame, run, by_signal ? "killed" : "failed", traceback ? 0.9 : 0.6);
  if (run.state == RunState::lost) {
    finding.rule = "killed";
    finding.summary = "was alive when its keeper vanished: a reboot, or somebody killed the keeper, too";
    finding.causes.emplace_back("how it ended was seen by nobody");
    if (!run.members.empty())
      finding.actions.push_back(fmt::format("{} of it {} alive: vigie kill {} ends that first",
                                            Case::counted(run.members.size(), "process"),
                                            run.members.size() == 1 ? "is" : "are", run.name));
    finding.actions.push_back("vigie restart " + run.name);
    return finding;
  }
  if (run.exit && run.exit->kind == ExitRecord::Kind::unknown && sample.record.started_wall_ns == 0) {
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
  if (traceback) {
    finding.summary = "ended with an error: " + traceback->error;
    finding.causes.push_back("raised in " + (traceback->where.empty() ? std::string("its program") : traceback->where));
    finding.actions.push_back(
        fmt::format("mend it, then: vigie restart {}; all it said: vigie logs {}", run.name, run.name));
    return finding;
  }
  if (sample.record.stop && !sample.record.stop->reason.empty()) {
    finding.summary = "was stopped because " + sample.record.stop->reason;
    finding.confidence = 1;
    finding.causes.emplace_back("a limit that was set when it was started");
    finding.actions.push_back("vigie restart " + run.name);
    return finding;
  }
  if (const SentSignal* const sent = known_sender(run, sample)) {
    finding.summary = fmt::format("was {}, which {} sent with vigie signal", describe(*run.exit),
                                  sent->by_root ? "root" : "its user");
    finding.confidence = 1;
    finding.causes.emplace_back("a program that does not handle a signal is ended by it");
    finding.actions.push_back("vigie restart " + run.name);
    return finding;
  }
  if (by_signal && run.exit->value == SIGKILL) {
    finding.summary = "was killed by SIGKILL, and not through vigie";
    finding.causes.emplace_back(
        "the kernel when the host had no memory left (dmesg tells), a job scheduler, or somebody with kill -9");
    finding.actions.emplace_back("dmesg | grep -i 'killed process'; how much memory there is: vigie mem");
    return finding;
  }
  const std::string how = run.exit ? describe(*run.exit) : std::string("how is not known");
  const bool crash =
      by_signal && (run.exit->value == SIGSEGV || run.exit->value == SIGBUS || run.exit->value == SIGABRT ||
                    run.exit->value == SIGILL || run.exit->value == SIGFPE);
  finding.summary = crash ? "crashed: " + how : "ended early: " + how;
  finding.causes.emplace_back(crash ? "an error in native code: a library, an extension, or memory that was given back"
                              : by_signal ? "somebody sent it the signal; the kernel does not tell who"
                                          : "its output may tell");
  finding.actions.push_back(fmt::format("vigie logs -n 50 {}", run.name));
  return finding;
}

}  // namespace

std::optional<Traceback> last_traceback(std::string_view output) {
  constexpr std::string_view head = "Traceback (most recent call last):";
  const std::vector<std::string> lines = lines_of(output);
  const auto last = std::ranges::find_if(lines.rbegin(), lines.rend(),
                                         [&](const std::string& line) { return line.find(head) != std::string::npos; });
  if (last == lines.rend()) return std::nullopt;
  // Launchers put a mark before each line: "[rank0]: ". PyTorch writes "Original Traceback" of a worker's.
  const std::size_t indent = last->starts_with('[') ? last->find(head) : 0;
  Traceback found;
  std::string innermost;
  for (auto line = last.base(); line != lines.end(); ++line) {
    const std::string_view text = std::string_view(*line).substr(std::min(indent, line->size()));
    if (text.starts_with(' ') || text.empty()) {
      if (std::string place = place_in(text); !place.empty()) {
        if (!is_library(text)) found.where = place;
        innermost = std::move(place);
      }
      continue;
    }
    found.error = text;
    break;
  }
  if (found.error.empty()) return std::nullopt;
  if (found.where.empty()) found.where = std::move(innermost);
  return found;
}

std::optional<Finding> post_mortem(const Frame& frame, const Run& run) {
  const SupervisedSample* const sample = sample_of(*frame.snapshot, run);
  if (sample == nullptr || !sample->log_tail) return std::nullopt;
  const bool code_0 = run.exit && run.exit->kind == ExitRecord::Kind::code && run.exit->value == 0;
  const bool well = run.state == RunState::exited || (run.state == RunState::cancelled && code_0);
  if (well || was_asked_to_stop(*sample)) return std::nullopt;
  const std::vector<std::string> lines = lines_of(*sample->log_tail);
  const Seen seen = last_sign(lines);
  std::optional<Finding> finding;
  if (run.exit && run.exit->out_of_memory) {
    finding = from_sign(frame, run, "oom-killed", "");
    finding->evidence.push_back(said("exit", "the kernel killed it for want of memory: " + run.exit->reason));
  } else if (seen.sign != nullptr) {
    finding = from_sign(frame, run, seen.sign->rule, seen.line);
  } else if (was_perhaps_out_of_memory(run, *sample, lines)) {
    finding = perhaps_out_of_memory(frame, run);
  } else {
    finding = from_end(frame, run, *sample, last_traceback(*sample->log_tail));
  }
  if (run.exit && !run.exit->out_of_memory)
    finding->evidence.push_back(said("exit", "how it ended: " + run.exit->reason));
  if (const auto traceback = last_traceback(*sample->log_tail); traceback && seen.sign != nullptr) {
    finding->evidence.push_back(said("traceback", fmt::format("raised in {}: {}", traceback->where, traceback->error)));
  }
  if (sample->record.stop && !sample->record.stop->found_doing.empty()) {
    finding->evidence.push_back(
        said("main_thread", "when it was told to stop, its main thread " + sample->record.stop->found_doing));
  }
  add_last_progress(*sample, *finding);
  return finding;
}

}  // namespace vigie
