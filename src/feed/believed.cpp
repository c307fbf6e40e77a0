#include "feed/believed.hpp"

#include <unistd.h>

#include "base/process.hpp"
#include "control/cgroup_leaf.hpp"
#include "control/process.hpp"

namespace vigie {
namespace {

/// All its user ids are the owner's. A process that the owner only started, such as sudo, has other rights.
bool is_owners(ProcessId id, uid_t owner) {
  const Result<Fd> held = control::open_process(id);  // as long as it is, the number below /proc is its
  const std::optional<control::Users> users = held ? control::users_of(id.pid) : std::nullopt;
  return users == control::Users{owner, owner, owner, owner};
}

/// A process of the owner, or one that the run's keeper started: sudo, or a program that sudo became.
bool is_of_owner(ProcessId id, uid_t owner, ProcessId holder) {
  const Result<Fd> held = control::open_process(id);
  if (!held) return false;
  const std::optional<control::Users> users = control::users_of(id.pid);
  const std::optional<ProcessStat> stat = stat_of_process(id.pid);
  return (users && users->real == owner) || (stat && holder.pid > 1 && stat->parent == holder.pid);
}

}  // namespace

void forget_false_claims(RunRecord& record) {
  if (!record.owner || *record.owner == ::geteuid()) return;
  for (ProcessId* keeper : {&record.holder, &record.recorder}) {
    if (!is_owners(*keeper, *record.owner)) *keeper = {};
  }
  if (record.leader.pid != 0 && !is_of_owner(record.leader, *record.owner, record.holder)) record.leader = {};
  if (!record.group.directory.empty() && !control::CgroupLeaf::of_run(record).open())
    record.group = {.directory = {}, .reason = "the control group in its record is not this run's"};
}

}  // namespace vigie
