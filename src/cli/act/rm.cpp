// vigie rm: forget runs that are over.
#include <memory>

#include "act/forget.hpp"
#include "cli/command.hpp"
#include "cli/say.hpp"
#include "cli/worst.hpp"

namespace vigie::cli {
namespace {

struct Options {
  std::vector<std::string> runs;
  bool ended = false, gone = false;
};

/// Says that it is forgotten.
Result<int> told(Result<std::string> forgotten) {
  RETURN_IF_ERROR(forgotten);
  say("removed {}\n", *forgotten);
  return 0;
}

/// Every run that is over, except those that left something alive or that another machine may still keep.
Result<int> remove_ended() {
  Result<std::vector<std::string>> over = act::find_ended();
  RETURN_IF_ERROR(over);
  if (over->empty()) say("no run is over: nothing was removed\n");
  Worst worst(over->size() + 1);  // even for a single one, the error is printed here and is not the command's
  for (const std::string& directory : *over) worst.add(told(act::forget(directory)));
  return worst.status();
}

Result<int> remove(const Options& options) {
  if (options.ended == !options.runs.empty())
    return fail("name the runs to forget, or give --ended for all that are over", ErrorKind::usage);
  if (options.ended) return remove_ended();
  Worst worst(options.runs.size());
  for (const std::string& run : options.runs) worst.add(told(act::forget_named(run, options.gone)));
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
