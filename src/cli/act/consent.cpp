#include "cli/act/consent.hpp"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <string>

#include <fmt/format.h>

#include "act/strangers.hpp"
#include "cli/say.hpp"

namespace vigie::cli {
namespace {

/// One line of standard input: whether it says yes.
bool answered_yes() {
  std::string line;
  char byte = 0;
  while (line.size() < 16) {
    const ssize_t got = ::read(STDIN_FILENO, &byte, 1);
    if (got < 0 && errno == EINTR) continue;
    if (got != 1 || byte == '\n') break;
    line += byte;
  }
  return line == "y" || line == "Y" || line == "yes";
}

}  // namespace

Result<void> get_consent(const Frame& frame, const std::vector<act::Target>& targets, const ActingOptions& options,
                         std::string_view verb) {
  if (options.dry_run) return {};
  const std::vector<act::Stranger> strangers = act::strangers_among(frame, targets);
  // With several words, the one that named the target is no longer known.
  const bool by_pattern =
      std::ranges::any_of(options.targets, [](const std::string& text) { return text.starts_with('%'); });
  const auto foreign = std::ranges::find(strangers, true, &act::Stranger::foreign);
  if (by_pattern && foreign != strangers.end()) {
    return fail("a pattern acts on what is yours alone, and it matches " + foreign->description +
                    "; give the PID or the whole name of what belongs to another user",
                ErrorKind::usage);
  }
  if (strangers.empty()) return {};
  for (const act::Stranger& stranger : strangers) complain("{}", stranger.description);
  if (options.yes) return {};
  const char* const them = strangers.size() == 1 ? "it" : "them";
  if (::isatty(STDIN_FILENO) != 1) {
    return fail(fmt::format("there is no terminal to ask on whether to {} {}: give --yes if that is meant", verb, them),
                ErrorKind::usage);
  }
  aside("{} {}? [y/N] ", verb, them);
  if (answered_yes()) return {};
  return fail("nothing was done");
}

}  // namespace vigie::cli
