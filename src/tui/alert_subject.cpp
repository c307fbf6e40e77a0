#include "tui/alert_subject.hpp"

#include <algorithm>
#include <charconv>
#include <string_view>

#include <fmt/format.h>

namespace vigie::tui {
namespace {

/// The process of the first command in a text, as in "which mapping grows: vigie maps 4711 -w".
const ProcessSample* process_named(const Snapshot& snapshot, std::string_view text) {
  constexpr std::string_view program = "vigie ";
  const std::size_t begin = text.find(program);
  if (begin == std::string_view::npos) return nullptr;
  text.remove_prefix(begin + program.size());
  const std::size_t blank = text.find(' ');  // behind the command
  if (blank == std::string_view::npos) return nullptr;
  text.remove_prefix(blank + 1);
  pid_t pid = 0;
  const char* const end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, pid);
  if (error != std::errc() || (rest != end && *rest != ' ' && *rest != ',')) return nullptr;
  const auto found = std::ranges::find(snapshot.processes, pid, [](const ProcessSample& one) { return one.id.pid; });
  return found == snapshot.processes.end() ? nullptr : &*found;
}

}  // namespace

RowKey key_of_alert(std::string_view rule, std::string_view subject) {
  return RowKey::of_other(fmt::format("{} {}", rule, subject));
}

AlertSubject subject_of_alert(const Frame& frame, const RowKey& key) {
  const auto finding = std::ranges::find_if(
      frame.findings, [&](const Finding& one) { return key_of_alert(one.rule, one.subject) == key; });
  if (finding == frame.findings.end()) return {};
  const auto run = std::ranges::find(frame.view.runs, finding->subject, &Run::name);
  if (run != frame.view.runs.end()) return {.run = &*run};
  for (const std::string& action : finding->actions) {
    const ProcessSample* const process = process_named(*frame.snapshot, action);
    if (process != nullptr) return {.process = process->id};
  }
  return {};
}

}  // namespace vigie::tui
