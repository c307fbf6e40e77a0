// vigie pause and vigie resume: the whole tree.
#include <algorithm>
#include <csignal>
#include <memory>

#include <fmt/format.h>

#include "cli/acting.hpp"
#include "cli/command.hpp"

namespace vigie::cli {
namespace {

Result<int> signal_targets(const ActingOptions& options, int signal, const std::string& verb) {
  Result<Frame> frame = acting_frame();
  if (!frame) return pass(std::move(frame));
  Result<std::vector<Target>> targets = acting_targets(*frame, options);
  if (!targets) return pass(std::move(targets));
  int status = 0;
  std::vector<ActionRow> rows;
  for (const Target& target : *targets) {
    if (target.processes.empty()) return fail(target.label + " is over: there is nothing to " + verb);
    if (options.dry_run) {
      std::ranges::move(planned(*frame, target, verb), std::back_inserter(rows));
      continue;
    }
    const std::vector<control::Outcome> outcomes = control::signal_tree(lister_of(*frame, target), signal);
    if (std::ranges::any_of(outcomes, &control::Outcome::failed)) status = 1;
    std::ranges::move(rows_of(*frame, outcomes, verb), std::back_inserter(rows));
    if (!options.json)
      fmt::print("{}: {} {} processes\n", target.label, signal == SIGSTOP ? "paused" : "resumed", outcomes.size());
  }
  if (options.json || options.dry_run || status != 0) print_rows(rows, options.json);
  return status;
}

void define(Command& command, const std::string& verb, int signal, const char* examples) {
  auto options = std::make_shared<ActingOptions>();
  command.examples(examples);
  add_acting_options(command, *options);
  command.does([=] { return signal_targets(*options, signal, verb); });
}

}  // namespace

void define_pause(Command& command) {
  define(command, "pause", SIGSTOP, "Examples:\n  vigie pause resnet\n  vigie pause --dry-run 4711");
}

void define_resume(Command& command) {
  define(command, "resume", SIGCONT, "Examples:\n  vigie resume resnet");
}

}  // namespace vigie::cli
