// A host made by hand, for the tests of the checklist.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <memory>
#include <string_view>
#include <vector>

#include "model/cgroup.hpp"
#include "rules/check/check.hpp"
#include "rules/noted_for_tests.hpp"

namespace vigie::rules {

/// The item of this id, whose words are noted; the test fails where there is none.
inline CheckItem item_of(const std::vector<CheckItem>& all, std::string_view id) {
  const auto found = std::ranges::find(all, id, &CheckItem::id);
  if (found == all.end()) {
    ADD_FAILURE() << "no item " << id;
    return {};
  }
  note_words(*found);
  return *found;
}

/// A healthy host of 16 CPUs and 64 GiB with one process, whose group limits nothing.
class CheckedHost {
 public:
  CheckedHost() {
    host().cpus = 16;
    host().cpus_allowed = 16U;
    host().memory = Memory{.total = 64 * gib, .available = 40 * gib};
    host().load1 = 3.0;
    host().cpu_pressure = host().io_pressure = host().memory_pressure = Pressure{};
    host().disks = Presence::unsupported;  // devices have tests of their own
    host().interfaces = Presence::unsupported;
    host().mounts = Presence::unsupported;
    host().sensors = Presence::unsupported;
    host().paging = Paging{.oom_kills = 0};
    frame.delta.host.cpu.system = frame.delta.host.cpu.irq = frame.delta.host.cpu.softirq = 0;
    frame.delta.host.swapped_in_bytes_per_second = frame.delta.host.swapped_out_bytes_per_second = 0;
    frame.delta.elapsed_seconds = 1;
    frame.delta.host.cpu_busy_percent = 320;
    frame.delta.host.iowait_percent = 0;
    ProcessSample process;
    process.id = {100, 1000};
    process.state = 'S';
    process.cpus_allowed = 16U;
    process.rss_bytes = gib;
    snapshot.processes.push_back(process);
    frame.delta.processes.emplace_back();
    frame.delta.processes[0].run_delay_percent = 0;
    frame.delta.processes[0].major_faults_per_second = 0;
    ProcessDetail detail;
    detail.id = process.id;
    CgroupSample sample;
    sample.layout = CgroupLayout::v2;
    sample.cpu.quota_cpus = std::numeric_limits<double>::infinity();
    sample.memory.bytes.limit = sample.pids.limit = unlimited;
    sample.memory.oom_kills = 0;
    detail.cgroup = sample;
    snapshot.details.push_back(detail);
    frame.delta.cgroups.push_back({});
    frame.delta.cgroups[0].throttled_percent = 0;
  }

  HostSample& host() { return snapshot.host; }
  CgroupSample& group() { return *snapshot.details[0].cgroup; }
  std::vector<CheckItem> items(const CheckSubject& subject = {}) {
    frame.snapshot = std::make_shared<const Snapshot>(snapshot);
    return check(frame, subject);
  }
  CheckItem item(std::string_view id, const CheckSubject& subject = {}) { return item_of(items(subject), id); }

  Snapshot snapshot;
  Frame frame;
};

}  // namespace vigie::rules
