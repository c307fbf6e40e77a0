// vigie run: starts a supervised run, detached.
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <memory>

#include "act/json.hpp"
#include "act/log/run_log.hpp"
#include "act/run_life.hpp"
#include "act/run_wish.hpp"
#include "act/start.hpp"
#include "act/workspace.hpp"
#include "base/clock.hpp"
#include "cli/act/workspace.hpp"
#include "cli/command.hpp"
#include "cli/output.hpp"
#include "cli/say.hpp"
#include "cli/terminal/attach.hpp"
#include "cli/terminal/log_output.hpp"
#include "cli/terminal/raw_terminal.hpp"

namespace vigie::cli {
namespace {

struct Options {
  std::string name;
  act::RunWish wish;
  bool follow = false, attach = false, workspace = false, json = false;

  /// Its terminal or its log is shown at once.
  [[nodiscard]] bool shows_it() const { return follow || attach || workspace; }
};

void add_policy_options(Command& command, act::PolicyWish& wish) {
  RunPolicy& policy = wish.policy;
  command.option("--restart", wish.restart, "no, on-failure[:N] or always: start again when it ended").show_default();
  command.option("--backoff", wish.backoff, "pause before the first restart; doubles with each failure in a row")
      .show_default();
  command.option("--resume-cmd", policy.resume_command, "command line for /bin/sh from the second attempt on");
  command.option("--time-limit", wish.time_limit, "stop each attempt after this time");
  command.option("--notify-signal", wish.notify_signal, "SIGNAL@BEFORE: signal this long before the time limit");
  command.option("--on-start", policy.hooks.on_start, "command for /bin/sh when it has started");
  command.option("--on-stop", policy.hooks.on_stop, "the same when it is asked to stop");
  command.option("--on-exit", policy.hooks.on_exit, "the same when an attempt ended; VIGIE_EXIT_REASON says how");
  command.option("--notify", policy.hooks.notify, "the same when all is over, with one sentence on its standard input");
  command.flag("--notify-terminals", policy.notify_terminals, "that sentence on your other terminals");
  command.option("--after", wish.after, "start when this run is over").repeatable().value_name("RUN");
  command.option("--after-success", wish.after_success, "start when this run has succeeded, else not at all")
      .repeatable()
      .value_name("RUN");
  command.option("--max-parallel", wish.max_parallel, "start only while fewer of your runs are alive");
  command
      .option("--gpus", wish.gpus, "start when so many GPUs are free, or these (0,3; UUIDs), and let it see no others")
      .value_name("N|IDS");
}

void tell_of_waiting(const RunRecord& run) {
  if (run.state == RunState::queued) complain("{} waits for {}", run.name, describe_wait(run, now().wall_ns));
  if (is_over(run.state)) complain("{} {}", run.name, act::describe_end(run));
}

void print_started(const act::Started& started, const Options& options) {
  const RunRecord& run = started.record;
  if (!started.runs && !options.attach && !options.workspace)
    tell_of_waiting(run);  // attaching says it itself, and waits
  if (!started.ends_with_login.empty()) complain("{}: {}", run.name, started.ends_with_login);
  if (options.json) {
    say_json([&](JsonWriter& json) { act::append_started(json, run); });
  } else if (!options.shows_it()) {
    if (Result<void> said = write_output(run.name + "\n"); !said) complain("run {} is started", run.name);
  }
}

/// Until it is over: its exit status.
Result<int> follow(const RunRecord& run) {
  complain("run {} started; Ctrl-C stops watching, not the run", run.name);
  LogOutput output;
  RETURN_IF_ERROR(act::show_log(run.directory, {.follow = true}, output));
  ASSIGN_OR_RETURN(RunRecord ended, act::wait_until_over(run.directory, -1));
  complain("{} {}", ended.name, act::describe_end(ended));
  return act::shell_status(ended);
}

/// A run reads its own terminal: input that waits in a pipe or a file would never be read.
void warn_of_input() {
  struct stat input{};
  if (::fstat(STDIN_FILENO, &input) != 0) return;
  int waiting = 0;
  const bool piped = S_ISFIFO(input.st_mode) && ::ioctl(STDIN_FILENO, FIONREAD, &waiting) == 0 && waiting > 0;
  if (piped || (S_ISREG(input.st_mode) && input.st_size > 0))
    complain("a run does not read vigie's standard input: give the file to the command, as in sh -c 'bash < prog.sh'");
}

Result<int> run(const Options& options) {
  warn_of_input();
  if (options.attach) {
    RETURN_IF_ERROR(check_attach({}));
  }
  act::RunWish wish = options.wish;
  if (options.attach) wish.terminal = RawTerminal::size();
  wire::TerminalSize window;
  if (options.workspace) {
    RETURN_IF_ERROR(RawTerminal::check());
    ASSIGN_OR_RETURN(window, act::workspace_size(own_terminal(), "vigie run --attach"));
    wish.terminal = act::terminal_pane(window);
  }
  const Result<RunSpec> spec = act::spec_of(wish);
  RETURN_IF_ERROR(spec);
  const Result<act::Started> started = act::start(*spec, options.name);
  RETURN_IF_ERROR(started);
  print_started(*started, options);
  if (options.attach) return attach_to(started->record, {});
  if (options.workspace) return enter_workspace(started->record, window);
  return options.follow ? follow(started->record) : 0;
}

}  // namespace

void define_run(Command& command) {
  auto options = std::make_shared<Options>();
  command.examples(
      "Examples:\n"
      "  vigie run -- python3 train.py --epochs 10\n"
      "  vigie run --name resnet --nice 5 -- python3 train.py\n"
      "  vigie run -f -- make -j4                 show the output until it ends\n"
      "  vigie run --restart on-failure:5 --time-limit 12h -- python3 train.py\n"
      "  vigie run --notify 'curl -sd @- https://ntfy.sh/mine' -- ./sweep.sh    a webhook that is told how it ended\n"
      "  vigie run --after resnet -- python3 evaluate.py\n"
      "  vigie run --max-parallel 1 -- ./sweep.sh 3   one after the other\n"
      "  vigie run --gpus 2 -- torchrun --nproc-per-node 2 train.py   when two GPUs are free, on those two\n"
      "  vigie run --grace 2m -- python3 train.py two minutes to write a checkpoint on `vigie stop`");
  act::RunWish& wish = options->wish;
  command.option("--name", options->name, "name of the run (default: from the command)");
  command.flag("-f,--follow", options->follow, "show the output until it ends; exit status of the run");
  command.flag("--attach", options->attach, "show its terminal at once, as `vigie attach` does").excludes("--follow");
  command.flag("--workspace", options->workspace, "show it at once in a tmux session, as `vigie workspace` does")
      .excludes("--follow")
      .excludes("--attach");
  command.option("--cwd", wish.cwd, "directory to start in");
  command.option("--env", wish.environment, "NAME=VALUE to add to its environment").repeatable();
  command.option("--nice", wish.nice, "nice value, -20 to 19").between(-20, 19);
  command.option("--ionice", wish.ionice, "I/O priority: idle, best-effort:LEVEL, realtime:LEVEL")
      .value_name("CLASS[:LEVEL]");
  command.option("--cpus", wish.cpus, "the CPUs that it may use, like 0-3,8").value_name("LIST");
  command.option("--memory", wish.memory, "the most memory that all of it together may use, like 64G")
      .value_name("SIZE");
  command.option("--stop-signal", wish.stop_signal, "what `vigie stop` sends first").show_default();
  command.option("--grace", wish.grace, "how long `vigie stop` waits before it kills").show_default();
  add_policy_options(command, wish.policy);
  command.option("--log-max", wish.log_max, "SIZE that the log may take, packed; then its oldest part goes")
      .value_name("SIZE")
      .show_default();
  command
      .option(
          "--progress", wish.progress,
          "how it writes its progress, where `vigie ls` does not see it: a regular expression with named groups step "
          "or percent or epoch, and total, epochs, rate, eta, loss, as in '(?<step>\\d+) of (?<total>\\d+)'; or let "
          "the program print VIGIE_PROGRESS=STEP/TOTAL at the beginning of a line")
      .value_name("REGEX");
  command.flag("--no-pty", wish.no_pty, "a pipe instead of a terminal").excludes("--attach").excludes("--workspace");
  command.flag("--no-cgroup", wish.no_cgroup, "no control group of its own, even where one can be made");
  command.flag("--json", options->json, "print id, name and control group as JSON");
  command.option("CMD", wish.command, "the command and its arguments").required();
  command.rest_is_positional();
  command.does([options] { return run(*options); });
}

}  // namespace vigie::cli
