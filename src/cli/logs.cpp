// vigie logs: what a run printed.
#include <memory>

#include "base/clock.hpp"
#include "base/moment.hpp"
#include "cli/command.hpp"
#include "cli/log_show.hpp"
#include "cli/runs_by_name.hpp"

namespace vigie::cli {
namespace {

struct Options {
  std::string run, since;
  LogRequest request;
};

Result<int> logs(const Options& options) {
  Result<RunRecord> record = find_run(options.run, Naming::by_beginning);
  if (!record) return pass(std::move(record));
  LogRequest request = options.request;
  request.follow = request.follow && !is_over(record->state);
  if (!options.since.empty()) {
    Result<std::int64_t> since = parse_moment(options.since, now().wall_ns);
    if (!since) return pass(std::move(since));
    request.since_wall_ns = *since;
  }
  if (Result<void> shown = show_log(record->directory, request); !shown) return pass(std::move(shown));
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
