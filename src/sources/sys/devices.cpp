#include <array>

#include "sources/sys/lines.hpp"
#include "sources/sys/parse.hpp"

namespace vigie::sys {
namespace {

constexpr std::uint64_t sector_bytes = 512;  ///< of diskstats, whatever the device's own are

struct KindByName {
  std::string_view prefix;
  DiskKind kind;
};

constexpr std::array kinds_by_name = {
    KindByName{"nvme", DiskKind::nvme},  KindByName{"loop", DiskKind::loop},   KindByName{"zram", DiskKind::zram},
    KindByName{"ram", DiskKind::ram},    KindByName{"md", DiskKind::md},       KindByName{"dm-", DiskKind::dm},
    KindByName{"sr", DiskKind::optical}, KindByName{"nbd", DiskKind::network}, KindByName{"rbd", DiskKind::network},
};

DiskKind kind_of(std::string_view name) {
  for (const KindByName& one : kinds_by_name) {
    if (name.starts_with(one.prefix)) return one.kind;
  }
  return DiskKind::other;
}

DiskRequests parse_requests(Words& words) {
  DiskRequests requests;
  requests.done = words.number();
  requests.merged = words.number();
  requests.bytes = words.number() * sector_bytes;
  requests.milliseconds = words.number();
  return requests;
}

PacketCounters parse_packets(Words& words) {
  PacketCounters counters;
  counters.bytes = words.number();
  counters.packets = words.number();
  counters.errors = words.number();
  counters.drops = words.number();
  for (int rest = 0; rest < 4; ++rest) words.number();
  return counters;
}

}  // namespace

std::vector<DiskSample> parse_diskstats(std::string_view text) {
  std::vector<DiskSample> disks;
  std::string_view line;
  while (take_line(text, line)) {
    Words words(line);
    words.number();  // major
    words.number();  // minor
    DiskSample disk;
    disk.name = words.next();
    disk.kind = kind_of(disk.name);
    disk.reads = parse_requests(words);
    disk.writes = parse_requests(words);
    disk.in_flight = words.number();
    disk.busy_milliseconds = words.number();
    disk.queued_milliseconds = words.number();
    if (!words.good()) continue;
    const DiskRequests discards = parse_requests(words);
    if (words.good()) disk.discards = discards;
    DiskRequests flushes;
    flushes.done = words.number();
    flushes.milliseconds = words.number();
    if (words.good()) disk.flushes = flushes;
    disks.push_back(std::move(disk));
  }
  return disks;
}

std::vector<InterfaceSample> parse_net_dev(std::string_view text) {
  std::vector<InterfaceSample> interfaces;
  std::string_view line;
  while (take_line(text, line)) {
    // The last colon: an alias has one in its name, and old kernels put no space behind it.
    const std::size_t colon = line.rfind(':');
    if (colon == std::string_view::npos) continue;  // the two lines of titles
    InterfaceSample interface;
    Words name(line.substr(0, colon));
    interface.name = name.next();
    Words words(line.substr(colon + 1));
    interface.received = parse_packets(words);
    interface.sent = parse_packets(words);
    if (words.good() && !interface.name.empty()) interfaces.push_back(std::move(interface));
  }
  return interfaces;
}

}  // namespace vigie::sys
