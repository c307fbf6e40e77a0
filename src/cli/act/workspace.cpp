// vigie workspace: a tmux session with the layout people make by hand around a training.
#include "cli/act/workspace.hpp"

#include <unistd.h>

#include <memory>

#include "act/program.hpp"
#include "act/workspace.hpp"
#include "cli/command.hpp"
#include "cli/say.hpp"
#include "cli/terminal/raw_terminal.hpp"

namespace vigie::cli {
namespace {

struct Options {
  std::string run;
  bool dry_run = false, detached = false;
};

void print_commands(const act::Workspace& workspace, bool detached) {
  say("{}\n", act::shell_line({"cd", "--", workspace.cwd}));
  for (const act::Words& words : workspace.commands) say("{}\n", act::shell_line(words));
  if (!detached) say("{}\n", act::shell_line(workspace.enter));
}

Result<int> workspace(const Options& options) {
  Result<RunRecord> run =
      act::run_to_show(options.run, options.dry_run ? act::Naming::by_beginning : act::Naming::exact);
  RETURN_IF_ERROR(run);
  ASSIGN_OR_RETURN(const wire::TerminalSize window, act::workspace_size(own_terminal(), "vigie attach " + run->name));
  const act::Workspace workspace = act::workspace_of(*run, window);
  if (options.dry_run) {
    print_commands(workspace, options.detached);
    return 0;
  }
  if (!options.detached) return enter_workspace(*run, window);
  RETURN_IF_ERROR(act::build(*run, workspace));
  say("{}\n", workspace.session);
  return 0;
}

}  // namespace

std::optional<wire::TerminalSize> own_terminal() {
  if (::isatty(STDOUT_FILENO) != 1) return {};
  return RawTerminal::size();
}

Result<int> enter_workspace(const RunRecord& run, wire::TerminalSize window) {
  const act::Workspace workspace = act::workspace_of(run, window);
  RETURN_IF_ERROR(act::build(run, workspace));
  return act::become_program(workspace.enter);
}

void define_workspace(Command& command) {
  auto options = std::make_shared<Options>();
  command.examples(
      "Examples:\n"
      "  vigie workspace              of the youngest run: its terminal, vigie top, GPUs or host; a shell; the log\n"
      "  vigie workspace resnet\n"
      "  vigie workspace --dry-run    the tmux commands\n"
      "Leave it with Ctrl-b d; `tmux kill-session` ends the views, never the run.");
  command.option("RUN", options->run, "whole name or id (default: the youngest run)");
  command.flag("--dry-run", options->dry_run, "print the tmux commands and do nothing");
  command.flag("-d,--detached", options->detached, "make it and do not enter it");
  command.does([options] { return workspace(*options); });
}

}  // namespace vigie::cli
