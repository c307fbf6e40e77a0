// vigie shim ID ATTEMPT: becomes the keeper of a run. Started by `vigie run`, hidden from its help.
#include "cli/keep.hpp"

#include <fcntl.h>

#include <memory>
#include <optional>

#include "base/number.hpp"
#include "cli/command.hpp"
#include "keep/start/launch.hpp"
#include "wire/run_directory.hpp"

namespace vigie::cli {

Result<int> keep_run(const std::string& id, const std::string& attempt) {
  const std::optional<unsigned> number = whole_number<unsigned>(attempt);
  if (!number || ::fcntl(keep::status_number, F_GETFD) < 0)
    return fail("`vigie shim` is started by `vigie run` only", ErrorKind::usage);
  ASSIGN_OR_RETURN(std::string runs, wire::runs_path());
  return keep::hold(runs + "/" + id, *number);
}

void define_keep(Command& command) {
  auto id = std::make_shared<std::string>(), attempt = std::make_shared<std::string>();
  command.option("ID", *id, "id of the run").required();
  command.option("ATTEMPT", *attempt, "which one is to be kept").required();
  command.does([id, attempt] { return keep_run(*id, *attempt); });
}

}  // namespace vigie::cli
