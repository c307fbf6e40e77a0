// vigie logs: what a run printed.
#include <memory>
#include <optional>

#include <fmt/format.h>

#include "act/log/file_log.hpp"
#include "act/log/run_log.hpp"
#include "act/run_life.hpp"
#include "act/runs_by_name.hpp"
#include "base/clock.hpp"
#include "base/moment.hpp"
#include "cli/command.hpp"
#include "cli/terminal/log_output.hpp"

namespace vigie::cli {
namespace {

struct Options {
  std::string run, since;
  act::LogRequest request;
};

/// The output of an adopted run was never vigie's. It may be in a file.
Result<void> show_adopted(const RunRecord& record, const act::LogRequest& request, act::LogSink& sink) {
  const Result<RunRecord> now = act::wait_until_over(record.directory, 0);
  if (now && !is_over(now->state)) return act::show_output_file(record.name, record.leader, request, sink);
  return fail(
      fmt::format("{} was adopted, and vigie kept no log of it: its output went where it was started", record.name));
}

Result<void> show(const std::string& run, act::LogRequest request) {
  LogOutput sink;
  Result<RunRecord> record = act::find_run(run, act::Naming::by_beginning, act::RunUse::logs);
  if (!record) {
    const std::optional<act::ObservedRun> observed = act::find_observed(run);
    return observed ? act::show_output_file(observed->name, observed->leader, request, sink) : pass(std::move(record));
  }
  if (record->adopted) return show_adopted(*record, request, sink);
  request.follow = request.follow && !is_over(record->state);
  return act::show_log(record->directory, request, sink);
}

Result<int> logs(const Options& options) {
  act::LogRequest request = options.request;
  if (!options.since.empty()) {
    ASSIGN_OR_RETURN(request.since_wall_ns, parse_moment(options.since, now().wall_ns));
  }
  RETURN_IF_ERROR(show(options.run, request));
  return 0;
}

}  // namespace

void define_logs(Command& command) {
  auto options = std::make_shared<Options>();
  command.examples(
      "Examples:\n"
      "  vigie logs -f resnet            follow until it ends\n"
      "  vigie logs -n 20 resnet         the last lines\n"
      "  vigie logs --since 10m resnet   also 14:30, or 2026-11-24T14:30\n"
      "  vigie logs --raw resnet > bytes");
  command.option("RUN", options->run, "name or id").required();
  command.flag("-f,--follow", options->request.follow, "go on until the run is over");
  command.option("-n,--lines", options->request.lines, "only the last N lines");
  command.option("--since", options->since, "only what was printed from then on: 10m, 14:30, 2026-11-24T14:30")
      .value_name("TIME");
  command.flag("--raw", options->request.raw, "the bytes as the program wrote them");
  command.does([options] { return logs(*options); });
}

}  // namespace vigie::cli
