#include "act/stop_report.hpp"

#include <algorithm>
#include <csignal>
#include <iterator>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "base/text.hpp"
#include "base/units.hpp"

namespace vigie::act {
namespace {

constexpr std::size_t most_shown = 10;  ///< processes

std::string size_text(std::uint64_t bytes) {
  return human_bytes(static_cast<double>(bytes));
}

class Report {
 public:
  explicit Report(std::size_t command_width) : command_width_(command_width) {}

  std::string of(const Stopped& stopped) {
    add("{} {}\n", safe_text(stopped.label), how_it_went(stopped));
    add_told(stopped);
    add_killed(stopped);
    if (stopped.extended_seconds > 0)
      add("  was given {} more for its checkpoint\n", human_duration(stopped.extended_seconds));
    add_files(stopped);
    for (const SharedSegment& segment : stopped.shared) {
      add("  left {} ({}) in shared memory: remove it if no other process uses it\n", safe_text(segment.path),
          size_text(segment.bytes));
    }
    add_gpu_memory(stopped.gpu_memory);
    add_left(stopped);
    return std::move(text_);
  }

 private:
  template <class... Args>
  void add(fmt::format_string<Args...> words, Args&&... args) {
    fmt::format_to(std::back_inserter(text_), words, std::forward<Args>(args)...);
  }

  [[nodiscard]] static std::string how_it_went(const Stopped& stopped) {
    if (!stopped.ended.empty()) return safe_text(stopped.ended);
    if (stopped.left.empty()) return "ended";
    return stopped.no_kill ? "got the signal and goes on: nothing is killed (--no-kill)" : "was signalled";
  }

  [[nodiscard]] std::string shown(const std::string& command) const {
    const std::string safe = safe_text(command);
    return command_width_ == 0 ? safe : cut_to_width(safe, command_width_);
  }

  /// The processes that were asked to end, the main one first: also those that a shell or launcher did not signal.
  void add_told(const Stopped& stopped) {
    std::vector<const ActionRow*> told;
    for (const ActionRow& row : stopped.rows) {
      if (row.action != "kill" && row.action != signal_action(SIGKILL)) told.push_back(&row);
    }
    if (told.size() == 1 && told.front()->result.starts_with("ended")) return;  // as the first line says
    for (std::size_t i = 0; i < std::min(told.size(), most_shown); ++i) {
      add("  {} to process {} {}: {}\n", told[i]->action, told[i]->id.pid, shown(told[i]->command),
          told[i]->result.empty() ? "what became of it is not known" : safe_text(told[i]->result));
    }
    if (told.size() > most_shown) add("  and to {} more\n", told.size() - most_shown);
  }

  /// The processes that had to be killed; survivors follow below.
  void add_killed(const Stopped& stopped) {
    std::vector<const ActionRow*> killed;
    for (const ActionRow& row : stopped.rows) {
      if (row.action == "kill" && row.result == "ended") killed.push_back(&row);
    }
    for (std::size_t i = 0; i < std::min(killed.size(), most_shown); ++i)
      add("  killed process {} {}\n", killed[i]->id.pid, shown(killed[i]->command));
    if (killed.size() > most_shown) add("  and {} more\n", killed.size() - most_shown);
  }

  void add_files(const Stopped& stopped) {
    for (const SavedFile& file : stopped.files) {
      const std::string size =
          size_text(file.bytes) + (file.growing ? ", was still growing: it may be incomplete" : "");
      if (file.writer > 0) {
        add("  process {} wrote {} ({}) since the signal\n", file.writer, safe_text(file.path), size);
      } else {
        add("  {} ({}) was written since the signal\n", safe_text(file.path), size);
      }
    }
    if (stopped.files_unknown) add("  what it wrote is not known: a file system that it used does not answer\n");
  }

  void add_gpu_memory(const GpuMemoryLeft& left) {
    for (const GpuHold& hold : left.holds) {
      const std::string amount = hold.memory_bytes ? size_text(*hold.memory_bytes) : std::string("memory");
      if (hold.gone) {
        add("  left {} of GPU {}: the driver still counts it for process {}, which is gone\n", amount, hold.gpu,
            hold.pid);
      } else {
        add("  left {} of GPU {} to process {}\n", amount, hold.gpu, hold.pid);
      }
    }
    if (!left.unknown.empty()) add("  whether it left GPU memory is not known: {}\n", safe_text(left.unknown));
  }

  void add_left(const Stopped& stopped) {
    if (stopped.left.empty()) {
      const bool clean =
          stopped.shared.empty() && stopped.gpu_memory.holds.empty() && stopped.gpu_memory.unknown.empty();
      add("  {} of it is left\n", clean ? "nothing" : "no process");
    }
    for (const Survivor& one : stopped.left) {
      const std::string command = one.command.empty() ? "" : " " + shown(one.command);
      const std::string reason = one.reason == "still there" ? "" : ": " + safe_text(one.reason);
      add("  still there: process {}{}{}\n", one.id.pid, command, reason);
    }
  }

  std::size_t command_width_;
  std::string text_;
};

}  // namespace

std::string stop_report(const Stopped& stopped, std::size_t command_width) {
  return Report(command_width).of(stopped);
}

}  // namespace vigie::act
