// vigie rm: forget runs that are over.
#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <memory>

#include <fmt/format.h>

#include "cli/command.hpp"
#include "cli/run_life.hpp"
#include "cli/runs_by_name.hpp"
#include "shim/run_group.hpp"

namespace vigie::cli {
namespace {

/// Forgotten in one step: whoever looks for it by name from then on finds nothing. What still writes in it (a hook,
/// git) may make it take another try.
Result<void> remove_directory(const std::string& directory) {
  const std::size_t slash = directory.rfind('/');
  const std::string hidden = directory.substr(0, slash + 1) + ".removed-" + directory.substr(slash + 1);
  if (::rename(directory.c_str(), hidden.c_str()) != 0) return fail_errno("cannot remove " + directory, errno);
  std::error_code error;
  for (int tries = 0; tries < 100; ++tries) {
    std::filesystem::remove_all(hidden, error);
    if (!error && ::access(hidden.c_str(), F_OK) != 0) return {};
    ::poll(nullptr, 0, 10);
  }
  return fail("cannot remove " + hidden + ": " + error.message());
}

Result<void> remove_run(const std::string& text) {
  Result<RunRecord> found = find_run(text);
  if (!found) return pass(std::move(found));
  Result<RunRecord> record = wait_until_over(found->directory, 0);
  if (!record) return pass(std::move(record));
  if (!is_over(record->state)) {
    return fail(fmt::format("run {} is {}: `vigie stop {}` first", record->name, name_of(record->state), record->name));
  }
  shim::remove_group(*record);  // a keeper that was killed could not
  if (Result<void> removed = remove_directory(record->directory); !removed) return removed;
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
