#include "rules/ended/last_words_ranks.hpp"

#include <algorithm>
#include <charconv>
#include <csignal>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "rules/ended/last_words_lines.hpp"

namespace vigie::rules {
namespace {

/// The number behind `words` and what separates it from them; nothing when there is none.
std::optional<int> number_after(std::string_view line, std::string_view words) {
  const std::size_t found = line.find(words);
  if (found == std::string_view::npos) return std::nullopt;
  line.remove_prefix(found + words.size());
  const std::size_t begin = line.find_first_not_of(" :=");
  if (begin == std::string_view::npos) return std::nullopt;
  int number = 0;
  const auto [end, error] = std::from_chars(line.data() + begin, line.data() + line.size(), number);
  if (error != std::errc{} || end == line.data() + begin) return std::nullopt;
  return number;
}

/// The signal that a line names, in the words of Python ("SIGKILL") or of strsignal ("Killed").
int signal_in(std::string_view text) {
  constexpr std::pair<std::string_view, int> names[] = {
      {"SIGKILL", SIGKILL}, {"SIGSEGV", SIGSEGV}, {"SIGBUS", SIGBUS},   {"SIGABRT", SIGABRT},
      {"SIGTERM", SIGTERM}, {"SIGILL", SIGILL},   {"SIGFPE", SIGFPE},   {"SIGINT", SIGINT},
      {"SIGHUP", SIGHUP},   {"Killed", SIGKILL},  {"Aborted", SIGABRT}, {"Segmentation fault", SIGSEGV},
      {"Bus error", SIGBUS}};
  const auto found = std::ranges::find_if(names, [&](const auto& name) { return has(text, name.first); });
  return found == std::end(names) ? 0 : found->second;
}

/// Python says -9 of a process that a signal killed, a shell 137.
void set_end(int status, Casualty& casualty) {
  constexpr int of_shells[] = {SIGKILL, SIGSEGV, SIGBUS, SIGABRT, SIGTERM, SIGILL, SIGFPE};
  if (status < 0) {
    casualty.signal = -status;
  } else if (std::ranges::find(of_shells, status - 128) != std::end(of_shells)) {
    casualty.signal = status - 128;
  } else {
    casualty.code = status;
  }
}

std::string named(std::string_view what, std::optional<int> number, std::optional<int> pid) {
  std::string name = number ? fmt::format("{} {}", what, *number) : fmt::format("a {}", what);
  if (pid) name += fmt::format(" (pid {})", *pid);
  return name;
}

/// torchrun's summary: its root cause, or else the first failure that it lists.
std::optional<Casualty> in_summary(const std::vector<std::string>& lines) {
  std::optional<Casualty> first;
  std::optional<int> rank;
  bool root = false;
  for (const std::string& line : lines) {
    if (has(line, "Root Cause (first observed failure)")) root = true;
    if (has(line, "(local_rank:")) rank = number_after(line, "rank ");
    const std::optional<int> status = number_after(line, "exitcode ");
    if (!status || has(line, "(exitcode") || (first && !root)) continue;
    first = Casualty{.who = named("rank", rank, number_after(line, "(pid")), .line = line};
    set_end(*status, *first);
    if (root) break;
  }
  return first;
}

std::optional<Casualty> of_status(std::string who, std::optional<int> status, const std::string& line) {
  if (!status || *status == 0) return std::nullopt;
  Casualty casualty{.who = std::move(who), .line = line};
  set_end(*status, casualty);
  return casualty;
}

std::optional<Casualty> of_signal(std::string who, std::string_view words, const std::string& line) {
  const int signal = signal_in(words);
  if (signal == 0) return std::nullopt;
  return Casualty{.who = std::move(who), .signal = signal, .line = line};
}

/// torchrun, DeepSpeed and accelerate.
std::optional<Casualty> of_launcher(const std::string& line) {
  if (has(line, "failed (exitcode:"))
    return of_status(named("local rank", number_after(line, "local_rank"), number_after(line, "(pid")),
                     number_after(line, "(exitcode"), line);
  if (has(line, "received by PID"))
    return of_signal(named("process", std::nullopt, number_after(line, "received by PID")), line, line);
  if (has(line, "exits with return code"))
    return of_status(named("local rank", number_after(line, "--local_rank"), std::nullopt),
                     number_after(line, "exits with return code"), line);
  if (const std::optional<int> status = number_after(line, "non-zero exit status"); status && *status > 128)
    return of_status("a process of it", status, line);
  const std::size_t signals = line.find("<Signals.");
  if (signals == std::string::npos) return std::nullopt;
  return of_signal("a process of it", std::string_view(line).substr(signals), line);
}

/// torch.multiprocessing, mpirun and srun.
std::optional<Casualty> of_starter(const std::string& line) {
  const std::string_view text = line;
  if (has(text, " terminated with signal "))
    return of_signal(named("process", number_after(line, "process "), std::nullopt),
                     text.substr(text.find(" terminated with signal ")), line);
  if (has(text, " terminated with exit code "))
    return of_status(named("process", number_after(line, "process "), std::nullopt),
                     number_after(line, "terminated with exit code "), line);
  if (has(text, "noticed that process rank") && has(text, "exited on signal"))
    return of_status(named("rank", number_after(line, "process rank"), number_after(line, "with PID")),
                     -number_after(line, "exited on signal").value_or(0), line);
  const bool task = text.starts_with("srun: error:") && has(text, ": task");
  if (!task) return std::nullopt;
  const std::size_t begin = text.find(": task") + 2, end = text.find(": ", begin);
  if (end == std::string_view::npos) return std::nullopt;
  const std::string_view how = text.substr(end);
  if (has(how, "xit code"))
    return of_status(std::string(text.substr(begin, end - begin)), number_after(how, "xit code"), line);
  return of_signal(std::string(text.substr(begin, end - begin)), how, line);
}

}  // namespace

std::optional<Casualty> first_casualty(const std::vector<std::string>& lines) {
  if (std::optional<Casualty> casualty = in_summary(lines)) return casualty;
  // Failures of one end are told close together: the run got over any that is further back.
  constexpr std::size_t near = 200;
  std::optional<Casualty> first;
  for (std::size_t at = lines.size(), since = 0; at-- > 0 && (!first || since < near); ++since) {
    std::optional<Casualty> casualty = of_launcher(lines[at]);
    if (!casualty) casualty = of_starter(lines[at]);
    if (!casualty) continue;
    first = std::move(casualty);
    since = 0;
  }
  return first;
}

}  // namespace vigie::rules
