// vigie adopt: a process that is running already becomes a run.
#include "act/adopt.hpp"

#include <memory>

#include "act/json.hpp"
#include "cli/act/acting.hpp"
#include "cli/command.hpp"
#include "cli/say.hpp"

namespace vigie::cli {
namespace {

struct Options : ActingOptions {
  std::string target, name;
};

void print_adopted(const act::Adopted& run, bool json) {
  if (!run.never_again.empty())
    complain("{} will not be started again by `vigie restart`: {}", run.name, run.never_again);
  if (json) {
    say_json([&](JsonWriter& writer) { act::append_adopted(writer, run); });
  } else {
    say("{}\n", run.name);
  }
}

Result<int> adopt(const Options& options) {
  const Result<Aimed> aimed = take_aim(options, "adopt");
  RETURN_IF_ERROR(aimed);
  ASSIGN_OR_RETURN(act::Adopted run, act::adopt(aimed->frame, aimed->targets.front(), options.name));
  print_adopted(run, options.json);
  return 0;
}

}  // namespace

void define_adopt(Command& command) {
  auto options = std::make_shared<Options>();
  command.examples(
      "Examples:\n"
      "  vigie adopt 4711                  started by hand, and now it shall be kept an eye on\n"
      "  vigie adopt --name bert 4711\n"
      "It keeps its terminal: there is no log and no attach. All else is as of any run: ls, why, stop, pause, wait, "
      "restart.");
  command.option("TARGET", options->target, "PID, whole name of an observed run, or %PATTERN that names one")
      .required();
  command.option("--name", options->name, "name of the run (default: from the command)");
  command.flag("--yes", options->yes, "do not ask about an observed run, or a process of another user");
  command.flag("--json", options->json, "print id and name as JSON");
  command.does([options] {
    options->targets = {options->target};
    return adopt(*options);
  });
}

}  // namespace vigie::cli
