#include "load/room.hpp"

#include <sched.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "base/file.hpp"
#include "base/number.hpp"
#include "base/root.hpp"
#include "base/units.hpp"
#include "model/cgroup.hpp"
#include "sources/cgroup/cgroup_source.hpp"
#include "sources/sys/host_source.hpp"

namespace vigie::load {
namespace {

std::string human(std::uint64_t bytes) {
  return human_bytes(static_cast<double>(bytes));
}

/// The number in a file of /proc/sys.
std::optional<std::uint64_t> kernel_number(const char* path) {
  std::string text;
  if (read_file(-1, path, text) != 0) return std::nullopt;
  while (!text.empty() && text.back() == '\n') text.pop_back();
  return whole_number<std::uint64_t>(text);
}

/// The tightest of the host's limits, the control group's and the user's. The user's present tasks are not counted.
Reading<std::uint64_t> tasks_left(const HostSample& host, const CgroupSample& group) {
  std::optional<std::uint64_t> left;
  const auto at_most = [&](std::uint64_t amount) { left = std::min(left.value_or(amount), amount); };
  const std::uint64_t there = host.tasks ? host.tasks->total : 0;
  for (const char* path : {"/proc/sys/kernel/threads-max", "/proc/sys/kernel/pid_max"}) {
    if (const std::optional<std::uint64_t> most = kernel_number(path)) at_most(*most > there ? *most - there : 0);
  }
  if (group.pids.limit && *group.pids.limit != unlimited) {
    const std::uint64_t used = group.pids.limit_used.value_or(0);
    at_most(*group.pids.limit > used ? *group.pids.limit - used : 0);
  }
  if (rlimit own{}; ::getrlimit(RLIMIT_NPROC, &own) == 0 && own.rlim_cur != RLIM_INFINITY) at_most(own.rlim_cur);
  return left ? Reading<std::uint64_t>(*left) : Presence::unknown;
}

Reading<unsigned> own_affinity() {
  cpu_set_t cpus;
  if (::sched_getaffinity(0, sizeof cpus, &cpus) != 0) return Presence::unknown;
  return static_cast<unsigned>(CPU_COUNT(&cpus));
}

}  // namespace

Room look_at_room() {
  Room room;
  const Result<Root> root = Root::open("/");
  if (!root) return room;
  HostSample host;
  (void)sys::HostSource(*root, BitSet<sys::Part>(sys::Part::memory) | sys::Part::load).sample(host);
  std::string memberships;
  CgroupSample group;
  if (read_file(root->proc(), "self/cgroup", memberships) == 0) group = cgroup::Reader(*root).sample(memberships);
  const EffectiveMemory memory = effective_memory(host.memory, group);
  room.memory_total = memory.total;
  room.memory_available = memory.available;
  const long online = ::sysconf(_SC_NPROCESSORS_ONLN);
  room.cpus = effective_cpus(online > 0 ? static_cast<unsigned>(online) : 0, own_affinity(), group);
  room.tasks = tasks_left(host, group);
  return room;
}

std::uint64_t least_memory_left(std::uint64_t total_bytes) {
  return std::min<std::uint64_t>(total_bytes / 20, std::uint64_t{512} << 20);
}

std::uint64_t least_disk_left(std::uint64_t total_bytes) {
  return std::min<std::uint64_t>(total_bytes / 50, std::uint64_t{1} << 30);
}

bool memory_is_short(const Room& room) {
  return room.memory_total && room.memory_available && *room.memory_available < least_memory_left(*room.memory_total);
}

Result<std::uint64_t> bounded_bytes(std::optional<std::uint64_t> wanted, std::uint64_t usual, std::uint64_t available,
                                    std::uint64_t least_left, std::string_view what) {
  const std::uint64_t beyond = available > least_left ? available - least_left : 0;
  const std::uint64_t most = std::min(available / 4 * 3, beyond);
  const std::uint64_t amount = wanted.value_or(std::min({usual, available / 4, most}));
  if (wanted && *wanted == 0) return fail("--size wants more than nothing", ErrorKind::usage);
  if (amount > most) {
    return fail(
        fmt::format("refusing to take {} of {}: {} are available, and {} is the most that leaves the others "
                    "enough; give --size less",
                    human(amount), what, human(available), human(most)));
  }
  if (amount == 0) return fail(fmt::format("refusing to take any of {}: {} are available", what, human(available)));
  return amount;
}

Result<std::uint64_t> bounded_memory(std::optional<std::uint64_t> wanted, std::uint64_t usual, const Room& room) {
  if (!room.memory_available || !room.memory_total) {
    return fail("refusing to take memory: it cannot be told how much is available");
  }
  return bounded_bytes(wanted, usual, *room.memory_available, least_memory_left(*room.memory_total), "the memory");
}

Result<unsigned> bounded_tasks(std::optional<unsigned> wanted, unsigned usual, const Room& room) {
  const unsigned amount = wanted.value_or(usual);
  if (amount == 0) return fail("--count wants at least 1", ErrorKind::usage);
  if (!room.tasks) return amount;
  const std::uint64_t most = *room.tasks / 4 * 3;
  if (amount <= most) return amount;
  return fail(
      fmt::format("refusing to start {} threads or processes: limits leave room for {}, and {} is the most "
                  "that leaves the others enough",
                  amount, *room.tasks, most));
}

Result<unsigned> bounded_cpus(std::optional<unsigned> wanted, const Room& room) {
  const unsigned amount = wanted.value_or(1);
  if (amount == 0) return fail("--cpus wants at least 1", ErrorKind::usage);
  const auto most = static_cast<unsigned>(std::max(1.0, std::ceil(room.cpus)));
  if (amount <= most || room.cpus <= 0) return amount;
  return fail(fmt::format("refusing to keep {} CPUs busy: this process may use {}", amount, most));
}

}  // namespace vigie::load
