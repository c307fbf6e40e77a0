#include "keep/start/resume_command.hpp"

#include <algorithm>
#include <iterator>

namespace vigie::keep {
namespace {

/// Built into shells without a program of that name, and words that begin more than one command (POSIX, 2.4 and 2.14).
constexpr std::string_view of_shells[] = {
    "!",        ".",    ":",      "alias", "bg",       "break",  "case",  "cd",    "command",
    "continue", "eval", "exec",   "exit",  "export",   "fc",     "fg",    "for",   "hash",
    "if",       "jobs", "local",  "read",  "readonly", "return", "set",   "shift", "times",
    "trap",     "type", "ulimit", "umask", "unalias",  "unset",  "until", "wait",  "while"};

}  // namespace

bool is_one_program(std::string_view line) {
  const std::size_t begin = line.find_first_not_of(" \t");
  if (begin == std::string_view::npos || line.find_first_of(";&|(){}\n`#") != std::string_view::npos) return false;
  const std::string_view rest = line.substr(begin);
  const std::string_view first = rest.substr(0, rest.find_first_of(" \t"));
  return !first.contains('=') && std::ranges::find(of_shells, first) == std::end(of_shells);
}

std::vector<std::string> shell_of(const std::string& line) {
  return {"/bin/sh", "-c", is_one_program(line) ? "exec " + line : line};
}

}  // namespace vigie::keep
