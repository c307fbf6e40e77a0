#include "act/workspace.hpp"

#include <algorithm>
#include <cstdlib>
#include <filesystem>

#include <fmt/format.h>

#include "act/program.hpp"
#include "act/run_life.hpp"
#include "act/runs_by_name.hpp"
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

/// The commands that build the session: train (the run's terminal, its processes, the host), dev (a shell), logs. They
/// must be run in the run's directory, which tmux then uses for its shells as it is. An argument of -c would be a
/// format, and a directory called #(command) would be executed.
std::vector<Words> layout(const RunRecord& run, const std::string& vigie) {
  const std::string session = session_name(run);
  const auto at = [&](const std::string& window) { return "=" + session + ":" + window; };
  const Words terminal{vigie, is_over(run.state) ? "logs" : "attach", run.name};
  Words create{"tmux", "new-session", "-d", "-s", session, "-n", "train"};
  // The server may have been started with another environment than this vigie.
  if (const char* state = std::getenv("XDG_STATE_HOME")) {
    create.insert(create.end(), {"-e", fmt::format("XDG_STATE_HOME={}", state)});
  }
  // {left} and {right}: the user's numbering of panes may begin at 0 or 1.
  std::vector<Words> commands{
      joined(create, then_shell(terminal)),
      joined({"tmux", "split-window", "-h", "-t", at("train")}, then_shell({vigie, "ps", "-w", "2", run.name})),
      joined({"tmux", "split-window", "-v", "-t", at("train.{right}")},
             then_shell({vigie, "stat", "cpu", "mem", "disk", "net", "2"})),
      {"tmux", "select-pane", "-t", at("train.{left}")},
      {"tmux", "new-window", "-d", "-t", at(""), "-n", "dev"},
      joined({"tmux", "new-window", "-d", "-t", at(""), "-n", "logs"}, then_shell({vigie, "logs", "-f", run.name}))};
  for (Words& words : commands) {
    for (std::string& word : words) {
      if (word.ends_with(';')) word.insert(word.size() - 1, 1, '\\');  // else tmux's next command would begin there
    }
  }
  return commands;
}

Words enter(const std::string& session) {
  const bool inside = std::getenv("TMUX") != nullptr;
  return {"tmux", inside ? "switch-client" : "attach-session", "-t", "=" + session};
}

}  // namespace

Result<RunRecord> run_to_show(const std::string& name, Naming naming) {
  Result<RunRecord> run = name.empty() ? youngest_run() : find_run(name, naming, RunUse::workspace);
  return run ? wait_until_over(run->directory, 0) : run;
}

Workspace workspace_of(const RunRecord& run, const std::string& vigie) {
  const std::string session = session_name(run);
  return {.session = session, .cwd = run.spec.cwd, .commands = layout(run, vigie), .enter = enter(session)};
}

Workspace workspace_of(const RunRecord& run) {
  std::error_code error;
  return workspace_of(run, std::filesystem::read_symlink("/proc/self/exe", error).string());
}

Result<void> build(const RunRecord& run, const Workspace& workspace) {
  RETURN_IF_ERROR(wire::check_own(run));
  Result<int> there = run_program({"tmux", "has-session", "-t", "=" + workspace.session}, Output::none);
  if (!there) {
    return fail("a workspace needs tmux: " + there.error().message + "; without it, `vigie attach " + run.name + "`");
  }
  if (*there == 0) return {};
  for (const Words& words : workspace.commands) {
    ASSIGN_OR_RETURN(int done, run_program(words, Output::errors, workspace.cwd));
    if (done != 0) return fail("tmux refused: " + shell_line(words));
  }
  return {};
}

}  // namespace vigie::act
