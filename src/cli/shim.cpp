// vigie shim ID: becomes the keeper of a run. Started by `vigie run`, hidden from its help.
#include "cli/shim.hpp"

#include <fcntl.h>

#include <memory>

#include "cli/command.hpp"
#include "shim/launch.hpp"
#include "wire/run_directory.hpp"

namespace vigie::cli {

Result<int> keep_run(const std::string& id) {
  constexpr int status_fd = 3;
  if (::fcntl(status_fd, F_GETFD) < 0) return fail("`vigie shim` is started by `vigie run` only", ErrorKind::usage);
  Result<std::string> runs = wire::runs_path();
  if (!runs) return pass(std::move(runs));
  return shim::hold(*runs + "/" + id, status_fd);
}

void define_shim(Command& command) {
  auto id = std::make_shared<std::string>();
  command.option("ID", *id, "id of the run").required();
  command.does([id] { return keep_run(*id); });
}

}  // namespace vigie::cli
