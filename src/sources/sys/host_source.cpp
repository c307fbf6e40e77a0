#include "sources/sys/host_source.hpp"

#include <sched.h>

#include <charconv>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/file.hpp"

namespace vigie::sys {
namespace {

std::uint64_t next_number(std::string_view text, std::size_t& at) {
  while (at < text.size() && (text[at] < '0' || text[at] > '9') && text[at] != '\n') ++at;
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data() + at, text.data() + text.size(), value);
  if (error == std::errc{}) at = static_cast<std::size_t>(end - text.data());
  return value;
}

void parse_stat(std::string_view text, HostSample& host) {
  CpuTicks ticks;
  std::size_t at = 0;
  for (std::uint64_t* field : {&ticks.user, &ticks.nice, &ticks.system, &ticks.idle, &ticks.iowait, &ticks.irq,
                               &ticks.softirq, &ticks.steal}) {
    *field = next_number(text, at);
  }
  host.cpu = ticks;
  for (std::size_t line = text.find("\ncpu"); line != std::string_view::npos; line = text.find("\ncpu", line + 1))
    ++host.cpus;
  if (std::size_t boot = text.find("\nbtime "); boot != std::string_view::npos) {
    ++boot;
    host.boot_wall_ns = static_cast<std::int64_t>(next_number(text, boot)) * nanoseconds_per_second;
  }
}

/// "Name:   123 kB" in bytes; 0 when the kernel does not have the line.
std::uint64_t meminfo_bytes(std::string_view text, std::string_view name) {
  std::size_t at = text.find(name);
  if (at == std::string_view::npos) return 0;
  at += name.size();
  return next_number(text, at) * 1024;
}

Memory parse_meminfo(std::string_view text) {
  return {.total = meminfo_bytes(text, "MemTotal:"),
          .free = meminfo_bytes(text, "MemFree:"),
          .available = meminfo_bytes(text, "MemAvailable:"),
          .buffers = meminfo_bytes(text, "Buffers:"),
          .cached = meminfo_bytes(text, "\nCached:"),
          .shmem = meminfo_bytes(text, "Shmem:"),
          .swap_total = meminfo_bytes(text, "SwapTotal:"),
          .swap_free = meminfo_bytes(text, "SwapFree:")};
}

PressureLine parse_pressure_line(std::string_view text, std::string_view kind) {
  PressureLine line;
  const std::size_t begin = text.find(kind);
  if (begin == std::string_view::npos) return line;
  const std::string_view rest = text.substr(begin, text.find('\n', begin) - begin);
  const auto number = [&](std::string_view name) {
    const std::size_t at = rest.find(name);
    double value = 0;
    if (at != std::string_view::npos) std::from_chars(rest.data() + at + name.size(), rest.data() + rest.size(), value);
    return value;
  };
  line.avg10 = number("avg10=");
  line.avg60 = number("avg60=");
  line.avg300 = number("avg300=");
  line.total_us = static_cast<std::uint64_t>(number("total="));
  return line;
}

Reading<Pressure> read_pressure(const Root& root, const char* path, std::string& buffer) {
  if (const int error = read_file(root.proc(), path, buffer)) return presence_of_errno(error);
  return parse_pressure(buffer);
}

void read_load(const Root& root, std::string& buffer, HostSample& host) {
  if (const int error = read_file(root.proc(), "loadavg", buffer)) {
    host.load1 = host.load5 = host.load15 = presence_of_errno(error);
    return;
  }
  const char* at = buffer.data();
  for (Reading<double>* load : {&host.load1, &host.load5, &host.load15}) {
    double value = 0;
    const auto [end, error] = std::from_chars(at, buffer.data() + buffer.size(), value);
    if (error != std::errc{}) break;
    *load = value;
    at = end == buffer.data() + buffer.size() ? end : end + 1;
  }
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

Pressure parse_pressure(std::string_view text) {
  return {.some = parse_pressure_line(text, "some"), .full = parse_pressure_line(text, "full")};
}

SourceStatus sample_host(const Root& root, HostSample& host) {
  const Instant begin = now();
  SourceStatus status{.name = "sys", .state = SourceState::ok, .reason = {}, .duration_seconds = 0};
  std::string buffer;
  if (const int error = read_file(root.proc(), "stat", buffer)) {
    host.cpu = presence_of_errno(error);
    status.state = SourceState::partial;
    status.reason = "/proc/stat cannot be read";
  } else {
    parse_stat(buffer, host);
  }
  if (const int error = read_file(root.proc(), "meminfo", buffer)) {
    host.memory = presence_of_errno(error);
    status.state = SourceState::partial;
    status.reason = "/proc/meminfo cannot be read";
  } else {
    host.memory = parse_meminfo(buffer);
  }
  host.cpu_pressure = read_pressure(root, "pressure/cpu", buffer);
  host.io_pressure = read_pressure(root, "pressure/io", buffer);
  host.memory_pressure = read_pressure(root, "pressure/memory", buffer);
  read_load(root, buffer, host);
  host.name = read_word(root, "sys/kernel/hostname", buffer);
  host.kernel = read_word(root, "sys/kernel/osrelease", buffer);
  host.boot_id = read_word(root, "sys/kernel/random/boot_id", buffer);
  host.cpus_allowed = own_cpus(root);
  status.duration_seconds = seconds_between(begin, now());
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
  if (read_file(root.proc(), "stat", buffer) == 0) parse_stat(buffer, host);
  if (host.boot_wall_ns > 0) instant.wall_ns = host.boot_wall_ns + instant.boot_ns;
  return instant;
}

}  // namespace vigie::sys
