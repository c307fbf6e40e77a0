#include "control/limits.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cmath>
#include <set>

#include <fmt/format.h>

#include "base/fd.hpp"
#include "base/file.hpp"
#include "control/process.hpp"

namespace vigie::control {
namespace {

constexpr int most_sweeps = 50;
constexpr int period_us = 100'000;  // the kernel's own default

Result<void> write_to(const std::string& path, std::string_view text) {
  const Fd fd(::open(path.c_str(), O_WRONLY | O_CLOEXEC));
  if (!fd) return fail_errno("cannot open " + path, errno);
  // One write: the kernel takes each write to these files as a whole.
  if (::write(fd.get(), text.data(), text.size()) < 0) return fail_errno("cannot write " + path, errno);
  return {};
}

/// Whether a file that lists controllers, "cpu io memory", has this one.
bool lists(const std::string& path, std::string_view controller) {
  std::string text;
  if (read_file(-1, path.c_str(), text) != 0) return false;
  const std::string_view all = text;
  for (std::size_t at = 0; at < all.size();) {
    const std::size_t end = std::min(all.find_first_of(" \n", at), all.size());
    if (all.substr(at, end - at) == controller) return true;
    at = end + 1;
  }
  return false;
}

std::string_view controller_v2(Resource resource) {
  return resource == Resource::io ? "io" : controller_v1(resource);
}

std::string_view file_v2(Resource resource) {
  switch (resource) {
    case Resource::memory: return "memory.max";
    case Resource::cpu: return "cpu.max";
    case Resource::io: return "io.max";
  }
  return {};
}

Result<void> write_io(const std::string& directory, bool unified, std::uint64_t rate,
                      const std::vector<std::string>& disks) {
  for (const std::string& disk : disks) {
    if (unified) {
      Result<void> done = write_to(directory + "/io.max", fmt::format("{0} rbps={1} wbps={1}", disk, rate));
      if (!done) return done;
      continue;
    }
    for (const char* way : {"read", "write"}) {
      Result<void> done =
          write_to(fmt::format("{}/blkio.throttle.{}_bps_device", directory, way), fmt::format("{} {}", disk, rate));
      if (!done) return done;
    }
  }
  return {};
}

/// Without swap beyond it: a training whose memory goes to a disk does not get anywhere, and looks as if it did. Where
/// swap is not accounted that part fails, and is left out.
Result<void> write_memory(const std::string& directory, bool unified, std::uint64_t bytes) {
  const std::string text = fmt::format("{}", bytes);
  if (unified) {
    ignore_error(write_to(directory + "/memory.swap.max", "0"));
    return write_to(directory + "/memory.max", text);
  }
  // memory and swap together may at no time be less than memory alone: one of the two orders is right.
  const std::string with_swap = directory + "/memory.memsw.limit_in_bytes";
  ignore_error(write_to(with_swap, text));
  Result<void> done = write_to(directory + "/memory.limit_in_bytes", text);
  ignore_error(write_to(with_swap, text));
  return done;
}

/// The number after `key` at the beginning of a line.
std::uint64_t keyed(const std::string& path, std::string_view key) {
  std::string text;
  if (read_file(-1, path.c_str(), text) != 0) return 0;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    const std::string_view line = std::string_view(text).substr(at, end - at);
    at = end + 1;
    if (!line.starts_with(key) || line.size() <= key.size() + 1 || line[key.size()] != ' ') continue;
    std::uint64_t value = 0;
    std::from_chars(line.data() + key.size() + 1, line.data() + line.size(), value);
    return value;
  }
  return 0;
}

}  // namespace

bool Limits::has(Resource resource) const {
  switch (resource) {
    case Resource::memory: return memory_bytes.has_value();
    case Resource::cpu: return cpus.has_value();
    case Resource::io: return io_bytes_per_second.has_value();
  }
  return false;
}

std::string_view controller_v1(Resource resource) {
  switch (resource) {
    case Resource::memory: return "memory";
    case Resource::cpu: return "cpu";
    case Resource::io: return "blkio";
  }
  return {};
}

bool can_limit(const std::string& directory, Resource resource) {
  return ::access(fmt::format("{}/{}", directory, file_v2(resource)).c_str(), F_OK) == 0;
}

Result<void> hand_down(const std::string& directory, Resource resource) {
  const std::string_view controller = controller_v2(resource);
  const std::string below = directory + "/cgroup.subtree_control";
  if (lists(below, controller)) return {};
  if (!lists(directory + "/cgroup.controllers", controller))
    return fail(fmt::format("{} does not have the controller {}", directory, controller));
  return write_to(below, fmt::format("+{}", controller));
}

Result<void> write_limit(const std::string& directory, bool unified, Resource resource, const Limits& limits,
                         const std::vector<std::string>& disks) {
  switch (resource) {
    case Resource::memory: return write_memory(directory, unified, limits.memory_bytes.value_or(0));
    case Resource::cpu: {
      const auto quota = static_cast<long>(std::lround(limits.cpus.value_or(0) * period_us));
      if (unified) return write_to(directory + "/cpu.max", fmt::format("{} {}", quota, period_us));
      RETURN_IF_ERROR(write_to(directory + "/cpu.cfs_period_us", fmt::format("{}", period_us)));
      return write_to(directory + "/cpu.cfs_quota_us", fmt::format("{}", quota));
    }
    case Resource::io: return write_io(directory, unified, limits.io_bytes_per_second.value_or(0), disks);
  }
  return {};
}

Result<void> move_tree(const Lister& list, const std::string& directory) {
  std::set<ProcessId> done;
  for (int sweep = 0; sweep < most_sweeps; ++sweep) {
    bool fresh = false;
    for (const ProcessId& id : list().processes) {
      if (!done.insert(id).second) continue;
      fresh = true;
      const Result<Fd> held = open_process(id);  // while it is moved, no other process has its pid
      if (!held) continue;
      Result<void> moved = write_to(directory + "/cgroup.procs", fmt::format("{}", id.pid));
      if (!moved && moved.error().errno_value != ESRCH) return moved;
    }
    if (!fresh) break;
  }
  return {};
}

std::uint64_t memory_kills(const std::string& directory) {
  // memory.events of version 2; of version 1 the same word stands in memory.oom_control since Linux 4.13.
  const std::uint64_t unified = keyed(directory + "/memory.events", "oom_kill");
  return unified != 0 ? unified : keyed(directory + "/memory.oom_control", "oom_kill");
}

}  // namespace vigie::control
