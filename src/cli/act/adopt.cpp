// vigie adopt: a process that is running already becomes a run.
#include <memory>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "act/run_life.hpp"
#include "cli/act/acting.hpp"
#include "cli/command.hpp"
#include "cli/say.hpp"
#include "control/process.hpp"
#include "control/rights.hpp"

namespace vigie::cli {
namespace {

struct Options : ActingOptions {
  std::string target, name;
};

std::vector<std::string> words_of(std::string_view text) {
  std::vector<std::string> words;
  for (const std::string_view word : arguments(text)) words.emplace_back(word);
  return words;
}

/// The process that the target is or that leads it; not one that vigie keeps already.
Result<ProcessId> leader_of(const Frame& frame, const Options& options) {
  Result<std::vector<act::Target>> targets = acting_targets(frame, options, "adopt");
  if (!targets) return pass(std::move(targets));
  const act::Target& target = targets->front();
  if (target.processes.empty()) return fail(target.label + " is over: there is nothing to adopt");
  const int run = frame.view.run_of[target.processes.front()];
  if (run >= 0 && frame.view.runs[static_cast<std::size_t>(run)].supervised)
    return fail(fmt::format("it belongs to the run {} already", frame.view.runs[static_cast<std::size_t>(run)].name));
  return act::identities(frame, target).front();
}

/// What `vigie restart` will start once it is over: the same command, directory and environment.
Result<RunSpec> spec_of(ProcessId leader) {
  Result<Frame> frame = act::frame_in_depth({leader}, proc::Detail::environ);
  if (!frame) return pass(std::move(frame));
  const ProcessSample* process = frame->snapshot->find(leader);
  if (process == nullptr || frame->snapshot->details.empty())
    return fail(fmt::format("process {} has just ended", leader.pid), ErrorKind::no_target);
  const ProcessDetail& detail = frame->snapshot->details.front();
  if (!detail.environ) {
    return fail(fmt::format("process {} belongs to someone else: only its owner or root may adopt it", leader.pid),
                ErrorKind::denied);
  }
  RunSpec spec;
  spec.command = words_of(process->cmdline.value_or(""));
  if (spec.command.empty()) return fail(fmt::format("process {} belongs to the kernel", leader.pid));
  spec.cwd = process->cwd.value_or("/");
  spec.environment = words_of(*detail.environ);
  spec.pty = false;
  return spec;
}

Result<int> adopt(const Options& options) {
  Result<Frame> frame = act::acting_frame();
  if (!frame) return pass(std::move(frame));
  Result<ProcessId> leader = leader_of(*frame, options);
  if (!leader) return pass(std::move(leader));
  Result<RunSpec> spec = spec_of(*leader);
  if (!spec) return pass(std::move(spec));
  const std::int64_t age_ns = frame->snapshot->before.boot_ns - start_boot_ns(*leader);
  RunRecord wanted;
  wanted.spec = std::move(*spec);
  wanted.started_wall_ns = frame->snapshot->before.wall_ns - age_ns;
  wanted.leader = *leader;
  wanted.adopted = true;
  wanted.never_again = control::why_not_ours(*leader);
  if (const std::optional<control::Users> users = control::users_of(leader->pid)) wanted.adopted_uid = users->real;
  Result<act::OpenRun> created = act::create_run(wanted, options.name);
  if (!created) return pass(std::move(created));
  const RunRecord record = created->record;
  if (Result<bool> started = act::start_run(*created); !started) return pass(std::move(started));
  if (!record.never_again.empty())
    complain("{} will not be started again by `vigie restart`: {}", record.name, record.never_again);
  if (options.json) {
    say_json({{"vigie", "1"}, {"id", record.id}, {"name", record.name}});
  } else {
    say("{}\n", record.name);
  }
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
  command.flag("--yes", options->yes, "do not ask about an observed run or what belongs to somebody else");
  command.flag("--json", options->json, "print id and name as JSON");
  command.does([options] {
    options->targets = {options->target};
    return adopt(*options);
  });
}

}  // namespace vigie::cli
