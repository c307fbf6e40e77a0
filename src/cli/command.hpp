// What every command file offers, and what they share. One file per command; each adds itself to the program.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "model/frame.hpp"

namespace CLI {
class App;
}

namespace vigie::cli {

/// What the chosen command does once the command line is parsed: its exit status, or an Error for standard error.
using Action = std::function<Result<int>()>;

// Each adds its subcommand to `app`; when the user chose it, it sets `action`.
void add_ls(CLI::App& app, Action& action);
void add_ps(CLI::App& app, Action& action);
void add_tree(CLI::App& app, Action& action);
void add_why(CLI::App& app, Action& action);
void add_logs(CLI::App& app, Action& action);
void add_run(CLI::App& app, Action& action);
void add_stop(CLI::App& app, Action& action);   // stop and kill
void add_pause(CLI::App& app, Action& action);  // pause and resume
void add_wait(CLI::App& app, Action& action);
void add_rm(CLI::App& app, Action& action);
void add_restart(CLI::App& app, Action& action);
void add_shim(CLI::App& app, Action& action);  // hidden: becomes the keeper of a run

/// Parses, runs the chosen command, prints an error, returns the exit status.
int main(int argc, char** argv);

}  // namespace vigie::cli
