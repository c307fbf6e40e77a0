// The program: parses the command line, runs the chosen command, reports its error.
#include <unistd.h>

#include <algorithm>
#include <array>
#include <clocale>
#include <csignal>
#include <cstdlib>
#include <exception>
#include <memory>
#include <new>
#include <sstream>
#include <string>
#include <system_error>
#include <vector>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include "base/suggestion.hpp"
#include "base/text.hpp"
#include "cli/command.hpp"
#include "cli/habits.hpp"
#include "cli/help_text.hpp"
#include "cli/keep.hpp"
#include "cli/look.hpp"
#include "cli/output.hpp"
#include "cli/say.hpp"

namespace vigie::cli {

namespace {

constexpr const char* description =
    "vigie watches and keeps training runs: what is running, is it healthy, why is it slow, what ended it.";

constexpr const char* footer =
    "Examples:\n"
    "  vigie                                                     one screen that stays open, on a terminal (vigie "
    "top)\n"
    "  vigie run --name resnet -- python3 train.py --epochs 90   start it; it survives this shell\n"
    "  vigie ls                                                  all runs, with their progress\n"
    "  vigie tree resnet                                         its processes and what each one is\n"
    "  vigie why resnet                                          what holds it back, and what to do\n"
    "  vigie logs -f resnet                                      its output as it comes\n"
    "  vigie stop resnet                                         ask it to save and end, wait, see how it ended\n"
    "  vigie ps -a --sort -cpu_percent -n 10                     the ten busiest processes of the host\n"
    "\n"
    "A TARGET is a PID (digits alone are always one), a run's name or id, or %PATTERN over the command line. To look "
    "at "
    "a run the beginning of its name will do; to act on it takes the whole name. vigie acts on a PID of yours at once. "
    "Before it acts on anything else that it did not start, or that belongs to another user, it asks, or wants --yes.\n"
    "Exit status: 0 done; 1 the answer is no, or it failed; 2 wrong usage; 3 no such target; 4 not permitted.";

/// Columns that help is written for: those of the terminal, or of an old one.
std::size_t help_width() {
  constexpr std::size_t usual = 80, least = 40, most = 120;
  const std::size_t width = terminal_width();
  return width == 0 ? usual : std::clamp(width, least, most);
}

/// Help with examples before options, as users want to copy them, that fits the terminal.
class ExamplesFirst : public CLI::Formatter {
 public:
  std::string make_help(const CLI::App* app, std::string name, CLI::AppFormatMode mode) const override {
    if (mode == CLI::AppFormatMode::Sub) return make_expanded(app);
    return folded(app->get_description(), 0, 0, help_width()) + "\n" +
           folded_examples(app->get_footer(), help_width()) + "\n" + make_usage(app, name) + make_positionals(app) +
           make_groups(app, mode) + make_subcommands(app, mode);
  }

  std::string make_option(const CLI::Option* option, bool positional) const override {
    std::string text = make_option_desc(option);
    for (const CLI::Option* other : option->get_excludes()) text += fmt::format(" (not with {})", other->get_name());
    return described(make_option_name(option, positional) + make_option_opts(option), text, help_width());
  }

  /// The name of the value and its default, without the rest that the parser knows.
  std::string make_option_opts(const CLI::Option* option) const override {
    if (option->get_type_size() == 0) return {};
    std::string text;
    if (!option->get_type_name().empty()) text += " " + get_label(option->get_type_name());
    if (!option->get_default_str().empty()) text += "=" + option->get_default_str();
    if (option->get_expected_max() == CLI::detail::expected_max_vector_size) text += " ...";
    return text;
  }

  std::string make_subcommand(const CLI::App* sub) const override {
    return described(sub->get_display_name(true), sub->get_description(), help_width());
  }
};

struct Entry {
  const char* name;
  const char* summary;
  void (*define)(Command&);
  bool hidden = false;
};

/// Every command, in the order of the help.
constexpr std::array commands = {
    Entry{"run", "start a supervised run, detached; prints its name", define_run},
    Entry{"top", "one screen that stays open: host, GPUs, runs, processes", define_top},
    Entry{"ls", "runs with their state, resources and progress", define_ls},
    Entry{"ps", "processes: those of runs, or those you name", define_ps},
    Entry{"tree", "processes as a tree, with what each is in its run", define_tree},
    Entry{"why", "what holds a run back: the finding, its evidence, what to do", define_why},
    Entry{"check", "the checklist: machine, control group and run, a verdict for each item", define_check},
    Entry{"env", "environment of a process or run, secrets hidden", define_env},
    Entry{"files", "open files and sockets of a process or run: data and logs first, with their speed", define_files},
    Entry{"maps", "memory of a process or run: what it is for, shared pages counted once", define_maps},
    Entry{"limits", "resource limits of a process or run, and how much of each it uses", define_limits},
    Entry{"syscalls", "what the threads of a process or run wait in", define_syscalls},
    Entry{"net", "interfaces, connections and who has them", define_net},
    Entry{"stat", "CPUs, memory, disks, interfaces over time, one row per interval", define_stat},
    Entry{"mem", "memory of the host: used, available, reclaimable, swap, shared", define_mem},
    Entry{"record", "write what is seen into a file, for --replay: later, elsewhere, by others", define_record},
    Entry{"gpu", "GPUs: use, memory, power, temperature, what holds them down, and who is on them", define_gpu},
    Entry{"doctor", "what this host allows vigie, how to allow more, and what vigie costs", define_doctor},
    Entry{"config", "the configuration in force, and where each value is from", define_config},
    Entry{"capabilities", "the same as doctor", define_doctor, true},
    Entry{"attach", "the terminal of a run: see it, type into it; Ctrl-b d detaches", define_attach},
    Entry{"logs", "a run's output, progress bars collapsed", define_logs},
    Entry{"stop", "end a run: stop signal, grace period, then kill what is left", define_stop},
    Entry{"kill", "SIGKILL to the whole tree of a run or process, at once", define_kill},
    Entry{"pause", "stop a run's processes without ending them (memory, GPU memory too, stays held)", define_pause},
    Entry{"resume", "let a paused run go on", define_resume},
    Entry{"signal", "one signal to a target's main process, or with --tree to all of it", define_signal},
    Entry{"renice", "nice value of every thread of a tree", define_renice},
    Entry{"ionice", "I/O priority of every thread of a tree", define_ionice},
    Entry{"cpus", "the CPUs that a tree may use, every thread of it", define_cpus},
    Entry{"limit", "memory, CPU time and disk rates that a tree may use", define_limit},
    Entry{"wait", "wait until runs are over; exit status of the worst one", define_wait},
    Entry{"restart", "start a run that is over again, with the same command", define_restart},
    Entry{"adopt", "make a run of a process that is running already", define_adopt},
    Entry{"workspace", "a tmux session around a run: its terminal, vigie top, GPUs, a shell, the log",
          define_workspace},
    Entry{"rm", "forget runs that are over: their record and their log", define_rm},
    Entry{"load", "load on purpose: CPU, memory, disk, ..., bounded and cleaned up", define_load},
    Entry{"lab", "exercises on real processes: each sets its scene and sees when it is solved", define_lab},
    Entry{"shim", "keeps one run (started by `vigie run`)", define_keep, true},
};

const Entry* find_command(std::string_view name) {
  const auto* const found = std::ranges::find(commands, name, &Entry::name);
  return found == commands.end() ? nullptr : found;
}

/// The command on the command line: the first word that is neither an option nor the value of one.
const Entry* command_of(int argc, char** argv) {
  for (int index = 1; index < argc; ++index) {
    const std::string_view word = argv[index];
    if (word == "--root" || word == "--sampling") ++index;
    if (!word.starts_with('-')) return find_command(word);
  }
  return nullptr;
}

/// Whether only the version is asked for: that takes no command.
bool asks_version(int argc, char** argv) {
  return argc == 2 && std::string_view(argv[1]) == "--version";
}

/// The error for an unknown command, with what may have been meant.
std::string unknown_command(int argc, char** argv) {
  std::vector<std::string> names;
  for (const Entry& entry : commands) {
    if (!entry.hidden) names.emplace_back(entry.name);
  }
  for (int index = 1; index < argc; ++index) {
    const std::string_view word = argv[index];
    if (word.starts_with('-')) continue;
    if (const std::string_view instead = instead_of_command(word); !instead.empty())
      return fmt::format("there is no `vigie {}`: {}", word, instead);
    return fmt::format("no command \"{}\"{}", safe_text(word), suggestion(word, names));
  }
  return {};
}

/// The program with its commands. Declaring one takes longer than listing a thousand processes' names, so only the one
/// that was chosen is declared, and all of them for the help.
class Program {
 public:
  Program(int argc, char** argv) {
    app_.formatter(std::make_shared<ExamplesFirst>());
    app_.set_version_flag("--version", "vigie " VIGIE_VERSION);
    app_.add_option("--root", "look at the proc and sys trees below DIR: a fixture, or a saved host")
        ->default_str("/")
        ->type_name("DIR");
    // For tests and measurements: vigie itself knows which method is cheaper.
    app_.add_option("--sampling", "how processes are read: auto, reopen, keep or bpf")
        ->default_str("auto")
        ->type_name("METHOD")
        ->group("");
    app_.footer(footer);
    app_.require_subcommand(0, 1);
    app_.fallthrough();
    if (asks_version(argc, argv)) return;
    const Entry* const chosen = command_of(argc, argv);
    for (const Entry& entry : commands) {
      if (chosen == nullptr || chosen == &entry) add(entry);
    }
  }

  [[nodiscard]] CLI::App& app() { return app_; }
  [[nodiscard]] const Action& action() const { return action_; }

 private:
  void add(const Entry& entry) {
    CLI::App* const sub = app_.add_subcommand(entry.name, entry.summary);
    sub->fallthrough();  // --root after the command is the program's --root
    if (entry.hidden) sub->group("");
    entry.define(*commands_.emplace_back(std::make_unique<Command>(app_, *sub, action_)));
  }

  CLI::App app_{description, "vigie"};
  Action action_;
  std::vector<std::unique_ptr<Command>> commands_;
};

/// Whether a person looks at a terminal that can be drawn on.
bool has_screen() {
  const char* const term = std::getenv("TERM");
  return terminal_height() > 0 && ::isatty(STDIN_FILENO) == 1 && term != nullptr && std::string_view(term) != "dumb";
}

int run_action(const Action& action) {
  const Result<int> status = action();
  if (status) return end_of_output(*status);
  if (!is_of_output(status.error())) complain("{}", status.error().message);
  return end_of_output(exit_status(status.error().kind));
}

/// The keeper of a run, as keep::launch() starts it. The client waits for it: no options are declared for that.
bool is_keeper(int argc, char** argv) {
  return argc == 4 && std::string_view(argv[1]) == "shim" && argv[2][0] != '-';
}

constexpr const char* out_of_memory =
    "vigie: out of memory: its limit (ulimit -v) is reached, or the host has none left\n";

constexpr const char* out_of_threads =
    "vigie: no thread can be started: the limit of processes (ulimit -u) or of memory (ulimit -v) is reached\n";

/// What an exception of the shortage of something says; nullptr for any other. std::thread throws a system_error.
const char* shortage_in(const std::exception& error) {
  if (dynamic_cast<const std::bad_alloc*>(&error) != nullptr) return out_of_memory;
  const auto* const failed = dynamic_cast<const std::system_error*>(&error);
  if (failed == nullptr) return nullptr;
  if (failed->code() == std::errc::resource_unavailable_try_again) return out_of_threads;
  return failed->code() == std::errc::not_enough_memory ? out_of_memory : nullptr;
}

/// An exception that is not caught: on a thread, or where none may be thrown. A crash is for faults, not for limits.
[[noreturn]] void end_in_shortage() {
  try {
    if (const std::exception_ptr left = std::current_exception()) std::rethrow_exception(left);
  } catch (const std::exception& error) {
    const char* const words = shortage_in(error);
    if (words == nullptr) std::abort();
    write_error(words);
    ::_exit(exit_status(ErrorKind::failed));
  } catch (...) {
    std::abort();
  }
  std::abort();
}

/// The command line in vigie's own words, as main() would get it.
class OwnWords {
 public:
  OwnWords(int argc, char** argv) {
    int first = 1;  // options of the program itself may stand before the command
    while (first < argc && argv[first][0] == '-')
      first += std::string_view(argv[first]) == "--root" || std::string_view(argv[first]) == "--sampling" ? 2 : 1;
    first = std::min(first, argc);
    words_ = in_own_words({argv + first, argv + argc});
    pointers_.assign(argv, argv + first);
    for (std::string& word : words_) pointers_.push_back(word.data());
    pointers_.push_back(nullptr);
  }

  [[nodiscard]] int count() const { return static_cast<int>(pointers_.size()) - 1; }
  [[nodiscard]] char** pointers() { return pointers_.data(); }

 private:
  std::vector<std::string> words_;
  std::vector<char*> pointers_;
};

int parse_and_run(int argc, char** argv) {
  if (is_keeper(argc, argv)) return run_action([=] { return keep_run(argv[2], argv[3]); });
  OwnWords words(argc, argv);
  argc = words.count();
  argv = words.pointers();
  Program program(argc, argv);
  CLI::App& app = program.app();
  try {
    app.parse(argc, argv);
    // vigie alone opens its screen; where none is, as in a pipe, it lists the runs.
    if (app.get_subcommands().empty())
      app.get_subcommand(has_screen() ? "top" : "ls")->parse(std::vector<std::string>{});
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) {  // --help, --version
      std::ostringstream text;
      (void)app.exit(error, text, text);
      ignore_error(write_output(text.view()));
      return end_of_output(0);
    }
    std::string message;
    if (error.get_exit_code() == static_cast<int>(CLI::ExitCodes::ExtrasError) && app.get_subcommands().empty())
      message = unknown_command(argc, argv);
    if (message.empty()) message = in_plain_words(error.what());
    const std::vector<CLI::App*> chosen = app.get_subcommands();
    complain("{}; see vigie {}--help", message, chosen.empty() ? std::string() : chosen.front()->get_name() + " ");
    return exit_status(ErrorKind::usage);
  }
  if (!program.action()) {
    complain("no command given; see vigie --help");
    return exit_status(ErrorKind::usage);
  }
  return run_action(program.action());
}

}  // namespace

int main(int argc, char** argv) {
  open_standard_descriptors();
  std::set_terminate(end_in_shortage);
  // Widths of characters only: numbers and messages stay as they are written here.
  if (std::setlocale(LC_CTYPE, "") == nullptr || MB_CUR_MAX == 1) std::setlocale(LC_CTYPE, "C.UTF-8");
  // A parent that ignores it passes that on, and a keeper would never see how its job ended (wait(2)).
  ::signal(SIGCHLD, SIG_DFL);
  // A file that may not grow any more (RLIMIT_FSIZE) is an ordinary error, not a death without a message.
  ::signal(SIGXFSZ, SIG_IGN);
  try {
    return parse_and_run(argc, argv);
  } catch (const std::exception& error) {
    if (const char* const words = shortage_in(error)) {
      write_error(words);
    } else {
      complain("internal error: {}", error.what());
    }
  }
  return exit_status(ErrorKind::failed);
}

}  // namespace vigie::cli
