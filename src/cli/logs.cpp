// vigie logs: what a run printed.
#include <memory>

#include <CLI/CLI.hpp>

#include "base/file.hpp"
#include "cli/command.hpp"
#include "cli/log_view.hpp"
#include "cli/run_life.hpp"
#include "cli/runs_by_name.hpp"

namespace vigie::cli {
namespace {

struct Options {
  std::string run;
  bool follow = false, raw = false;
  int lines = -1;
};

/// Where the last `lines` lines begin.
long offset_of_last_lines(const std::string& content, int lines) {
  std::size_t at = content.size();
  if (at > 0 && content[at - 1] == '\n') --at;
  for (int seen = 0; at > 0; --at) {
    if (content[at - 1] == '\n' && ++seen == lines) break;
  }
  return static_cast<long>(at);
}

Result<int> logs(const Options& options) {
  Result<RunRecord> record = find_run(options.run);
  if (!record) return pass(std::move(record));
  long offset = 0;
  if (options.lines == 0) return 0;
  if (options.lines > 0) {
    Result<std::string> content = read_whole_file(record->directory + "/output.log", std::size_t{1} << 31);
    if (content) offset = offset_of_last_lines(*content, options.lines);
  }
  const bool live = !is_over(record->state);
  if (Result<long> shown = follow_log(record->directory, offset, options.raw, options.follow && live); !shown) {
    return pass(std::move(shown));
  }
  return 0;
}

}  // namespace

void add_logs(CLI::App& app, Action& action) {
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("logs", "a run's output, progress bars collapsed");
  command->footer(
      "Examples:\n  vigie logs -f resnet        follow until it ends\n  vigie logs -n 20 resnet\n  vigie logs --raw "
      "resnet > bytes");
  command->add_option("RUN", options->run, "name or id")->required();
  command->add_flag("-f,--follow", options->follow, "go on until the run is over");
  command->add_option("-n,--lines", options->lines, "only the last N lines")->check(CLI::NonNegativeNumber);
  command->add_flag("--raw", options->raw, "the bytes as the program wrote them");
  command->callback([options, &action] { action = [options] { return logs(*options); }; });
}

}  // namespace vigie::cli
