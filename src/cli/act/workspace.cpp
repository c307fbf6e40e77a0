// vigie workspace: a tmux session with the layout people make by hand around a training.
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <memory>

#include <fmt/format.h>

#include "act/run_life.hpp"
#include "act/runs_by_name.hpp"
#include "base/text.hpp"
#include "cli/command.hpp"
#include "cli/program.hpp"
#include "cli/say.hpp"
#include "wire/record_list.hpp"
#include "wire/run_directory.hpp"

namespace vigie::cli {
namespace {

using Words = std::vector<std::string>;

struct Options {
  std::string run;
  bool dry_run = false, detached = false;
};

/// The run named; else the youngest that is alive, else the youngest.
Result<RunRecord> chosen_run(const std::string& name, act::Naming naming) {
  if (!name.empty()) return act::find_run(name, naming, act::RunUse::workspace);
  Result<std::vector<RunRecord>> records = wire::list_records();
  if (!records) return pass(std::move(records));
  if (records->empty()) return fail("there is no run yet: `vigie run -- COMMAND` starts one", ErrorKind::no_target);
  for (auto record = records->rbegin(); record != records->rend(); ++record) {
    Result<RunRecord> now = act::wait_until_over(record->directory, 0);
    if (now && !is_over(now->state)) return now;
  }
  return records->back();
}

/// tmux takes ':' and '.' in a name for separators.
std::string session_name(const RunRecord& run) {
  std::string name = run.name;
  std::ranges::replace(name, '.', '_');
  return name;
}

/// A pane's program; when it ends, a shell takes its place, so that what it said stays to be read.
Words then_shell(const Words& program) {
  Words words{"/bin/sh", "-c", "\"$0\" \"$@\"; exec \"${SHELL:-/bin/sh}\""};
  words.insert(words.end(), program.begin(), program.end());
  return words;
}

Words joined(Words words, const Words& more) {
  words.insert(words.end(), more.begin(), more.end());
  return words;
}

/// What builds the session: train (the run's terminal, its processes, the host), dev (a shell), logs. To be run in the
/// run's directory, which tmux then takes for that of its shells as it is; told with -c, it would be a format, and a
/// directory called #(command) would be executed.
std::vector<Words> layout(const RunRecord& run, const std::string& vigie, bool over) {
  const std::string session = session_name(run);
  const auto at = [&](const std::string& window) { return "=" + session + ":" + window; };
  const Words terminal{vigie, over ? "logs" : "attach", run.name};
  Words create{"tmux", "new-session", "-d", "-s", session, "-n", "train"};
  // The server may have been started with another environment than the one this run was found in.
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

Result<int> workspace(const Options& options) {
  Result<RunRecord> run = chosen_run(options.run, options.dry_run ? act::Naming::by_beginning : act::Naming::exact);
  if (!run) return pass(std::move(run));
  Result<RunRecord> now = act::wait_until_over(run->directory, 0);
  if (!now) return pass(std::move(now));
  std::error_code error;
  const std::string vigie = std::filesystem::read_symlink("/proc/self/exe", error).string();
  const std::string session = session_name(*now);
  const std::vector<Words> commands = layout(*now, vigie, is_over(now->state));
  if (options.dry_run) {
    say("{}\n", shell_line({"cd", "--", now->spec.cwd}));
    for (const Words& words : commands) say("{}\n", shell_line(words));
    if (!options.detached) say("{}\n", shell_line(enter(session)));
    return 0;
  }
  if (Result<void> own = wire::check_own(*now); !own) return pass(std::move(own));
  Result<int> there = run_program({"tmux", "has-session", "-t", "=" + session}, Output::none);
  if (!there) {
    return fail("a workspace needs tmux: " + there.error().message + "; without it, `vigie attach " + now->name + "`");
  }
  if (*there != 0) {
    for (const Words& words : commands) {
      Result<int> done = run_program(words, Output::errors, now->spec.cwd);
      if (!done) return pass(std::move(done));
      if (*done != 0) return fail("tmux refused: " + shell_line(words));
    }
  }
  if (options.detached) {
    say("{}\n", session);
    return 0;
  }
  return become_program(enter(session));
}

}  // namespace

void define_workspace(Command& command) {
  auto options = std::make_shared<Options>();
  command.examples(
      "Examples:\n"
      "  vigie workspace              of the youngest run: its terminal, processes, host; a shell; the log\n"
      "  vigie workspace resnet\n"
      "  vigie workspace --dry-run    the tmux commands\n"
      "Leave it with Ctrl-b d; `tmux kill-session` ends the views, never the run.");
  command.option("RUN", options->run, "whole name or id (default: the youngest run)");
  command.flag("--dry-run", options->dry_run, "print the tmux commands and do nothing");
  command.flag("-d,--detached", options->detached, "make it and do not enter it");
  command.does([options] { return workspace(*options); });
}

}  // namespace vigie::cli
