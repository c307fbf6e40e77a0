#include "sources/net/net_source.hpp"

#include <algorithm>
#include <string>
#include <unordered_set>
#include <vector>

#include <fmt/format.h>

#include "base/clock.hpp"
#include "sources/net/holders.hpp"
#include "sources/net/sock_diag.hpp"
#include "sources/net/tables.hpp"

namespace vigie::net {
namespace {

void make_partial(SourceStatus& status, const std::string& reason) {
  status.state = SourceState::partial;
  if (!status.reason.empty()) status.reason += "; ";
  status.reason += reason;
}

Parts sockets_of(Parts what) {
  Parts sockets;
  for (const Part part : {Part::tcp, Part::udp, Part::raw, Part::unix_sockets}) {
    if (what.has(part)) sockets = sockets | part;
  }
  return sockets;
}

/// The sockets of vigie's own network namespace.
void read_sockets(const Root& root, Parts what, NetSample& net, SourceStatus& status) {
  Parts from_tables = sockets_of(what);
  if (root.live()) {
    bool partial = false;
    from_tables = dump_sockets(what, net.sockets, partial);
    if (partial) make_partial(status, "sockets came and went while they were listed: some may be missing");
    if (!from_tables.empty()) make_partial(status, "the kernel refuses sock_diag: no rates of connections");
  }
  if (from_tables.empty()) return;
  if (what.has(Part::listening)) from_tables = from_tables | Part::listening;
  std::vector<SocketSample> read;
  if (read_tables(root, "net", from_tables, read) != 0) make_partial(status, "/proc/net cannot be read in full");
  std::ranges::move(read, std::back_inserter(net.sockets));
}

/// Adds the sockets of other network namespaces that the processes live in, one process of each telling all.
void read_elsewhere(const Root& root, Parts what, std::span<const pid_t> pids, NetSample& net, SourceStatus& status) {
  const std::uint64_t own = network_of(root, "self");
  std::unordered_set<std::uint64_t> read;
  for (const pid_t pid : pids) {
    const std::uint64_t network = network_of(root, fmt::format("{}", pid));
    if (network == 0 || network == own) continue;
    ++net.processes_elsewhere;
    if (read.contains(network)) continue;
    std::vector<SocketSample> sockets;
    if (read_tables(root, fmt::format("{}/net", pid), what, sockets) != 0) continue;  // the next one may tell
    read.insert(network);
    for (SocketSample& socket : sockets) socket.network = network;
    std::ranges::move(sockets, std::back_inserter(net.sockets));
  }
  if (!read.empty()) make_partial(status, "sockets of other network namespaces have no counters");
}

/// Keeps only those of `all` that hold sockets which were read: every view goes through them.
void keep_holders(std::vector<SocketHolder> all, NetSample& net) {
  std::unordered_set<std::uint64_t> inodes;
  inodes.reserve(net.sockets.size());
  for (const SocketSample& socket : net.sockets) inodes.insert(socket.inode);
  std::erase_if(all, [&](const SocketHolder& one) { return !inodes.contains(one.inode); });
  net.holders = std::move(all);
}

/// Processes of other namespaces, among those that hold sockets which were not listed: no others can be.
std::size_t count_elsewhere(const Root& root, const std::vector<SocketHolder>& all) {
  std::vector<pid_t> pids;
  for (const SocketHolder& one : all) pids.push_back(one.pid);
  std::ranges::sort(pids);
  const auto twice = std::ranges::unique(pids);
  pids.erase(twice.begin(), twice.end());
  const std::uint64_t own = network_of(root, "self");
  return static_cast<std::size_t>(std::ranges::count_if(pids, [&](pid_t pid) {
    const std::uint64_t network = network_of(root, fmt::format("{}", pid));
    return network != 0 && own != 0 && network != own;
  }));
}

}  // namespace

SourceStatus sample(const Root& root, Parts what, const Whose& whose, NetSample& net) {
  const Instant begin = now();
  SourceStatus status{.name = "net", .state = SourceState::ok, .reason = {}, .duration_seconds = 0};
  if (!sockets_of(what).empty()) {
    read_sockets(root, what, net, status);
    if (!whose.all) read_elsewhere(root, what, whose.pids, net, status);
    if (whose.holders) {
      Held held = find_holders(root, whose.pids);
      net.denied_processes = held.denied;
      if (held.denied > 0) {
        make_partial(status, fmt::format("open files of {} processes are denied: root (CAP_SYS_PTRACE) sees whose "
                                         "their sockets are",
                                         held.denied));
      }
      if (whose.all) net.processes_elsewhere = count_elsewhere(root, held.holders);
      keep_holders(std::move(held.holders), net);
      if (!whose.all) {
        std::erase_if(net.sockets, [&](const SocketSample& socket) {
          const auto at = std::ranges::lower_bound(net.holders, socket.inode, {}, &SocketHolder::inode);
          return socket.inode == 0 || at == net.holders.end() || at->inode != socket.inode;
        });
      }
    }
  }
  status.duration_seconds = seconds_between(begin, now());
  return status;
}

}  // namespace vigie::net
