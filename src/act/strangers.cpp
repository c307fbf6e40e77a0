#include "act/strangers.hpp"

#include <unistd.h>

#include <algorithm>
#include <iterator>
#include <optional>

#include <fmt/format.h>

#include "act/acting.hpp"
#include "base/text.hpp"
#include "base/users.hpp"
#include "control/process.hpp"
#include "control/tree.hpp"

namespace vigie::act {
namespace {

constexpr std::size_t command_width = 100;

/// Its user; nothing when that cannot be told.
std::optional<uid_t> owner_of(const Frame& frame, const Target& target) {
  if (const RunRecord* record = record_of(frame, target))
    return record->adopted_uid ? record->adopted_uid : record->owner;
  const std::optional<control::Users> users = control::users_of(identities(frame, target).front().pid);
  return users ? std::optional(users->real) : std::nullopt;
}

bool may_signal(ProcessId id) {
  const Result<Fd> pidfd = control::open_process(id);
  return pidfd && control::send_signal(*pidfd, 0);
}

std::optional<Stranger> stranger_of(const Frame& frame, const Target& target) {
  if (target.processes.empty()) return std::nullopt;  // over: nothing will be done to it
  const bool observed = target.run && !frame.view.runs[*target.run].supervised;
  const std::optional<uid_t> owner = owner_of(frame, target);
  const bool foreign = owner != ::geteuid();
  if (!observed && !foreign) return std::nullopt;
  const ProcessId leader = identities(frame, target).front();
  if (foreign && !may_signal(leader)) return std::nullopt;
  return Stranger{
      .foreign = foreign,
      .description = fmt::format(
          "{} of {}{}: {}", target.label, owner ? safe_text(user_name(*owner)) : "somebody unknown",
          observed ? fmt::format(", PID {}{}", leader.pid, foreign ? "" : ", which vigie did not start") : "",
          cut_to_width(safe_text(command_of(frame, leader)), command_width))};
}

}  // namespace

std::vector<Stranger> strangers_among(const Frame& frame, const std::vector<Target>& targets) {
  std::vector<Stranger> strangers;
  for (const Target& target : targets) {
    if (std::optional<Stranger> stranger = stranger_of(frame, target)) strangers.push_back(std::move(*stranger));
  }
  return strangers;
}

Result<void> refuse_untouchable(const Frame& frame, const std::vector<Target>& targets, std::string_view verb) {
  for (const Target& target : targets) {
    std::vector<ProcessId> ids = identities(frame, target);
    std::ranges::move(tree_of(frame, target), std::back_inserter(ids));
    RETURN_IF_ERROR(control::refuse_unsafe(frame.snapshot->processes, ids));
    RETURN_IF_ERROR(refuse_zombie(frame, target, verb));
  }
  return {};
}

}  // namespace vigie::act
