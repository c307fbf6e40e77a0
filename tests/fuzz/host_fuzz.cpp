// Every parser of the host's files: /proc/stat, meminfo, vmstat, loadavg, pressure, diskstats, net/dev, mountinfo,
// NUMA.
#include "input.hpp"
#include "sources/sys/parse.hpp"

FUZZ(text) {
  namespace sys = vigie::sys;
  vigie::HostSample host;
  sys::parse_stat(text, sys::EachCpu::yes, host);
  sys::parse_loadavg(text, host);
  static_cast<void>(sys::parse_meminfo(text));
  static_cast<void>(sys::parse_vmstat(text));
  static_cast<void>(sys::parse_pressure(text));
  for (const vigie::DiskSample& disk : sys::parse_diskstats(text)) must(!disk.name.empty());
  for (const vigie::InterfaceSample& interface : sys::parse_net_dev(text)) must(!interface.name.empty());
  static_cast<void>(sys::parse_mountinfo(text));
  static_cast<void>(sys::parse_node_meminfo(text));
}
