#include "feed/supervised.hpp"

#include <algorithm>
#include <cerrno>
#include <iterator>
#include <utility>

#include "control/cgroup_leaf.hpp"
#include "feed/believed.hpp"
#include "sources/cgroup/places.hpp"
#include "wire/keepers.hpp"
#include "wire/run_directory.hpp"
#include "wire/status.hpp"

namespace vigie {
namespace {

/// Processes of a frozen group look asleep, in a trap that only a kernel function's name tells of.
bool frozen(const Root& root, const RunGroup& group) {
  std::string text;
  if (group.directory.empty() || cgroup::read_group_file(root, group.directory, "cgroup.events", text) != 0)
    return false;
  return text.contains("frozen 1");
}

}  // namespace

void add_supervised(const Root& root, std::vector<RunRecord> records, bool ask, Snapshot& snapshot) {
  const ProcessSpace here = this_process_space();
  snapshot.supervised.reserve(records.size());
  for (RunRecord& record : records) {
    SupervisedSample sample;
    wire::Keepers keepers;
    if (!is_over(record.state)) keepers = wire::keepers_of(record, here);
    if (!is_over(record.state) && !keepers.alive) {
      Result<RunRecord> latest = wire::read_record(record.directory);
      if (!latest && latest.error().errno_value == ENOENT) continue;  // removed meanwhile
      if (latest) record = std::move(*latest);
      if (!is_over(record.state)) keepers = wire::keepers_of(record, here);
    }
    sample.holder_alive = keepers.alive;
    sample.elsewhere = std::move(keepers.elsewhere);
    if (!is_over(record.state) && !keepers.alive) wire::drop_foreign_pids(record, here);
    if (keepers.alive) {
      record.holder = keepers.holder;
      record.recorder = keepers.recorder;
    }
    forget_false_claims(record);
    const bool answers = keepers.alive && sample.elsewhere.empty();
    sample.frozen = answers && frozen(root, record.group);
    if (answers && ask) {
      sample.progress = wire::ask_progress(record);
    } else if (answers) {
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

void add_frozen(const Root& root, const std::vector<RunRecord>& records, Snapshot& snapshot) {
  for (const RunRecord& record : records) {
    if (is_over(record.state) || !frozen(root, record.group)) continue;
    std::ranges::move(control::CgroupLeaf::of_run(record).pids(), std::back_inserter(snapshot.frozen));
  }
  std::ranges::sort(snapshot.frozen);
}

}  // namespace vigie
