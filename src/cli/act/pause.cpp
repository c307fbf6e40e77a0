// vigie pause and vigie resume: the whole tree.
#include "act/pause.hpp"

#include <memory>

#include "cli/act/acting.hpp"
#include "cli/command.hpp"
#include "cli/say.hpp"

namespace vigie::cli {
namespace {

/// "paused 9 processes (control group frozen)".
void tell_count(const act::Target& target, const char* what, std::size_t count, const char* how) {
  say("{}: {} {} process{}{}\n", target.label, what, count, count == 1 ? "" : "es", how);
}

void tell_paused(const act::Target& target, const act::Paused& paused) {
  if (paused.processes > 0 && paused.before >= paused.processes) {
    say("{} was paused already: `vigie resume {}` lets it go on\n", target.label, target.label);
    return;
  }
  tell_count(target, "paused", paused.processes, paused.by_group ? " (control group frozen)" : "");
  say("  memory stays taken, GPU memory too; a collective operation (NCCL) that waits for longer than its timeout "
      "fails on resume\n");
}

void tell_resumed(const act::Target& target, const act::Paused& paused) {
  if (paused.before == 0) {
    say("{} runs: nothing of it was paused\n", target.label);
    return;
  }
  tell_count(target, "resumed", paused.before, paused.by_group ? " (control group thawed)" : "");
}

/// One of the two ways.
struct Way {
  const char* name;
  Result<act::Paused> (*go)(const Frame&, const act::Target&);
  void (*tell)(const act::Target&, const act::Paused&);
};

Result<int> go(const ActingOptions& options, const Way& way) {
  const auto perform = [&](const Frame& frame, const act::Target& target) -> Result<act::Acted> {
    ASSIGN_OR_RETURN(act::Paused paused, way.go(frame, target));
    if (!options.json) way.tell(target, paused);
    return paused;
  };
  return act_on_targets(options, {.verb = {.verb = way.name, .action = way.name}, .perform = perform},
                        Rows::when_it_failed);
}

void define(Command& command, const Way& way, const char* examples) {
  auto options = std::make_shared<ActingOptions>();
  command.examples(examples);
  add_acting_options(command, *options);
  command.does([=] { return go(*options, way); });
}

}  // namespace

void define_pause(Command& command) {
  define(command, {"pause", act::pause, tell_paused}, "Examples:\n  vigie pause resnet\n  vigie pause --dry-run 4711");
}

void define_resume(Command& command) {
  define(command, {"resume", act::resume, tell_resumed}, "Examples:\n  vigie resume resnet");
}

}  // namespace vigie::cli
