// vigie restart: the same command again, as the next attempt of the same run.
#include <memory>

#include <fmt/format.h>

#include "base/clock.hpp"
#include "cli/command.hpp"
#include "cli/run_life.hpp"
#include "cli/runs_by_name.hpp"
#include "wire/run_directory.hpp"

namespace vigie::cli {
namespace {

Result<int> restart(const std::string& text) {
  Result<RunRecord> found = find_run(text);
  if (!found) return pass(std::move(found));
  Result<RunRecord> record = wait_until_over(found->directory, 0);
  if (!record) return pass(std::move(record));
  if (!is_over(record->state)) {
    return fail(fmt::format("run {} is {}: `vigie stop {}` first", record->name, name_of(record->state), record->name));
  }
  const RunRecord before = *record;
  RunRecord again = before;
  again.attempt += 1;
  again.state = RunState::starting;
  again.holder = again.shim = again.leader = {};
  again.stop.reset();
  again.exit.reset();
  again.last_progress.reset();
  if (Result<void> written = wire::write_record(again); !written) return pass(std::move(written));
  if (Result<void> started = start_run(again); !started) {
    (void)wire::write_record(before).has_value();  // as it was: the error is the news
    return pass(std::move(started));
  }
  fmt::print("{} attempt {}\n", again.name, again.attempt);
  return 0;
}

}  // namespace

void define_restart(Command& command) {
  auto run = std::make_shared<std::string>();
  command.examples("Examples:\n  vigie restart resnet     it resumes from its checkpoint if the training does");
  command.option("RUN", *run, "name or id").required();
  command.does([run] { return restart(*run); });
}

}  // namespace vigie::cli
