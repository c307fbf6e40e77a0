#include "cli/act/stop_report.hpp"

#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/text.hpp"
#include "base/units.hpp"
#include "cli/act/acting.hpp"
#include "cli/say.hpp"

namespace vigie::cli {
namespace {

constexpr std::size_t most_killed_shown = 10;
constexpr std::size_t command_width = 60;

/// null when nothing is known.
nlohmann::json gpu_memory_json(const act::GpuMemoryLeft& left) {
  if (!left.unknown.empty() && left.holds.empty()) return nullptr;
  nlohmann::json rows = nlohmann::json::array();
  for (const act::GpuHold& hold : left.holds) {
    rows.push_back({{"gpu", hold.gpu},
                    {"gpu_uuid", hold.uuid.empty() ? nlohmann::json() : nlohmann::json(hold.uuid)},
                    {"pid", hold.pid},
                    {"gone", hold.gone},
                    {"gpu_memory_bytes", hold.memory_bytes ? nlohmann::json(*hold.memory_bytes) : nlohmann::json()}});
  }
  return rows;
}

void print_json(const act::Stopped& stopped) {
  nlohmann::json document{{"vigie", "1"}, {"target", stopped.label}, {"ended", stopped.ended}};
  document["actions"] = actions_json(stopped.rows);
  document["extended_seconds"] = stopped.extended_seconds;
  document["files_known"] = !stopped.files_unknown;
  for (const char* list : {"files", "shared_memory", "left"}) document[list] = nlohmann::json::array();
  for (const act::SavedFile& file : stopped.files) {
    document["files"].push_back({{"path", file.path},
                                 {"size_bytes", file.bytes},
                                 {"complete", !file.growing},
                                 {"writer", file.writer > 0 ? nlohmann::json(file.writer) : nlohmann::json()}});
  }
  for (const SharedSegment& segment : stopped.shared)
    document["shared_memory"].push_back({{"path", segment.path}, {"size_bytes", segment.bytes}});
  for (const act::Survivor& one : stopped.left) {
    document["left"].push_back({{"pid", one.id.pid}, {"command", one.command}, {"reason", one.reason}});
  }
  document["gpu_memory"] = gpu_memory_json(stopped.gpu_memory);
  document["gpu_memory_reason"] =
      stopped.gpu_memory.unknown.empty() ? nlohmann::json() : nlohmann::json(stopped.gpu_memory.unknown);
  say_json(document);
}

std::string size_text(std::uint64_t bytes) {
  return human_bytes(static_cast<double>(bytes));
}

/// The processes that were asked to end, the main one first: those that a shell or launcher did not tell, too.
void print_told(const act::Stopped& stopped) {
  std::vector<const act::ActionRow*> told;
  for (const act::ActionRow& row : stopped.rows) {
    if (row.action != "kill" && row.action != signal_action(SIGKILL)) told.push_back(&row);
  }
  if (told.size() == 1 && told.front()->result.starts_with("ended")) return;  // as the first line says
  for (std::size_t i = 0; i < std::min(told.size(), most_killed_shown); ++i) {
    say("  {} to process {} {}: {}\n", told[i]->action, told[i]->id.pid,
        cut_to_width(safe_text(told[i]->command), command_width),
        told[i]->result.empty() ? "what became of it is not known" : safe_text(told[i]->result));
  }
  if (told.size() > most_killed_shown) say("  and to {} more\n", told.size() - most_killed_shown);
}

/// The processes that had to be killed; those that are left are told of below.
void print_killed(const act::Stopped& stopped) {
  std::vector<const act::ActionRow*> killed;
  for (const act::ActionRow& row : stopped.rows) {
    if (row.action == "kill" && row.result == "ended") killed.push_back(&row);
  }
  for (std::size_t i = 0; i < std::min(killed.size(), most_killed_shown); ++i) {
    say("  killed process {} {}\n", killed[i]->id.pid, cut_to_width(safe_text(killed[i]->command), command_width));
  }
  if (killed.size() > most_killed_shown) say("  and {} more\n", killed.size() - most_killed_shown);
}

void print_gpu_memory(const act::GpuMemoryLeft& left) {
  for (const act::GpuHold& hold : left.holds) {
    const std::string amount = hold.memory_bytes ? size_text(*hold.memory_bytes) : std::string("memory");
    if (hold.gone) {
      say("  left {} of GPU {}: the driver still counts it for process {}, which is gone\n", amount, hold.gpu,
          hold.pid);
    } else {
      say("  left {} of GPU {} to process {}\n", amount, hold.gpu, hold.pid);
    }
  }
  if (!left.unknown.empty()) say("  whether it left GPU memory is not known: {}\n", safe_text(left.unknown));
}

}  // namespace

void WaitNotices::waits(const act::Waiting& waiting) {
  constexpr double patience_seconds = 1;
  if (waiting.grace_seconds <= patience_seconds || waiting.waited_seconds < patience_seconds) return;
  const std::scoped_lock lock(mutex_);
  if (!said_.emplace(waiting.label).second || ::isatty(STDERR_FILENO) != 1) return;
  complain("{} got the signal and has up to {} to save and end ({})", waiting.label,
           human_duration(waiting.grace_seconds),
           waiting.kept ? "Ctrl-C leaves that to its recorder, `vigie kill` ends it now"
                        : "Ctrl-C ends this wait, and nothing is killed");
}

void WaitNotices::warns(const std::string& sentence) {
  complain("{}", sentence);
}

void print_stopped(const act::Stopped& stopped, bool json) {
  if (json) {
    print_json(stopped);
    return;
  }
  say("{} {}\n", stopped.label,
      stopped.ended.empty() ? (stopped.left.empty() ? "ended" : "was signalled") : stopped.ended);
  print_told(stopped);
  print_killed(stopped);
  if (stopped.extended_seconds > 0)
    say("  was given {} more for its checkpoint\n", human_duration(stopped.extended_seconds));
  for (const act::SavedFile& file : stopped.files) {
    const std::string size = size_text(file.bytes) + (file.growing ? ", was still growing: it may be incomplete" : "");
    if (file.writer > 0) say("  process {} wrote {} ({}) since the signal\n", file.writer, safe_text(file.path), size);
    if (file.writer == 0) say("  {} ({}) was written since the signal\n", safe_text(file.path), size);
  }
  if (stopped.files_unknown) say("  what it wrote is not known: a file system that it used does not answer\n");
  for (const SharedSegment& segment : stopped.shared) {
    say("  left {} ({}) in shared memory: remove it if no other process uses it\n", safe_text(segment.path),
        size_text(segment.bytes));
  }
  print_gpu_memory(stopped.gpu_memory);
  if (stopped.left.empty()) {
    const bool clean = stopped.shared.empty() && stopped.gpu_memory.holds.empty() && stopped.gpu_memory.unknown.empty();
    say("  {} of it is left\n", clean ? "nothing" : "no process");
    return;
  }
  for (const act::Survivor& one : stopped.left) {
    const std::string command = one.command.empty() ? "" : " " + cut_to_width(safe_text(one.command), command_width);
    const std::string reason = one.reason == "still there" ? "" : ": " + one.reason;
    say("  still there: process {}{}{}\n", one.id.pid, command, reason);
  }
}

}  // namespace vigie::cli
