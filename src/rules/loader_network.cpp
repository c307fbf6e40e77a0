// loader-network: the run waits for data, and its loader workers wait for the network.

#include <algorithm>

#include <fmt/format.h>

#include "base/units.hpp"
#include "rules/facts/gpu_facts.hpp"
#include "rules/facts/waiting.hpp"
#include "rules/rule.hpp"
#include "rules/thresholds.hpp"

namespace vigie::rules {
namespace {

/// Bytes a second that TCP connections of the readers bring.
double received(const Case& run, const Waiting& seen) {
  const NetSample& net = run.frame().snapshot->net;
  double bytes = 0;
  for (const std::size_t index : seen.readers) {
    const pid_t pid = run.process(run.run().members[index]).id.pid;
    for (std::size_t i = 0; i < net.sockets.size() && i < run.frame().delta.net.sockets.size(); ++i) {
      const SocketHolder holder{.inode = net.sockets[i].inode, .pid = pid};
      if (net.sockets[i].protocol != Protocol::tcp || !std::ranges::binary_search(net.holders, holder)) continue;
      const Reading<double>& rate = run.frame().delta.net.sockets[i].received_bytes;
      // A connection that was opened within the window has brought all its bytes in it.
      const bool is_new = rate.presence() == Presence::first_sight && net.sockets[i].tcp && run.window() > 0;
      bytes += is_new ? static_cast<double>(net.sockets[i].tcp->received_bytes) / run.window() : rate.value_or(0);
    }
  }
  return bytes;
}

}  // namespace

std::optional<Finding> loader_network(const Case& run) {
  if (keeps_a_gpu_busy(run)) return std::nullopt;
  for (const Feeding& feeding : feedings(run)) {
    const std::optional<Waiting> seen = waiting(run, feeding);
    if (!seen || seen->trainer_asleep < thresholds::trainer_asleep) continue;
    const MountSample* const mount = network_mount(run, *seen);
    const bool by_files = waits_for_disk(*seen) && (seen->network >= seen->disk / 2 || mount != nullptr);
    const double bytes = received(run, *seen);
    const bool by_sockets =
        !seen->serial && seen->asleep >= thresholds::workers_asleep && bytes >= thresholds::network_bytes_per_second;
    if (!by_files && !by_sockets) continue;
    Finding finding = run.finding(Severity::warning, by_files ? 0.9 : 0.75);
    finding.summary = fmt::format("waits for data {:.0f} % of the time; {} for the network", seen->trainer_asleep * 100,
                                  seen->serial ? "its own reads wait" : "its loader workers wait");
    add_trainer(run, *seen, finding);
    if (by_files) {
      finding.evidence.push_back(
          run.evidence("workers_in_disk_percent", seen->disk * 100, thresholds::workers_in_disk * 100,
                       fmt::format("{} waiting for files in {:.0f} % of the looks", who(*seen), seen->disk * 100)));
    } else {
      finding.evidence.push_back(
          run.evidence("received_bytes_per_second", bytes, thresholds::network_bytes_per_second,
                       fmt::format("{} asleep in {:.0f} % of the looks, with connections that bring {}/s", who(*seen),
                                   seen->asleep * 100, human_bytes(bytes))));
    }
    finding.causes.push_back(
        mount != nullptr ? fmt::format("the data is on {} ({}, from {})", mount->path, mount->type, mount->source)
                         : std::string("the data comes over the network, one wait after the other"));
    finding.actions.emplace_back(
        "copy the data to a local disk first; more workers or connections, so that waits overlap; a larger "
        "prefetch_factor");
    return finding;
  }
  return std::nullopt;
}

}  // namespace vigie::rules
