// vigie wait: until runs are over.
#include <memory>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "act/run_life.hpp"
#include "act/runs_by_name.hpp"
#include "cli/command.hpp"
#include "cli/say.hpp"
#include "cli/worst.hpp"

namespace vigie::cli {
namespace {

struct Options {
  std::vector<std::string> runs;
  bool json = false;
};

Result<int> wait_for(const RunRecord& record, bool json) {
  Result<RunRecord> ended = act::wait_until_over(record.directory, -1);
  if (!ended) return pass(std::move(ended));
  const int status = act::shell_status(*ended);
  if (const std::string left = act::leftovers_of(*ended); !left.empty())
    complain("nothing keeps {0} any more, but {1}: `vigie kill {0}` ends what is left", ended->name, left);
  if (json) {
    const nlohmann::json document{
        {"vigie", "1"}, {"id", ended->id}, {"name", ended->name}, {"state", name_of(ended->state)}, {"status", status}};
    say_json(document);
  } else {
    say("{} {}\n", ended->name, act::describe_end(*ended));
  }
  return status;
}

Result<int> wait(const Options& options) {
  std::vector<RunRecord> runs;  // all of them before the first is waited for: a wrong name is an error at once
  for (const std::string& text : options.runs) {
    Result<RunRecord> record = act::find_run(text, act::Naming::by_beginning, act::RunUse::wait);
    if (!record) return pass(std::move(record));
    runs.push_back(std::move(*record));
  }
  Worst worst(runs.size());
  for (const RunRecord& run : runs) worst.add(wait_for(run, options.json));
  return worst.status();
}

}  // namespace

void define_wait(Command& command) {
  auto options = std::make_shared<Options>();
  command.examples(
      "Examples:\n"
      "  vigie wait resnet && vigie run -- python3 evaluate.py\n"
      "  vigie wait resnet bert        the exit status is the worst of them");
  command.option("RUN", options->runs, "name or id").required();
  command.flag("--json", options->json, "one JSON document per run");
  command.does([options] { return wait(*options); });
}

}  // namespace vigie::cli
