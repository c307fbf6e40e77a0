#include "rules/facts/terminal_wait.hpp"

#include <algorithm>

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

}  // namespace

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

}  // namespace vigie::rules
