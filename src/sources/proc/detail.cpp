#include "sources/proc/detail.hpp"

#include <fcntl.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include <fmt/format.h>

#include "base/fd.hpp"
#include "base/file.hpp"
#include "sources/cgroup/cgroup_source.hpp"
#include "sources/proc/call_sampler.hpp"
#include "sources/proc/limits.hpp"
#include "sources/proc/mappings.hpp"
#include "sources/proc/open_files.hpp"
#include "sources/proc/patient_walk.hpp"
#include "sources/proc/read_once.hpp"
#include "sources/proc/shared_memory.hpp"
#include "sources/proc/stat.hpp"
#include "sources/proc/their_mounts.hpp"

namespace vigie::proc {
namespace {

Reading<std::string> read_environ(int dir_fd) {
  std::string content;
  const int error = read_once(dir_fd, "environ", content, largest_file);
  if (error != 0) return error == ESRCH ? Presence::unknown : presence_of_errno(error);
  return content;
}

Reading<CgroupSample> read_cgroup(cgroup::Reader& groups, int dir_fd) {
  std::string memberships;
  const int error = read_once(dir_fd, "cgroup", memberships);
  if (error != 0) return error == ESRCH ? Presence::unknown : presence_of_errno(error);
  return groups.sample(memberships);
}

Reading<std::vector<MappedPart>> read_layout(const Root& root, int dir_fd) {
  const Reading<std::vector<Mapping>> mappings = read_map_names(root, dir_fd);
  if (!mappings) return mappings.presence();
  return large_parts(*mappings);
}

ProcessDetail unread_detail(Details what, ProcessId id) {
  ProcessDetail detail;
  detail.id = id;
  if (what.has(Detail::environ)) detail.environ = Presence::unknown;
  if (what.has(Detail::files)) detail.files = Presence::unknown;
  if (what.has(Detail::mappings)) detail.mappings = Presence::unknown;
  if (what.has(Detail::layout)) detail.layout = Presence::unknown;
  if (what.has(Detail::shared_memory)) detail.shared_memory = Presence::unknown;
  if (what.has(Detail::limits)) detail.limits = Presence::unknown;
  if (what.has(Detail::cgroup)) detail.cgroup = Presence::unknown;
  if (what.has(Detail::doing)) detail.doing = Presence::unknown;
  if (what.has(Detail::mounts)) detail.mounts = Presence::unknown;
  return detail;
}

/// What serves all processes of one walk.
struct Shared {
  explicit Shared(const Root& root) : groups(root) {}
  cgroup::Reader groups;
  TheirMounts mounts;
};

ProcessDetail read_detail(const Root& root, Shared& shared, Details what, ProcessId id, std::int64_t deadline_ns) {
  ProcessDetail detail = unread_detail(what, id);
  const Fd dir(::openat(root.proc(), fmt::format("{}", id.pid).c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  std::string stat;
  // The directory stays this process's: an open through it after the process ended fails with ESRCH.
  if (!dir || read_once(dir.get(), "stat", stat) != 0 || parse_state(stat).start_ticks != id.start_ticks) return detail;
  if (what.has(Detail::environ)) detail.environ = read_environ(dir.get());
  if (what.has(Detail::files)) detail.files = read_open_files(root, dir.get(), what.has(Detail::libraries));
  if (what.has(Detail::mappings)) detail.mappings = read_mappings(root, dir.get(), deadline_ns);
  if (what.has(Detail::layout)) detail.layout = read_layout(root, dir.get());
  if (what.has(Detail::shared_memory)) detail.shared_memory = read_shared_memory(dir.get());
  if (what.has(Detail::limits)) detail.limits = read_limits(dir.get());
  if (what.has(Detail::cgroup)) detail.cgroup = read_cgroup(shared.groups, dir.get());
  if (what.has(Detail::doing)) detail.doing = read_doing(dir.get(), id.pid);
  if (what.has(Detail::mounts)) {
    detail.mounts = root.live() ? shared.mounts.read(dir.get(), id.pid, detail.files)
                                : Reading<std::vector<MountSample>>(Presence::unsupported);
  }
  return detail;
}

}  // namespace

std::vector<pid_t> read_details(const Root& root, Details what, std::span<const ProcessId> ids,
                                std::int64_t deadline_ns, std::vector<ProcessDetail>& details) {
  const std::chrono::seconds patience(what.has(Detail::mappings) ? 10 : 2);  // a huge memory map takes its time
  std::vector<pid_t> left;
  for (const ProcessId id : ids) left.push_back(id.pid);
  std::vector<pid_t> stuck;
  for (std::size_t done = 0; done < ids.size();) {
    // A walk that is left behind may go on reading groups: the next one has a reader of its own.
    const auto visit = [root, what, deadline_ns, all = std::vector(ids.begin(), ids.end()),
                        shared = std::make_shared<Shared>(root)](pid_t pid, ProcessDetail& row) mutable {
      row = read_detail(root, *shared, what, *std::ranges::find(all, pid, &ProcessId::pid), deadline_ns);
      return true;
    };
    const auto at = PatientWalk<ProcessDetail>(patience).walk(std::span(left).subspan(done), visit, details);
    if (!at) break;
    done += at->index;
    details.push_back(unread_detail(what, ids[done]));
    stuck.push_back(ids[done].pid);
    ++done;
  }
  return stuck;
}

}  // namespace vigie::proc
