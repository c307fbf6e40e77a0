// vigie rm: forget runs that are over.

#include <memory>

#include <fmt/format.h>

#include "cli/command.hpp"
#include "cli/run_life.hpp"
#include "cli/runs_by_name.hpp"
#include "cli/say.hpp"

namespace vigie::cli {
namespace {

/// By its id alone: what else it is called, and whether it is over, its record would tell.
Result<void> remove_unreadable(const wire::UnreadableRun& run) {
  const Result<wire::ChangeLock> lock = wire::ChangeLock::take(run.directory);
  if (!lock) return std::unexpected(lock.error());
  if (run.kept) return fail(describe(run));
  if (Result<void> removed = remove_directory(run.directory); !removed) return removed;
  say("removed {}\n", run.id);
  return {};
}

Result<void> remove_run(const std::string& text, bool machine_gone) {
  if (const std::optional<wire::UnreadableRun> damaged = find_unreadable(text)) return remove_unreadable(*damaged);
  Result<RunRecord> found = find_run(text, Naming::exact);
  if (!found) return pass(std::move(found));
  Result<OpenRun> run = open_to_change(found->directory, machine_gone);
  if (!run) return pass(std::move(run));
  if (!is_over(run->record.state)) return not_over(run->record);
  if (Result<void> clear = refuse_leftovers(run->record); !clear) return clear;
  if (Result<void> removed = forget_run(*run); !removed) return removed;
  say("removed {}\n", run->record.name);
  return {};
}

}  // namespace

void define_rm(Command& command) {
  auto runs = std::make_shared<std::vector<std::string>>();
  command.examples("Examples:\n  vigie rm resnet");
  auto gone = std::make_shared<bool>(false);
  command.option("RUN", *runs, "whole name or id").required();
  command.flag("--gone", *gone, "the machine that a run was on is no more: take it for lost");
  command.does([runs, gone]() -> Result<int> {
    for (const std::string& run : *runs) {
      if (Result<void> removed = remove_run(run, *gone); !removed) return pass(std::move(removed));
    }
    return 0;
  });
}

}  // namespace vigie::cli
