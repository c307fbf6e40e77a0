// vigie shim ID: becomes the keeper of a run. Started by `vigie run`, hidden from its help.
#include <fcntl.h>

#include <memory>

#include <CLI/CLI.hpp>

#include "cli/command.hpp"
#include "shim/launch.hpp"
#include "wire/run_directory.hpp"

namespace vigie::cli {

void add_shim(CLI::App& app, Action& action) {
  auto id = std::make_shared<std::string>();
  CLI::App* command = app.add_subcommand("shim", "keeps one run (started by `vigie run`)");
  command->group("");
  command->add_option("ID", *id)->required();
  command->callback([id, &action] {
    action = [id]() -> Result<int> {
      constexpr int status_fd = 3;
      if (::fcntl(status_fd, F_GETFD) < 0) return fail("`vigie shim` is started by `vigie run` only", ErrorKind::usage);
      Result<std::string> runs = wire::runs_path();
      if (!runs) return pass(std::move(runs));
      return shim::hold(*runs + "/" + *id, status_fd);
    };
  });
}

}  // namespace vigie::cli
