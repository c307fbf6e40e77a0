#include "rules/terminal_wait.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "rules/thresholds.hpp"

namespace vigie::rules {
namespace {

bool is_terminal(std::string_view path) {
  return path == "/dev/tty" || path.starts_with("/dev/pts/") || path == "/dev/console" || path.starts_with("/dev/ttyS");
}

const Doing* doing_of(const Case& run, const Member& member) {
  const ProcessDetail* const detail = run.detail(member);
  return detail != nullptr && detail->doing ? &*detail->doing : nullptr;
}

bool is_reading(std::string_view call) {
  return call == "read" || call == "readv" || call == "select" || call == "pselect6";
}

/// A shell or an interpreter that was started to be typed into: waiting is what it does.
bool is_interactive(const ProcessSample& process) {
  if (!process.cmdline) return false;
  const std::vector<std::string_view> words = arguments(*process.cmdline);
  return std::ranges::all_of(words.begin() + (words.empty() ? 0 : 1), words.end(), [](std::string_view word) {
    return word.starts_with('-') && word != "-c" && word != "-m";
  });
}

/// Whether a thread sleeps until somebody types, and is not in the background of its terminal.
bool reads_terminal(const Case& run, const Member& member) {
  const Doing* const doing = doing_of(run, member);
  const ProcessSample& process = run.process(member);
  if (doing == nullptr || process.tty == 0 || doing->foreground_group != process.process_group) return false;
  if (is_interactive(process)) return false;
  return std::ranges::any_of(doing->threads, [](const CallKey& thread) {
    if (thread.state != ThreadState::waiting || !thread.call) return false;
    if (is_reading(*thread.call) && is_terminal(thread.file)) return true;
    return thread.call->find("n_tty_read") != std::string::npos;  // where only the kernel function may be read
  });
}

const SupervisedSample* sample_of(const Case& run) {
  const std::vector<SupervisedSample>& all = run.frame().snapshot->supervised;
  const auto found = std::ranges::find(all, run.run().id, [](const SupervisedSample& one) { return one.record.id; });
  return found == all.end() ? nullptr : &*found;
}

}  // namespace

std::optional<TerminalWish> wish_of_stopped(const Case& run, const Member& member) {
  const Doing* const doing = doing_of(run, member);
  const ProcessSample& process = run.process(member);
  if (doing == nullptr || process.tty == 0 || doing->foreground_group == process.process_group) return std::nullopt;
  for (const CallKey& thread : doing->threads) {
    if (!thread.call || !is_terminal(thread.file)) continue;
    if (is_reading(*thread.call)) return TerminalWish::read;
    if (*thread.call == "write" || *thread.call == "writev" || *thread.call == "ioctl") return TerminalWish::write;
  }
  return TerminalWish::unknown;
}

std::string unfinished_line(std::string_view output) {
  std::string line;
  bool returned = false;
  for (std::size_t at = 0; at < output.size(); ++at) {
    const char c = output[at];
    if (c == '\x1b') {  // CSI and OSC sequences; any other is one character long
      const char kind = at + 1 < output.size() ? output[at + 1] : '\0';
      ++at;
      if (kind == '[') {
        do ++at;
        while (at < output.size() && (output[at] < '@' || output[at] > '~'));
      } else if (kind == ']') {
        do ++at;
        while (at < output.size() && output[at] != '\a' && output[at] != '\x1b');
        if (at < output.size() && output[at] == '\x1b') ++at;
      }
    } else if (c == '\n') {
      line.clear();
      returned = false;
    } else if (c == '\r') {
      returned = true;
    } else if (c == '\b') {
      if (!line.empty()) line.pop_back();
    } else if (c != '\a') {
      if (returned) line.clear();
      returned = false;
      line += c;
    }
  }
  const std::size_t end = line.find_last_not_of(" \t");
  return end == std::string::npos ? std::string() : line.substr(0, end + 1);
}

/// A process of the run reads the run's terminal, and its last line asks something.
std::optional<Finding> waits_for_person(const Case& run) {
  if (run.window() <= 0 || run.cpu_percent() >= thresholds::silent_cpu_percent) return std::nullopt;
  const auto& members = run.run().members;
  const auto reader = std::ranges::find_if(members, [&](const Member& member) { return reads_terminal(run, member); });
  if (reader == members.end()) return std::nullopt;
  const StateShares* const shares = run.shares(*reader);
  if (shares != nullptr && shares->asleep < thresholds::hung_looks) return std::nullopt;
  const SupervisedSample* const sample = sample_of(run);
  const std::string prompt = sample != nullptr && sample->log_tail ? unfinished_line(*sample->log_tail) : std::string();
  Finding finding = run.finding("hung", Severity::warning, prompt.empty() ? 0.7 : 0.95);
  finding.at_any_age = true;
  finding.share_percent = 100.0;
  finding.summary = prompt.empty() ? "waits for a person: it reads what is typed on its terminal"
                                   : fmt::format("waits for a person to answer: \"{}\"", prompt);
  finding.evidence.push_back(
      run.evidence("cpu_percent", run.cpu_percent(), thresholds::silent_cpu_percent,
                   fmt::format("{} sleeps until something is typed on its terminal; the run used {:.1f} % of a CPU in "
                               "{:.0f} s",
                               run.name_of(*reader), run.cpu_percent(), run.window())));
  if (!prompt.empty())
    finding.evidence.push_back(run.evidence("prompt", 0, 0, fmt::format("its last line is not ended: \"{}\"", prompt)));
  finding.causes.emplace_back("the program, or one that it started, asks something: input(), a login, yes or no");
  finding.actions.push_back(
      run.run().supervised
          ? fmt::format("answer it: vigie attach {} (Ctrl-b d leaves it); next time say it beforehand: an option, an "
                        "environment variable, `< /dev/null`",
                        run.run().name)
          : std::string(
                "answer it on the terminal it was started from; as `vigie run` it could be answered from anywhere"));
  return finding;
}

}  // namespace vigie::rules
