// vigie run: starts a supervised run, detached.
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <memory>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "act/limit.hpp"
#include "act/run_life.hpp"
#include "act/signal.hpp"
#include "act/start.hpp"
#include "base/clock.hpp"
#include "base/text.hpp"
#include "base/units.hpp"
#include "cli/act/policy_options.hpp"
#include "cli/command.hpp"
#include "cli/output.hpp"
#include "cli/say.hpp"
#include "cli/terminal/attach.hpp"
#include "cli/terminal/log_show.hpp"
#include "cli/terminal/raw_terminal.hpp"
#include "control/priority.hpp"
#include "keep/progress/progress_pattern.hpp"

extern char** environ;

namespace vigie::cli {
namespace {

constexpr std::uint64_t least_log = 1 << 20;

struct Options {
  std::string name, cwd, stop_signal = "TERM", grace = "30s", log_max = "1G";
  std::vector<std::string> environment, command;
  std::string ionice, cpus, memory, progress;
  std::optional<int> nice;
  bool follow = false, attach = false, no_pty = false, no_cgroup = false, json = false;
  PolicyOptions policy;
};

/// What its processes begin with.
Result<void> add_start(const Options& options, RunStart& start) {
  start.nice = options.nice;
  start.own_group = !options.no_cgroup;
  start.cpus = options.cpus;
  if (options.attach) {
    const wire::TerminalSize size = RawTerminal::size();
    start.terminal_rows = size.rows;
    start.terminal_columns = size.columns;
  }
  if (!options.ionice.empty()) {
    Result<int> priority = control::parse_io_priority(options.ionice);
    if (!priority) return pass(std::move(priority));
    start.io_priority = *priority;
  }
  if (!options.memory.empty()) {
    Result<std::uint64_t> bytes = act::parse_memory_limit(options.memory);
    if (!bytes) return pass(std::move(bytes));
    start.memory_bytes = *bytes;
  }
  if (!options.cpus.empty()) {
    if (Result<cpu_set_t> cpus = control::parse_cpus(options.cpus); !cpus) return pass(std::move(cpus));
  }
  return {};
}

Result<RunSpec> spec_of(const Options& options) {
  RunSpec spec;
  spec.command = options.command;
  std::error_code error;
  spec.cwd = std::filesystem::absolute(options.cwd.empty() ? "." : options.cwd, error).lexically_normal().string();
  if (!std::filesystem::is_directory(spec.cwd, error)) {
    return fail("cannot start in " + safe_text(spec.cwd) + ": it is not a directory");
  }
  if (Result<void> found = act::check_program(spec.command.front(), spec.cwd); !found) return pass(std::move(found));
  Result<int> signal = act::parse_signal(options.stop_signal);
  if (!signal) return pass(std::move(signal));
  Result<double> grace = parse_duration(options.grace);
  if (!grace) return pass(std::move(grace));
  Result<RunPolicy> policy = policy_of(options.policy);
  if (!policy) return pass(std::move(policy));
  spec.policy = std::move(*policy);
  Result<std::uint64_t> log_max = parse_size(options.log_max);
  if (!log_max) return pass(std::move(log_max));
  if (*log_max < least_log) return fail("--log-max wants at least 1M", ErrorKind::usage);
  spec.log_max_bytes = *log_max;
  spec.stop_signal = *signal;
  spec.grace_seconds = *grace;
  if (!options.progress.empty()) {
    if (Result<Regex> regex = keep::progress_pattern(options.progress); !regex) return pass(std::move(regex));
  }
  spec.progress_pattern = options.progress;
  if (Result<void> start = add_start(options, spec.start); !start) return pass(std::move(start));
  spec.pty = !options.no_pty;
  for (char** entry = environ; *entry != nullptr; ++entry) spec.environment.emplace_back(*entry);
  for (const std::string& entry : options.environment) {
    const std::size_t equals = entry.find('=');
    if (equals == std::string::npos || equals == 0)
      return fail("--env wants NAME=VALUE, not " + safe_text(entry), ErrorKind::usage);
    std::erase_if(spec.environment,
                  [&](const std::string& old) { return old.starts_with(entry.substr(0, equals + 1)); });
    spec.environment.push_back(entry);
  }
  return spec;
}

void print_json(const RunRecord& run) {
  const RunGroup& group = run.group;
  nlohmann::json document{{"vigie", "1"}, {"id", run.id}, {"name", run.name}};
  document["cgroup"] = group.directory.empty() ? nlohmann::json() : nlohmann::json(group.directory);
  document["cgroup_reason"] = group.reason.empty() ? nlohmann::json() : nlohmann::json(group.reason);
  say_json(document);
}

void tell_of_waiting(const RunRecord& run) {
  if (run.state == RunState::queued) complain("{} waits for {}", run.name, describe_wait(run, now().wall_ns));
  if (is_over(run.state)) complain("{} {}", run.name, act::describe_end(run));
}

void print_started(const act::Started& started, const Options& options) {
  const RunRecord& run = started.record;
  if (!started.runs && !options.attach) tell_of_waiting(run);  // attaching says it itself, and waits
  if (!started.ends_with_login.empty()) complain("{}: {}", run.name, started.ends_with_login);
  if (options.json) {
    print_json(run);
  } else if (!options.follow && !options.attach) {
    if (Result<void> said = write_output(run.name + "\n"); !said) complain("run {} is started", run.name);
  }
}

/// Until it is over: its exit status.
Result<int> follow(const RunRecord& run) {
  complain("run {} started; Ctrl-C stops watching, not the run", run.name);
  if (Result<void> followed = show_log(run.directory, {.follow = true}); !followed) return pass(std::move(followed));
  Result<RunRecord> ended = act::wait_until_over(run.directory, -1);
  if (!ended) return pass(std::move(ended));
  complain("{} {}", ended->name, act::describe_end(*ended));
  return act::shell_status(*ended);
}

/// A run reads its own terminal: what waits in a pipe or a file would never be read.
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
    if (Result<void> possible = check_attach({}); !possible) return pass(std::move(possible));
  }
  Result<RunSpec> spec = spec_of(options);
  if (!spec) return pass(std::move(spec));
  const Result<act::Started> started = act::start(*spec, options.name);
  if (!started) return std::unexpected(started.error());
  print_started(*started, options);
  if (options.attach) return attach_to(started->record, {});
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
  command.option("--name", options->name, "name of the run (default: from the command)");
  command.flag("-f,--follow", options->follow, "show the output until it ends; exit status of the run");
  command.flag("--attach", options->attach, "show its terminal at once, as `vigie attach` does").excludes("--follow");
  command.option("--cwd", options->cwd, "directory to start in");
  command.option("--env", options->environment, "NAME=VALUE to add to its environment").repeatable();
  command.option("--nice", options->nice, "nice value, -20 to 19").between(-20, 19);
  command.option("--ionice", options->ionice, "I/O priority: idle, best-effort:LEVEL, realtime:LEVEL")
      .value_name("CLASS[:LEVEL]");
  command.option("--cpus", options->cpus, "the CPUs that it may use, like 0-3,8").value_name("LIST");
  command.option("--memory", options->memory, "the most memory that all of it together may use, like 64G")
      .value_name("SIZE");
  command.option("--stop-signal", options->stop_signal, "what `vigie stop` sends first").show_default();
  command.option("--grace", options->grace, "how long `vigie stop` waits before it kills").show_default();
  add_policy_options(command, options->policy);
  command.option("--log-max", options->log_max, "SIZE that the log may take, packed; then its oldest part goes")
      .value_name("SIZE")
      .show_default();
  command
      .option(
          "--progress", options->progress,
          "how it writes its progress, where `vigie ls` does not see it: a regular expression with named groups step "
          "or percent or epoch, and total, epochs, rate, eta, loss, as in '(?<step>\\d+) of (?<total>\\d+)'; or let "
          "the program print VIGIE_PROGRESS=STEP/TOTAL at the beginning of a line")
      .value_name("REGEX");
  command.flag("--no-pty", options->no_pty, "a pipe instead of a terminal").excludes("--attach");
  command.flag("--no-cgroup", options->no_cgroup, "no control group of its own, even where one can be made");
  command.flag("--json", options->json, "print id, name and control group as JSON");
  command.option("CMD", options->command, "the command and its arguments").required();
  command.rest_is_positional();
  command.does([options] { return run(*options); });
}

}  // namespace vigie::cli
