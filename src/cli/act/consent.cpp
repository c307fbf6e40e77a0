#include "cli/act/consent.hpp"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <optional>
#include <string>

#include <fmt/format.h>

#include "base/text.hpp"
#include "base/users.hpp"
#include "cli/say.hpp"
#include "control/process.hpp"

namespace vigie::cli {
namespace {

constexpr std::size_t command_width = 100;

/// Whose it is; nothing when that cannot be told.
std::optional<uid_t> owner_of(const Frame& frame, const act::Target& target) {
  if (const RunRecord* record = act::record_of(frame, target))
    return record->adopted_uid ? record->adopted_uid : record->owner;
  const std::optional<control::Users> users = control::users_of(act::identities(frame, target).front().pid);
  return users ? std::optional(users->real) : std::nullopt;
}

bool may_signal(ProcessId id) {
  const Result<Fd> pidfd = control::open_process(id);
  return pidfd && control::send_signal(*pidfd, 0);
}

/// A target that is not the user's own, or not vigie's.
struct Stranger {
  bool foreign = false;
  std::string description;  ///< safe text: "zebra-4711 of zeb, which vigie did not start: python zebra.py"
};

std::optional<Stranger> stranger_of(const Frame& frame, const act::Target& target) {
  if (target.processes.empty()) return std::nullopt;  // over: nothing will be done to it
  const bool observed = target.run && !frame.view.runs[*target.run].supervised;
  const std::optional<uid_t> owner = owner_of(frame, target);
  const bool foreign = owner != ::geteuid();
  if (!observed && !foreign) return std::nullopt;
  const ProcessId leader = act::identities(frame, target).front();
  if (foreign && !may_signal(leader)) return std::nullopt;
  return Stranger{
      .foreign = foreign,
      .description = fmt::format(
          "{} of {}{}: {}", target.label, owner ? safe_text(user_name(*owner)) : "somebody unknown",
          observed ? fmt::format(", PID {}{}", leader.pid, foreign ? "" : ", which vigie did not start") : "",
          cut_to_width(safe_text(act::command_of(frame, leader)), command_width))};
}

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
  std::vector<Stranger> strangers;
  for (const act::Target& target : targets) {
    std::optional<Stranger> stranger = stranger_of(frame, target);
    if (!stranger) continue;
    // Of several words the one that named it is not known any more.
    const bool by_pattern =
        std::ranges::any_of(options.targets, [](const std::string& text) { return text.starts_with('%'); });
    if (stranger->foreign && by_pattern) {
      return fail("a pattern acts on what is yours alone, and it matches " + stranger->description +
                      "; give the PID or the whole name of what belongs to somebody else",
                  ErrorKind::usage);
    }
    strangers.push_back(std::move(*stranger));
  }
  if (strangers.empty()) return {};
  for (const Stranger& stranger : strangers) complain("{}", stranger.description);
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
