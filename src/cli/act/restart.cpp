// vigie restart: the same command again, as the next attempt of the same run.
#include <memory>

#include <fmt/format.h>

#include "act/run_life.hpp"
#include "act/runs_by_name.hpp"
#include "base/boot.hpp"
#include "base/clock.hpp"
#include "cli/command.hpp"
#include "cli/say.hpp"
#include "cli/worst.hpp"
#include "keep/restart_policy.hpp"
#include "keep/start/start_report.hpp"
#include "wire/record_list.hpp"
#include "wire/run_directory.hpp"

namespace vigie::cli {
namespace {

struct Options {
  std::vector<std::string> runs;
  bool lost = false, gone = false;
};

/// It has conditions, and may have been told already that they will never be met.
Result<void> tell_of_waiting(const std::string& directory) {
  const Result<RunRecord> now_there = wire::read_record(directory);
  if (!now_there) return std::unexpected(now_there.error());
  if (is_over(now_there->state))
    return fail(fmt::format("{} was not started again: {}", now_there->name, act::describe_end(*now_there)));
  say("{} attempt {}\n", now_there->name, now_there->attempt);
  if (now_there->state == RunState::queued)
    complain("{} waits for {}", now_there->name, describe_wait(*now_there, now().wall_ns));
  return {};
}

/// Under the run's lock from the look at it until it runs: of several that try at once the first one starts it.
Result<void> restart(const std::string& directory, bool machine_gone) {
  Result<act::OpenRun> run = act::open_to_restart(directory, machine_gone);
  if (!run) return pass(std::move(run));
  const RunRecord before = run->record;
  if (!is_over(before.state)) return act::not_over(before);
  if (Result<void> own = wire::check_own(before); !own) return own;
  if (const std::string why = keep::why_never_again(before); !why.empty())
    return fail(fmt::format("cannot start {} again: {}", before.name, why), ErrorKind::denied);
  if (Result<void> clear = act::refuse_leftovers(before); !clear) return clear;
  run->record = keep::started_again(before);
  run->record.place = this_process_space();
  (void)wire::keep_room(directory).has_value();
  if (Result<void> written = wire::write_record(run->record); !written) return written;
  const Result<bool> started = act::start_run(*run);
  if (!started) {
    if (!keep::is_kept_by_another(started.error()))
      (void)wire::write_record(before).has_value();  // as it was: the error is the news
    return std::unexpected(started.error());
  }
  if (!*started) return tell_of_waiting(directory);
  say("{} attempt {}\n", run->record.name, run->record.attempt);
  return {};
}

/// Every run that was alive when the host went down, or whose keeper was killed.
Result<std::vector<RunRecord>> lost_runs() {
  Result<std::vector<RunRecord>> records = wire::list_records();
  if (!records) return records;
  std::vector<RunRecord> lost;
  for (const RunRecord& record : *records) {
    Result<RunRecord> now = act::wait_until_over(record.directory, 0);
    if (now && now->state == RunState::elsewhere)
      complain("{} is left alone: {}", now->name, wire::keepers_of(*now).elsewhere);
    if (now && now->state == RunState::lost) lost.push_back(std::move(*now));
  }
  return lost;
}

Result<std::vector<RunRecord>> chosen_runs(const Options& options) {
  if (options.lost) return lost_runs();
  std::vector<RunRecord> runs;
  for (const std::string& text : options.runs) {
    Result<RunRecord> found = act::find_run(text, act::Naming::exact, act::RunUse::restart);
    if (!found) return pass(std::move(found));
    runs.push_back(std::move(*found));
  }
  return runs;
}

Result<int> restart(const Options& options) {
  if (options.lost == !options.runs.empty())
    return fail("name the runs to start again, or give --lost", ErrorKind::usage);
  Result<std::vector<RunRecord>> runs = chosen_runs(options);
  if (!runs) return pass(std::move(runs));
  if (runs->empty()) say("no run is lost\n");
  Worst worst(runs->size());
  for (const RunRecord& run : *runs) {
    Result<void> restarted = restart(run.directory, options.gone);
    worst.add(restarted ? Result<int>(0) : pass(std::move(restarted)));
  }
  return worst.status();
}

}  // namespace

void define_restart(Command& command) {
  auto options = std::make_shared<Options>();
  command.examples(
      "Examples:\n"
      "  vigie restart resnet     it resumes from its checkpoint if the training does\n"
      "  vigie restart --lost     after a reboot: every run that was alive");
  command.option("RUN", options->runs, "whole name or id");
  command.flag("--lost", options->lost, "every run that was alive when this host or its keeper went down");
  command.flag("--gone", options->gone, "the machine that a run was on is no more: take it for lost");
  command.does([options] { return restart(*options); });
}

}  // namespace vigie::cli
