// vigie logs: what a run printed.
#include <memory>
#include <optional>

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
  std::optional<std::size_t> lines;
};

/// Where the last `lines` lines begin.
long offset_of_last_lines(const std::string& content, std::size_t lines) {
  std::size_t at = content.size();
  if (at > 0 && content[at - 1] == '\n') --at;
  for (std::size_t seen = 0; at > 0; --at) {
    if (content[at - 1] == '\n' && ++seen == lines) break;
  }
  return static_cast<long>(at);
}

Result<int> logs(const Options& options) {
  Result<RunRecord> record = find_run(options.run);
  if (!record) return pass(std::move(record));
  long offset = 0;
  if (options.lines == 0U) return 0;
  if (options.lines) {
    Result<std::string> content = read_whole_file(record->directory + "/output.log", std::size_t{1} << 31);
    if (content) offset = offset_of_last_lines(*content, *options.lines);
  }
  const bool live = !is_over(record->state);
  if (Result<long> shown = follow_log(record->directory, offset, options.raw, options.follow && live); !shown) {
    return pass(std::move(shown));
  }
  return 0;
}

}  // namespace

void define_logs(Command& command) {
  auto options = std::make_shared<Options>();
  command.examples(
      "Examples:\n  vigie logs -f resnet        follow until it ends\n  vigie logs -n 20 resnet\n  vigie logs --raw "
      "resnet > bytes");
  command.option("RUN", options->run, "name or id").required();
  command.flag("-f,--follow", options->follow, "go on until the run is over");
  command.option("-n,--lines", options->lines, "only the last N lines");
  command.flag("--raw", options->raw, "the bytes as the program wrote them");
  command.does([options] { return logs(*options); });
}

}  // namespace vigie::cli
