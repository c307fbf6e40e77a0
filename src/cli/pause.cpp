// vigie pause and vigie resume: the whole tree.
#include <csignal>
#include <memory>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

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

void add(CLI::App& app, Action& action, const std::string& verb, int signal, const char* help, const char* examples) {
  auto options = std::make_shared<ActingOptions>();
  CLI::App* command = app.add_subcommand(verb, help);
  command->footer(examples);
  add_acting_options(*command, *options);
  command->callback([=, &action] { action = [=] { return signal_targets(*options, signal, verb); }; });
}

}  // namespace

void add_pause(CLI::App& app, Action& action) {
  add(app, action, "pause", SIGSTOP, "stop a run's processes without ending them (memory, GPU memory too, stays held)",
      "Examples:\n  vigie pause resnet\n  vigie pause --dry-run 4711");
  add(app, action, "resume", SIGCONT, "let a paused run go on", "Examples:\n  vigie resume resnet");
}

}  // namespace vigie::cli
