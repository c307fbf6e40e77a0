// vigie wait: until runs are over.
#include <memory>

#include "act/json.hpp"
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

void print_ended(const act::Ended& ended, bool json) {
  const RunRecord& run = ended.record;
  if (!ended.leftovers.empty())
    complain("nothing keeps {0} any more, but {1}: `vigie kill {0}` ends what is left", run.name, ended.leftovers);
  if (json) {
    say_json([&](JsonWriter& writer) { act::append_ended(writer, ended); });
  } else {
    say("{} {}\n", run.name, act::describe_end(run));
  }
}

Result<int> wait(const Options& options) {
  const Result<std::vector<RunRecord>> runs =
      act::find_runs(options.runs, act::Naming::by_beginning, act::RunUse::wait);
  RETURN_IF_ERROR(runs);
  Worst worst(runs->size());
  for (const RunRecord& run : *runs) {
    Result<act::Ended> ended = act::wait_for_end(run);
    if (ended) print_ended(*ended, options.json);
    worst.add(ended ? Result<int>(ended->status) : pass(std::move(ended)));
  }
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
