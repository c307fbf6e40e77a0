// vigie run: starts a supervised run, detached.
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <memory>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "act/run_life.hpp"
#include "act/signal.hpp"
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
#include "sources/capability/probes.hpp"
#include "wire/run_directory.hpp"

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

bool executable_file(const std::string& path, std::string& why) {
  if (::access(path.c_str(), F_OK) != 0) {
    why = "no such file";
  } else if (std::error_code ignored; std::filesystem::is_directory(path, ignored)) {
    why = "it is a directory";
  } else if (::access(path.c_str(), X_OK) != 0) {
    why = "it is not executable";
  } else {
    return true;
  }
  return false;
}

/// The search that execvp(3) will do, before anything is created: its errors can name the reason.
Result<void> check_program(const std::string& program, const std::string& cwd) {
  std::string why = "no such command in PATH";
  if (program.find('/') != std::string::npos) {
    const std::string path = program.starts_with('/') ? program : cwd + "/" + program;
    if (executable_file(path, why)) return {};
    return fail("cannot run " + safe_text(program) + ": " + why);
  }
  const char* variable = std::getenv("PATH");
  const std::string path = variable == nullptr ? "/bin:/usr/bin" : variable;
  for (std::size_t begin = 0; begin <= path.size();) {
    const std::size_t end = std::min(path.find(':', begin), path.size());
    std::string reason;
    const std::string candidate = path.substr(begin, end - begin) + "/" + program;
    if (executable_file(candidate, reason)) return {};
    if (reason != "no such file") why = candidate + ": " + reason;
    begin = end + 1;
  }
  return fail("cannot run " + safe_text(program) + ": " + why);
}

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
    Result<std::uint64_t> bytes = parse_size(options.memory);
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
  if (Result<void> found = check_program(spec.command.front(), spec.cwd); !found) return pass(std::move(found));
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

/// The group is known once the keeper has written the record, which it does before it reports the start.
void print_started(const RunRecord& record) {
  const Result<RunRecord> started = wire::read_record(record.directory);
  const RunGroup group = started ? started->group : RunGroup{};
  nlohmann::json document{{"vigie", "1"}, {"id", record.id}, {"name", record.name}};
  document["cgroup"] = group.directory.empty() ? nlohmann::json() : nlohmann::json(group.directory);
  document["cgroup_reason"] = group.reason.empty() ? nlohmann::json() : nlohmann::json(group.reason);
  say_json(document);
}

/// A run that would be killed with the login that it was started from: its user should not find out the next morning.
void warn_of_logout(const RunRecord& record) {
  const Result<Root> root = Root::open("/");
  const Capability logout = root ? capability::logout(*root) : Capability{};
  if (logout.status == Ability::works) return;
  complain("{}: {}; {}", record.name, logout.reason, logout.advice);
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
  RunRecord wanted;
  wanted.spec = std::move(*spec);
  Result<act::OpenRun> created = act::create_run(wanted, options.name);
  if (!created) return pass(std::move(created));
  const RunRecord record = created->record;
  Result<bool> started = act::start_run(*created);
  if (!started) return pass(std::move(started));
  if (!*started && !options.attach) {  // attaching says it itself, and waits
    const Result<RunRecord> queued = wire::read_record(record.directory);
    if (queued && queued->state == RunState::queued)
      complain("{} waits for {}", record.name, describe_wait(*queued, now().wall_ns));
    if (queued && is_over(queued->state)) complain("{} {}", record.name, act::describe_end(*queued));
  }
  warn_of_logout(record);
  if (options.json) {
    print_started(record);
  } else if (!options.follow && !options.attach) {
    if (Result<void> said = write_output(record.name + "\n"); !said) complain("run {} is started", record.name);
  }
  if (options.attach) return attach_to(record, {});
  if (!options.follow) return 0;
  complain("run {} started; Ctrl-C stops watching, not the run", record.name);
  if (Result<void> followed = show_log(record.directory, {.follow = true}); !followed) return pass(std::move(followed));
  Result<RunRecord> ended = act::wait_until_over(record.directory, -1);
  if (!ended) return pass(std::move(ended));
  complain("{} {}", ended->name, act::describe_end(*ended));
  return act::shell_status(*ended);
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
