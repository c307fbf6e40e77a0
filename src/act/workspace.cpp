#include "act/workspace.hpp"

#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>

#include <fmt/format.h>

#include "act/program.hpp"
#include "act/run_life.hpp"
#include "act/runs_by_name.hpp"
#include "base/number.hpp"
#include "wire/record_list.hpp"
#include "wire/run_directory.hpp"

namespace vigie::act {
namespace {

/// The youngest that is alive, else the youngest.
Result<RunRecord> youngest_run() {
  ASSIGN_OR_RETURN(std::vector<RunRecord> records, wire::list_records());
  if (records.empty()) return fail("there is no run yet: `vigie run -- COMMAND` starts one", ErrorKind::no_target);
  for (auto record = records.rbegin(); record != records.rend(); ++record) {
    Result<RunRecord> now = wait_until_over(record->directory, 0);
    if (now && !is_over(now->state)) return now;
  }
  return records.back();
}

/// tmux takes ':' and '.' in a name for separators.
std::string session_name(const RunRecord& run) {
  std::string name = run.name;
  std::ranges::replace(name, '.', '_');
  return name;
}

/// A pane's program; when it ends, a shell takes its place, so that its output can still be read.
Words then_shell(const Words& program) {
  Words words{"/bin/sh", "-c", "\"$0\" \"$@\"; exec \"${SHELL:-/bin/sh}\""};
  words.insert(words.end(), program.begin(), program.end());
  return words;
}

Words joined(Words words, const Words& more) {
  words.insert(words.end(), more.begin(), more.end());
  return words;
}

/// The run's own GPUs matter most; a host without any shows what it does itself.
Words gpus_or_host(const std::string& vigie) {
  return {"/bin/sh", "-c", "\"$0\" gpu -w 2>/dev/null || \"$0\" stat cpu mem disk net 2; exec \"${SHELL:-/bin/sh}\"",
          vigie};
}

/// Columns of the panes beside the run's terminal; a line is between them.
int columns_beside(wire::TerminalSize window) {
  return std::max((window.columns - 1) / 2, 1);
}

/// The commands that build the session: train (the run's terminal, the run in depth, the GPUs or the host), dev (a
/// shell), logs. They must be run in the run's directory, which tmux then uses for its shells as it is. An argument of
/// -c would be a format, and a directory called #(command) would be executed. Panes are made with a program that says
/// nothing, which gives way to their own once all have their size.
std::vector<Words> layout(const RunRecord& run, wire::TerminalSize window, const std::string& vigie) {
  const std::string session = session_name(run);
  const auto at = [&](const std::string& pane) { return "=" + session + ":" + pane; };
  const Words terminal{vigie, is_over(run.state) ? "logs" : "attach", run.name}, quiet{"cat", "-"};
  Words create{"tmux", "new-session", "-d", "-s", session, "-n", "train"};
  create.insert(create.end(), {"-x", std::to_string(window.columns), "-y", std::to_string(window.rows)});
  // The server may have been started with another environment than this vigie.
  if (const char* state = std::getenv("XDG_STATE_HOME")) {
    create.insert(create.end(), {"-e", fmt::format("XDG_STATE_HOME={}", state)});
  }
  const std::string beside = std::to_string(columns_beside(window));
  const auto fill = [&](const char* pane, const Words& program) {
    return joined({"tmux", "respawn-pane", "-k", "-t", at(pane)}, program);
  };
  // {left} and {right}: the user's numbering of panes may begin at 0 or 1. An id is no name of a screen of vigie top.
  std::vector<Words> commands{
      joined(create, quiet),
      joined({"tmux", "split-window", "-h", "-l", beside, "-t", at("train")}, quiet),
      joined({"tmux", "split-window", "-v", "-t", at("train.{right}")}, quiet),
      {"tmux", "select-pane", "-t", at("train.{left}")},
      fill("train.{left}", then_shell(terminal)),
      fill("train.{top-right}", then_shell({vigie, "top", run.id})),
      fill("train.{bottom-right}", gpus_or_host(vigie)),
      {"tmux", "new-window", "-d", "-t", at(""), "-n", "dev"},
      joined({"tmux", "new-window", "-d", "-t", at(""), "-n", "logs"}, then_shell({vigie, "logs", "-f", run.name}))};
  for (Words& words : commands) {
    for (std::string& word : words) {
      if (word.ends_with(';')) word.insert(word.size() - 1, 1, '\\');  // else tmux's next command would begin there
    }
  }
  return commands;
}

bool is_inside_tmux() {
  return std::getenv("TMUX") != nullptr;
}

Words enter(const std::string& session) {
  return {"tmux", is_inside_tmux() ? "switch-client" : "attach-session", "-t", "=" + session};
}

std::optional<int> number_in(std::string text) {
  while (!text.empty() && text.back() == '\n') text.pop_back();
  return whole_number<int>(text);
}

/// Of the user's server; where none runs, of another one with the same configuration, as one without a session ends at
/// once, and the next command would meet its end.
Result<std::string> status_option() {
  ASSIGN_OR_RETURN(const std::string running, output_of({"tmux", "show-options", "-gv", "status"}));
  if (!running.empty()) return running;
  const std::string another = fmt::format("vigie-{}", ::getpid());
  return output_of({"tmux", "-L", another, "start-server", ";", "show-options", "-gv", "status"});
}

/// Lines of a client that are tmux's own: its option is "on", "off", or a number.
int lines_of_status(const std::string& option) {
  if (option.starts_with("off")) return 0;
  return number_in(option).value_or(1);
}

/// Of the client that shows the caller's pane.
std::optional<wire::TerminalSize> size_of_client() {
  const auto ask = [](const char* what) {
    return number_in(output_of({"tmux", "display-message", "-p", what}).value_or(""));
  };
  const std::optional<int> rows = ask("#{client_height}"), columns = ask("#{client_width}");
  if (!rows || !columns || *rows <= 0 || *columns <= 0) return {};
  return wire::TerminalSize{.rows = *rows, .columns = *columns};
}

}  // namespace

Result<RunRecord> run_to_show(const std::string& name, Naming naming) {
  Result<RunRecord> run = name.empty() ? youngest_run() : find_run(name, naming, RunUse::workspace);
  return run ? wait_until_over(run->directory, 0) : run;
}

Result<wire::TerminalSize> workspace_size(std::optional<wire::TerminalSize> terminal, const std::string& instead) {
  constexpr wire::TerminalSize usual{.rows = 50, .columns = 200};
  const Result<std::string> status = status_option();
  if (!status)
    return fail(fmt::format("a workspace needs tmux: {}; without it, `{}`", status.error().message, instead));
  if (is_inside_tmux() && terminal) terminal = size_of_client();
  wire::TerminalSize window = terminal.value_or(usual);
  window.rows = std::max(window.rows - lines_of_status(*status), 1);
  return window;
}

wire::TerminalSize terminal_pane(wire::TerminalSize window) {
  return {.rows = window.rows, .columns = std::max(window.columns - 1 - columns_beside(window), 1)};
}

Workspace workspace_of(const RunRecord& run, wire::TerminalSize window, const std::string& vigie) {
  const std::string session = session_name(run);
  return {.session = session, .cwd = run.spec.cwd, .commands = layout(run, window, vigie), .enter = enter(session)};
}

Workspace workspace_of(const RunRecord& run, wire::TerminalSize window) {
  std::error_code error;
  return workspace_of(run, window, std::filesystem::read_symlink("/proc/self/exe", error).string());
}

Result<void> build(const RunRecord& run, const Workspace& workspace) {
  RETURN_IF_ERROR(wire::check_own(run));
  ASSIGN_OR_RETURN(const int there, run_program({"tmux", "has-session", "-t", "=" + workspace.session}, Output::none));
  if (there == 0) return {};
  for (const Words& words : workspace.commands) {
    ASSIGN_OR_RETURN(int done, run_program(words, Output::errors, workspace.cwd));
    if (done != 0) return fail("tmux refused: " + shell_line(words));
  }
  return {};
}

}  // namespace vigie::act
