#include "feed/supervised.hpp"

#include <utility>

#include "sources/cgroup/places.hpp"
#include "sources/proc/proc_source.hpp"
#include "wire/run_directory.hpp"
#include "wire/status.hpp"

namespace vigie {
namespace {

bool holder_alive(const Root& root, const RunRecord& record, const Snapshot& snapshot) {
  if (record.boot_id != snapshot.host.boot_id) return false;
  const auto alive = [&](ProcessId id) {
    if (id.pid <= 0) return false;
    if (const ProcessSample* found = snapshot.find(id)) return found->state != 'Z' && found->state != 'X';
    return proc::is_alive(root, id);  // a restart may have given the run a keeper younger than the scan
  };
  // A record that names no holder yet was written a moment ago, by a client that is about to start it.
  const bool starting = record.holder.pid == 0 && record.state == RunState::starting &&
                        snapshot.before.wall_ns - record.created_wall_ns < 10 * nanoseconds_per_second;
  return starting || alive(record.holder) || alive(record.shim);
}

/// Processes of a frozen group look asleep, in a trap that only a kernel function's name tells of.
bool frozen(const Root& root, const RunGroup& group) {
  std::string text;
  if (group.directory.empty() || cgroup::read_group_file(root, group.directory, "cgroup.events", text) != 0)
    return false;
  return text.contains("frozen 1");
}

}  // namespace

void add_supervised(const Root& root, std::vector<RunRecord> records, bool ask, Snapshot& snapshot) {
  snapshot.supervised.reserve(records.size());
  for (RunRecord& record : records) {
    SupervisedSample sample;
    if (!is_over(record.state) && !holder_alive(root, record, snapshot)) {
      Result<RunRecord> latest = wire::read_record(record.directory);
      if (!latest) continue;  // removed meanwhile
      record = std::move(*latest);
    }
    sample.holder_alive = !is_over(record.state) && holder_alive(root, record, snapshot);
    sample.frozen = sample.holder_alive && frozen(root, record.group);
    if (sample.holder_alive && ask) {
      sample.progress = wire::ask_progress(record);
    } else if (sample.holder_alive) {
      sample.progress = Presence::not_read;
    } else if (record.last_progress) {
      sample.progress = *record.last_progress;
    } else {
      sample.progress = Presence::unknown;
    }
    sample.record = std::move(record);
    snapshot.supervised.push_back(std::move(sample));
  }
}

}  // namespace vigie
