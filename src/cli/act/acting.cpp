#include "cli/act/acting.hpp"

#include <algorithm>
#include <iterator>

#include <fmt/format.h>

#include "act/json.hpp"
#include "act/strangers.hpp"
#include "base/text.hpp"
#include "cli/act/consent.hpp"
#include "cli/command.hpp"
#include "cli/look.hpp"
#include "cli/say.hpp"
#include "cli/worst.hpp"

namespace vigie::cli {

void add_acting_options(Command& command, ActingOptions& options) {
  command.option("TARGET", options.targets, "PIDs, runs' whole names or ids, or %PATTERN").required();
  command.flag("--all", options.all, "act on everything %PATTERN matches");
  command.flag("--yes", options.yes,
               "do not ask before it acts on a run that vigie did not start, or on what belongs to another user");
  command.flag("--dry-run", options.dry_run, "print what would be done and do nothing");
  command.flag("--json", options.json, "one JSON document: a row per process acted on");
}

namespace {

/// The targets that one word on the command line names.
Result<std::vector<act::Target>> targets_of(const Frame& frame, const std::string& text, bool all) {
  Result<std::vector<act::Target>> targets = act::resolve_targets(frame, text, act::Naming::exact);
  if (targets && targets->size() > 1 && !all) {
    return fail(fmt::format("{} names {} targets: {}; be more precise, or use --all", safe_text(text), targets->size(),
                            act::labels_of(*targets)),
                ErrorKind::usage);
  }
  return targets;
}

/// The targets that all words of the options name, each once.
Result<std::vector<act::Target>> named_targets(const Frame& frame, const ActingOptions& options) {
  std::vector<act::Target> targets;
  for (const std::string& text : options.targets) {
    Result<std::vector<act::Target>> named = targets_of(frame, text, options.all);
    if (!named) return named;
    std::ranges::move(*named, std::back_inserter(targets));
  }
  act::leave_each_once(targets);
  return targets;
}

}  // namespace

Result<Aimed> take_aim(const ActingOptions& options, std::string_view verb) {
  ASSIGN_OR_RETURN(Frame frame, act::acting_frame());
  ASSIGN_OR_RETURN(std::vector<act::Target> targets, named_targets(frame, options));
  RETURN_IF_ERROR(act::refuse_untouchable(frame, targets, verb));
  RETURN_IF_ERROR(get_consent(frame, targets, options, verb));
  return Aimed{.frame = std::move(frame), .targets = std::move(targets)};
}

Result<int> do_to_each(const Aimed& aimed, const ActingOptions& options, const ToOne& to_one, Rows rows) {
  Worst worst(aimed.targets.size());
  std::vector<act::ActionRow> all;
  for (const act::Target& target : aimed.targets) {
    Result<act::Acted> done = to_one(aimed.frame, target);
    for (const std::string& remark : done ? done->remarks : std::vector<std::string>{}) complain("{}", remark);
    if (done) std::ranges::move(done->rows, std::back_inserter(all));
    worst.add(done ? Result<int>(done->failed ? 1 : 0) : pass(std::move(done)));
  }
  const Result<int> status = worst.status();
  if (status && (rows == Rows::all || options.json || options.dry_run || *status != 0)) print_rows(all, options.json);
  return status;
}

Result<int> act_on_targets(const ActingOptions& options, const act::Act& act, Rows rows) {
  const Result<Aimed> aimed = take_aim(options, act.verb.verb);
  RETURN_IF_ERROR(aimed);
  const ToOne plan = [&](const Frame& frame, const act::Target& target) {
    return act::plan_of(frame, target, act.verb);
  };
  const ToOne perform = [&](const Frame& frame, const act::Target& target) { return act::act_on(frame, target, act); };
  return do_to_each(*aimed, options, options.dry_run ? plan : perform, rows);
}

std::size_t command_width() {
  constexpr std::size_t beside_words = 60;
  return terminal_width() == 0 ? 0 : beside_words;
}

void print_rows(const std::vector<act::ActionRow>& rows, bool json) {
  if (json) return say_json([&](JsonWriter& writer) { act::append_actions(writer, rows); });
  const std::size_t width = command_width();
  for (const act::ActionRow& row : rows) {
    const std::string command = safe_text(row.command);
    say("{:>8}  {}: {}  {}\n", row.id.pid, row.action, row.result, width == 0 ? command : cut_to_width(command, width));
  }
}

}  // namespace vigie::cli
