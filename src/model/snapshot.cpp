#include "model/snapshot.hpp"

#include <algorithm>

namespace vigie {

const ProcessSample* Snapshot::find_pid(pid_t pid) const {
  const auto at =
      std::ranges::lower_bound(processes, pid, {}, [](const ProcessSample& process) { return process.id.pid; });
  return at != processes.end() && at->id.pid == pid ? &*at : nullptr;
}

const ProcessSample* Snapshot::find(ProcessId id) const {
  const ProcessSample* process = find_pid(id.pid);
  return process != nullptr && process->id == id ? process : nullptr;
}

const ProcessDetail* Snapshot::find_detail(ProcessId id) const {
  const auto at = std::ranges::lower_bound(details, id, {}, &ProcessDetail::id);
  return at != details.end() && at->id == id ? &*at : nullptr;
}

}  // namespace vigie
