// vigie restart: the same command again, as the next attempt of the same run.
#include "act/restart.hpp"

#include <memory>

#include "act/runs_by_name.hpp"
#include "cli/command.hpp"
#include "cli/say.hpp"
#include "cli/worst.hpp"

namespace vigie::cli {
namespace {

struct Options {
  std::vector<std::string> runs;
  bool lost = false, gone = false;
};

Result<std::vector<RunRecord>> chosen_runs(const Options& options) {
  if (!options.lost) return act::find_runs(options.runs, act::Naming::exact, act::RunUse::restart);
  ASSIGN_OR_RETURN(act::LostRuns found, act::find_lost());
  for (const act::LostRuns::Elsewhere& run : found.elsewhere) complain("{} is left alone: {}", run.name, run.reason);
  return std::move(found.lost);
}

void print_restarted(const act::Restarted& run) {
  say("{} attempt {}\n", run.name, run.attempt);
  if (!run.waits_for.empty()) complain("{} waits for {}", run.name, run.waits_for);
}

Result<int> restart(const Options& options) {
  if (options.lost == !options.runs.empty())
    return fail("name the runs to start again, or give --lost", ErrorKind::usage);
  ASSIGN_OR_RETURN(std::vector<RunRecord> runs, chosen_runs(options));
  if (runs.empty()) say("no run is lost\n");
  Worst worst(runs.size());
  for (const RunRecord& run : runs) {
    Result<act::Restarted> restarted = act::restart(run.directory, options.gone);
    if (restarted) print_restarted(*restarted);
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
