// vigie signal: one signal to the main process of a target, or to its whole tree.
#include "act/signal.hpp"

#include <memory>

#include "cli/act/acting.hpp"
#include "cli/command.hpp"

namespace vigie::cli {
namespace {

struct Options : ActingOptions {
  std::string signal;
  bool tree = false;
};

Result<int> signal(const Options& options) {
  Result<int> number = act::parse_signal(options.signal);
  if (!number) return number;
  return act_on_targets(options, act::send_signal({.signal = *number, .whole_tree = options.tree}));
}

}  // namespace

void define_signal(Command& command) {
  auto options = std::make_shared<Options>();
  command.examples(
      "Examples:\n"
      "  vigie signal USR1 resnet          to its main process: the launcher, or the training itself\n"
      "  vigie signal --tree USR2 resnet   to every process of it, once each\n"
      "  vigie signal INT 4711             as Ctrl-C");
  command.option("SIG", options->signal, "a name like USR1, or a number").required();
  add_acting_options(command, *options);
  command.flag("--tree", options->tree, "to every process of its tree, not to the main one alone");
  command.does([options] { return signal(*options); });
}

}  // namespace vigie::cli
