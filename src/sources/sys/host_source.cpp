#include "sources/sys/host_source.hpp"

#include <sched.h>

#include <charconv>
#include <string_view>

#include "base/clock.hpp"
#include "base/file.hpp"
#include "sources/sys/hardware.hpp"
#include "sources/sys/parse.hpp"

namespace vigie::sys {
namespace {

/// A file of /proc, parsed; why not, when it cannot be read.
template <class T, class Parse>
Reading<T> read_part(const Root& root, const char* path, std::string& buffer, Parse parse) {
  if (const int error = read_file(root.proc(), path, buffer)) return presence_of_errno(error);
  return parse(std::string_view(buffer));
}

std::string read_word(const Root& root, const char* path, std::string& buffer) {
  if (read_file(root.proc(), path, buffer) != 0) return {};
  return buffer.substr(0, buffer.find('\n'));
}

Reading<unsigned> own_cpus(const Root& root) {
  if (!root.live()) return Presence::unsupported;
  cpu_set_t set;
  CPU_ZERO(&set);
  // More than 1,024 CPUs do not fit cpu_set_t: the kernel says EINVAL, and the number is then unknown, not wrong.
  if (::sched_getaffinity(0, sizeof set, &set) != 0) return Presence::unknown;
  return static_cast<unsigned>(CPU_COUNT(&set));
}

}  // namespace

void HostSource::sample_counters(HostSample& host, SourceStatus& status) {
  const auto failed = [&](const char* path) {
    status.state = SourceState::partial;
    status.reason = std::string(path) + " cannot be read";
  };
  if (parts_.has(Part::cpu) || parts_.has(Part::each_cpu)) {
    if (const int error = read_file(root_.proc(), "stat", buffer_)) {
      host.cpu = presence_of_errno(error);
      failed("/proc/stat");
    } else {
      parse_stat(buffer_, parts_.has(Part::each_cpu) ? EachCpu::yes : EachCpu::no, host);
    }
  }
  if (parts_.has(Part::memory)) {
    host.memory = read_part<Memory>(root_, "meminfo", buffer_, parse_meminfo);
    if (!host.memory) failed("/proc/meminfo");
    if (host.memory && read_file(root_.proc(), "spl/kstat/zfs/arcstats", buffer_) == 0) add_arc(buffer_, *host.memory);
  }
  if (parts_.has(Part::paging)) host.paging = read_part<Paging>(root_, "vmstat", buffer_, parse_vmstat);
  if (parts_.has(Part::pressure)) {
    host.cpu_pressure = read_part<Pressure>(root_, "pressure/cpu", buffer_, parse_pressure);
    host.io_pressure = read_part<Pressure>(root_, "pressure/io", buffer_, parse_pressure);
    host.memory_pressure = read_part<Pressure>(root_, "pressure/memory", buffer_, parse_pressure);
    host.irq_pressure = read_part<Pressure>(root_, "pressure/irq", buffer_, parse_pressure);
  }
  if (parts_.has(Part::locks)) host.locks = read_part<std::vector<FileLock>>(root_, "locks", buffer_, parse_locks);
  if (parts_.has(Part::load)) {
    if (const int error = read_file(root_.proc(), "loadavg", buffer_)) {
      host.load1 = host.load5 = host.load15 = presence_of_errno(error);
      host.tasks = presence_of_errno(error);
    } else {
      parse_loadavg(buffer_, host);
    }
  }
}

void HostSource::sample_devices(HostSample& host) {
  if (parts_.has(Part::disks)) {
    host.disks = read_part<std::vector<DiskSample>>(root_, "diskstats", buffer_, parse_diskstats);
    if (host.disks) add_disk_kinds(root_, *host.disks, buffer_);
  }
  if (parts_.has(Part::interfaces)) {
    // The interfaces of vigie's own network namespace: /proc/net is a link to /proc/self/net.
    const char* const path = root_.live() ? "self/net/dev" : "net/dev";
    host.interfaces = read_part<std::vector<InterfaceSample>>(root_, path, buffer_, parse_net_dev);
    if (host.interfaces) add_interface_kinds(root_, *host.interfaces);
  }
  if (parts_.has(Part::mounts)) mounts_.begin(root_);
  if (parts_.has(Part::sensors)) host.sensors = read_sensors(root_, buffer_);
  if (parts_.has(Part::frequency)) host.cpu_hertz = read_cpu_hertz(root_, host.cpus, buffer_);
  if (parts_.has(Part::numa)) host.numa = read_numa(root_, buffer_);
}

void HostSource::sample_names(HostSample& host) {
  host.name = read_word(root_, "sys/kernel/hostname", buffer_);
  host.kernel = read_word(root_, "sys/kernel/osrelease", buffer_);
  host.boot_id = read_word(root_, "sys/kernel/random/boot_id", buffer_);
  host.cpus_allowed = own_cpus(root_);
  if (host.boot_wall_ns == 0 && root_.live()) {
    // As btime of /proc/stat, which is long on hosts with many CPUs and interrupts: whole seconds.
    const Instant instant = now();
    host.boot_wall_ns = (instant.wall_ns - instant.boot_ns) / nanoseconds_per_second * nanoseconds_per_second;
  }
}

SourceStatus HostSource::begin(HostSample& host) {
  const Instant begin = now();
  SourceStatus status{.name = "sys", .state = SourceState::ok, .reason = {}, .duration_seconds = 0};
  sample_counters(host, status);
  sample_devices(host);
  sample_names(host);
  status.duration_seconds = seconds_between(begin, now());
  return status;
}

void HostSource::finish(HostSample& host) {
  if (parts_.has(Part::mounts)) host.mounts = mounts_.finish();
}

SourceStatus HostSource::sample(HostSample& host) {
  constexpr std::int64_t between_questions_ns = 1'000'000;
  SourceStatus status = begin(host);
  ask_mounts();
  while (waits()) sleep_until(monotonic_ns() + between_questions_ns);
  finish(host);
  return status;
}

Instant instant_of(const Root& root) {
  Instant instant = now();
  if (root.live()) return instant;
  std::string buffer;
  double uptime = 0;
  if (read_file(root.proc(), "uptime", buffer) != 0) return instant;
  if (std::from_chars(buffer.data(), buffer.data() + buffer.size(), uptime).ec != std::errc{}) return instant;
  if (!(uptime >= 0 && uptime < 1e9)) return instant;
  instant.boot_ns = static_cast<std::int64_t>(uptime * static_cast<double>(nanoseconds_per_second));
  HostSample host;
  if (read_file(root.proc(), "stat", buffer) == 0) parse_stat(buffer, EachCpu::no, host);
  if (host.boot_wall_ns > 0) instant.wall_ns = host.boot_wall_ns + instant.boot_ns;
  return instant;
}

}  // namespace vigie::sys
