// The program: parses the command line, runs the chosen command, reports its error.
#include <clocale>
#include <exception>
#include <memory>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include "base/text.hpp"
#include "cli/command.hpp"
#include "cli/look.hpp"

namespace vigie::cli {

namespace {

constexpr const char* description =
    "vigie watches and keeps training runs: what is running, is it healthy, why is it slow, what ended it.";

constexpr const char* footer =
    "Examples:\n"
    "  vigie run --name resnet -- python3 train.py --epochs 90   start it; it survives this shell\n"
    "  vigie ls                                                  all runs, with their progress\n"
    "  vigie tree resnet                                         its processes and what each one is\n"
    "  vigie why resnet                                          what holds it back, and what to do\n"
    "  vigie logs -f resnet                                      its output as it comes\n"
    "  vigie stop resnet                                         ask it to save and end, wait, see how it ended\n"
    "  vigie ps -a --sort -cpu_percent -n 10                     the ten busiest processes of the host\n"
    "\n"
    "A TARGET is a PID, a run's name or id (or how it begins), or %PATTERN over the command line.\n"
    "Exit status: 0 done; 1 the answer is no, or it failed; 2 wrong usage; 3 no such target; 4 not permitted.";

/// Help that begins with what one wants to copy: examples before options.
class ExamplesFirst : public CLI::Formatter {
 public:
  std::string make_help(const CLI::App* app, std::string name, CLI::AppFormatMode mode) const override {
    if (mode == CLI::AppFormatMode::Sub) return make_expanded(app);
    return make_description(app) + "\n" + make_footer(app) + "\n" + make_usage(app, name) + make_positionals(app) +
           make_groups(app, mode) + make_subcommands(app, mode);
  }
};

/// What a misspelt command should have been.
std::string unknown_command(const CLI::App& app, int argc, char** argv) {
  std::vector<std::string> names;
  for (const CLI::App* command : app.get_subcommands([](const CLI::App* one) { return !one->get_group().empty(); })) {
    names.push_back(command->get_name());
  }
  for (int index = 1; index < argc; ++index) {
    const std::string_view word = argv[index];
    if (!word.starts_with('-')) return fmt::format("no command \"{}\"{}", safe_text(word), suggestion(word, names));
  }
  return {};
}

void print_error(std::string_view message) {
  fmt::print(stderr, "vigie: {}\n", message);
}

int run_action(const Action& action) {
  const Result<int> status = action();
  if (status) return *status;
  print_error(status.error().message);
  return exit_status(status.error().kind);
}

int parse_and_run(int argc, char** argv) {
  CLI::App app{description, "vigie"};
  Action action;
  app.formatter(std::make_shared<ExamplesFirst>());
  app.set_version_flag("--version", "vigie " VIGIE_VERSION);
  app.add_option("--root", "look at the proc and sys trees below DIR: a fixture, or a saved host")
      ->default_str("/")
      ->type_name("DIR");
  app.footer(footer);
  app.require_subcommand(0, 1);
  for (const auto add : {add_run, add_ls, add_ps, add_tree, add_why, add_logs, add_stop, add_pause, add_wait,
                         add_restart, add_rm, add_shim}) {
    add(app, action);
  }
  try {
    app.parse(argc, argv);
    // vigie alone shows the runs.
    if (app.get_subcommands().empty()) app.get_subcommand("ls")->parse(std::vector<std::string>{});
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) return app.exit(error);  // --help, --version
    std::string message;
    if (error.get_exit_code() == static_cast<int>(CLI::ExitCodes::ExtrasError) && app.get_subcommands().empty())
      message = unknown_command(app, argc, argv);
    if (message.empty()) message = safe_text(error.what());
    print_error(message + "; see vigie --help");
    return exit_status(ErrorKind::usage);
  }
  if (!action) {
    print_error("no command given; see vigie --help");
    return exit_status(ErrorKind::usage);
  }
  return run_action(action);
}

}  // namespace

int main(int argc, char** argv) {
  // Widths of characters only: numbers and messages stay as they are written here.
  if (std::setlocale(LC_CTYPE, "") == nullptr || MB_CUR_MAX == 1) std::setlocale(LC_CTYPE, "C.UTF-8");
  try {
    return parse_and_run(argc, argv);
  } catch (const std::exception& error) {
    print_error(fmt::format("internal error: {}", safe_text(error.what())));
    return exit_status(ErrorKind::failed);
  }
}

}  // namespace vigie::cli
