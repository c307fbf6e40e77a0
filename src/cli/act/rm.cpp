// vigie rm: forget runs that are over.

#include <memory>

#include <fmt/format.h>

#include "act/run_life.hpp"
#include "act/runs_by_name.hpp"
#include "cli/command.hpp"
#include "cli/say.hpp"
#include "cli/worst.hpp"
#include "wire/record_list.hpp"

namespace vigie::cli {
namespace {

/// By its id alone: what else it is called, and whether it is over, its record would tell.
Result<void> remove_unreadable(const wire::UnreadableRun& run) {
  const Result<wire::ChangeLock> lock = wire::ChangeLock::take(run.directory);
  if (!lock) return std::unexpected(lock.error());
  if (run.kept) return fail(describe(run));
  if (Result<void> removed = act::remove_directory(run.directory); !removed) return removed;
  say("removed {}\n", run.id);
  return {};
}

Result<int> remove_in(const std::string& directory, bool machine_gone) {
  Result<act::OpenRun> run = act::open_to_change(directory, machine_gone);
  if (!run) return pass(std::move(run));
  if (!is_over(run->record.state)) return act::not_over(run->record);
  if (Result<void> clear = act::refuse_leftovers(run->record); !clear) return pass(std::move(clear));
  if (Result<void> removed = act::forget_run(*run); !removed) return pass(std::move(removed));
  say("removed {}\n", run->record.name);
  return 0;
}

Result<int> remove_run(const std::string& text, bool machine_gone) {
  if (const std::optional<wire::UnreadableRun> damaged = act::find_unreadable(text)) {
    if (Result<void> removed = remove_unreadable(*damaged); !removed) return pass(std::move(removed));
    return 0;
  }
  Result<RunRecord> found = act::find_run(text, act::Naming::exact, act::RunUse::remove);
  if (!found) return pass(std::move(found));
  return remove_in(found->directory, machine_gone);
}

/// Every run that is over, but those that left something alive or that another machine may still keep. A run whose
/// record cannot be read may be alive, and stays.
Result<int> remove_ended() {
  Result<std::vector<RunRecord>> records = wire::list_records();
  if (!records) return pass(std::move(records));
  std::vector<std::string> over;
  for (const RunRecord& record : *records) {
    const Result<RunRecord> now = act::wait_until_over(record.directory, 0);
    if (now && is_over(now->state)) over.push_back(now->directory);
  }
  if (over.empty()) say("no run is over: nothing was removed\n");
  Worst worst(over.size() + 1);
  for (const std::string& directory : over) worst.add(remove_in(directory, false));
  return worst.status();
}

struct Options {
  std::vector<std::string> runs;
  bool ended = false, gone = false;
};

Result<int> remove(const Options& options) {
  if (options.ended == !options.runs.empty())
    return fail("name the runs to forget, or give --ended for all that are over", ErrorKind::usage);
  if (options.ended) return remove_ended();
  Worst worst(options.runs.size());
  for (const std::string& run : options.runs) worst.add(remove_run(run, options.gone));
  return worst.status();
}

}  // namespace

void define_rm(Command& command) {
  auto options = std::make_shared<Options>();
  command.examples(
      "Examples:\n"
      "  vigie rm resnet bert\n"
      "  vigie rm --ended          every run that is over");
  command.option("RUN", options->runs, "whole names or ids");
  command.flag("--ended", options->ended, "every run that is over");
  command.flag("--gone", options->gone, "the machine that a run was on is no more: take it for lost")
      .excludes("--ended");
  command.does([options] { return remove(*options); });
}

}  // namespace vigie::cli
