// Shared by every command file, and what it is built from. One file per command; CLI11 stays behind `Command`, because
// its header alone takes five seconds to compile.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace vigie::cli {

/// Runs the chosen command once the command line is parsed: its exit status, or an Error for standard error.
using Action = std::function<Result<int>()>;

/// An argument just declared, to say more about it.
class Argument {
 public:
  explicit Argument(CLI::Option& option) : option_(option) {}

  Argument& required();
  /// The word for the value in the help: "SECONDS".
  Argument& value_name(const std::string& name);
  /// The value may be left out: "-w" beside "-w 5".
  Argument& value_optional();
  /// One word holds several values, separated by commas; giving it again adds to them.
  Argument& comma_separated();
  /// One value each time it is given.
  Argument& repeatable();
  Argument& between(int least, int most);
  /// Refused together with the flag or option of that name, which must have been declared before.
  Argument& excludes(const std::string& name);
  /// The help shows the value the variable has now.
  Argument& show_default();

 private:
  CLI::Option& option_;
};

/// One subcommand while it is declared. Variables must live until the program ends: put them in the shared state that
/// the action captures. Names are as CLI11 takes them: "-n,--count", or a bare word for a positional argument.
class Command {
 public:
  Command(CLI::App& program, CLI::App& app, Action& action) : program_(program), app_(app), action_(action) {}

  /// Stands first in the help: begins with "Examples:\n", each indented by two.
  void examples(const std::string& text);
  Argument flag(const std::string& names, bool& into, const std::string& help);
  Argument option(const std::string& names, std::string& into, const std::string& help);
  Argument option(const std::string& names, std::vector<std::string>& into, const std::string& help);
  Argument option(const std::string& names, std::size_t& into, const std::string& help);
  Argument option(const std::string& names, std::optional<int>& into, const std::string& help);
  Argument option(const std::string& names, std::optional<std::size_t>& into, const std::string& help);
  /// Everything after the first positional argument belongs to it, options too: `vigie run python3 x.py --lr 1`.
  void rest_is_positional();
  /// The action of this command.
  void does(Action action);

  /// Whether the user gave this option; to be asked by the action.
  [[nodiscard]] bool given(const std::string& name) const;
  /// The value of --root.
  [[nodiscard]] std::string root() const;
  /// The value of --sampling.
  [[nodiscard]] std::string sampling() const;

 private:
  CLI::App& program_;
  CLI::App& app_;
  Action& action_;
};

// Each declares its command.
void define_top(Command& command);
void define_ls(Command& command);
void define_ps(Command& command);
void define_tree(Command& command);
void define_env(Command& command);
void define_files(Command& command);
void define_maps(Command& command);
void define_limits(Command& command);
void define_syscalls(Command& command);
void define_net(Command& command);
void define_why(Command& command);
void define_check(Command& command);
void define_doctor(Command& command);
void define_config(Command& command);
void define_stat(Command& command);
void define_record(Command& command);
void define_mem(Command& command);
void define_gpu(Command& command);
void define_logs(Command& command);
void define_attach(Command& command);
void define_run(Command& command);
void define_stop(Command& command);
void define_kill(Command& command);
void define_pause(Command& command);
void define_resume(Command& command);
void define_signal(Command& command);
void define_renice(Command& command);
void define_ionice(Command& command);
void define_cpus(Command& command);
void define_limit(Command& command);
void define_wait(Command& command);
void define_rm(Command& command);
void define_restart(Command& command);
void define_adopt(Command& command);
void define_workspace(Command& command);
void define_load(Command& command);
void define_lab(Command& command);
void define_keep(Command& command);  // hidden: becomes the keeper of a run

/// Parses, runs the chosen command, prints an error, returns the exit status.
int main(int argc, char** argv);

}  // namespace vigie::cli
