#include "act/adopt.hpp"

#include <optional>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "act/acting.hpp"
#include "act/run_life.hpp"
#include "control/process.hpp"
#include "control/rights.hpp"

namespace vigie::act {
namespace {

std::vector<std::string> words_of(std::string_view text) {
  std::vector<std::string> words;
  for (const std::string_view word : arguments(text)) words.emplace_back(word);
  return words;
}

/// The process that the target is or that leads it; not one that vigie keeps already.
Result<ProcessId> leader_of(const Frame& frame, const Target& target) {
  if (target.processes.empty()) return fail(target.label + " is over: there is nothing to adopt");
  const int run = frame.view.run_of[target.processes.front()];
  if (run >= 0 && frame.view.runs[static_cast<std::size_t>(run)].supervised)
    return fail(fmt::format("it belongs to the run {} already", frame.view.runs[static_cast<std::size_t>(run)].name));
  return identities(frame, target).front();
}

/// The values for a restart once it is over: the same command, directory and environment.
Result<RunSpec> spec_of(ProcessId leader) {
  ASSIGN_OR_RETURN(Frame frame, frame_in_depth({leader}, proc::Detail::environ));
  const ProcessSample* process = frame.snapshot->find(leader);
  if (process == nullptr || frame.snapshot->details.empty())
    return fail(fmt::format("process {} has just ended", leader.pid), ErrorKind::no_target);
  const ProcessDetail& detail = frame.snapshot->details.front();
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

/// The record that its run begins with.
RunRecord record_of_adopted(const Snapshot& snapshot, ProcessId leader, RunSpec spec) {
  RunRecord wanted;
  wanted.spec = std::move(spec);
  wanted.started_wall_ns = snapshot.before.wall_ns - (snapshot.before.boot_ns - start_boot_ns(leader));
  wanted.leader = leader;
  wanted.adopted = true;
  wanted.never_again = control::why_not_ours(leader);
  if (const std::optional<control::Users> users = control::users_of(leader.pid)) wanted.adopted_uid = users->real;
  return wanted;
}

}  // namespace

Result<Adopted> adopt(const Frame& frame, const Target& target, const std::string& name) {
  ASSIGN_OR_RETURN(ProcessId leader, leader_of(frame, target));
  ASSIGN_OR_RETURN(RunSpec spec, spec_of(leader));
  ASSIGN_OR_RETURN(OpenRun created, create_run(record_of_adopted(*frame.snapshot, leader, std::move(spec)), name));
  const RunRecord record = created.record;
  RETURN_IF_ERROR(start_run(created));
  return Adopted{.id = record.id, .name = record.name, .never_again = record.never_again};
}

}  // namespace vigie::act
