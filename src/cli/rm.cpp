// vigie rm: forget runs that are over.

#include <cstdio>
#include <memory>

#include <fmt/format.h>

#include "cli/command.hpp"
#include "cli/run_life.hpp"
#include "cli/runs_by_name.hpp"

namespace vigie::cli {
namespace {

Result<void> remove_run(const std::string& text) {
  Result<RunRecord> found = find_run(text);
  if (!found) return pass(std::move(found));
  Result<RunRecord> record = wait_until_over(found->directory, 0);
  if (!record) return pass(std::move(record));
  if (!is_over(record->state)) {
    return fail(fmt::format("run {} is {}: `vigie stop {}` first", record->name, name_of(record->state), record->name));
  }
  if (Result<void> removed = forget_run(*record); !removed) return removed;
  fmt::print("removed {}\n", record->name);
  return {};
}

}  // namespace

void define_rm(Command& command) {
  auto runs = std::make_shared<std::vector<std::string>>();
  command.examples("Examples:\n  vigie rm resnet");
  command.option("RUN", *runs, "name or id").required();
  command.does([runs]() -> Result<int> {
    for (const std::string& run : *runs) {
      if (Result<void> removed = remove_run(run); !removed) return pass(std::move(removed));
    }
    return 0;
  });
}

}  // namespace vigie::cli
