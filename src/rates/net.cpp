#include "rates/net.hpp"

#include <unordered_map>

#include "rates/per_second.hpp"

namespace vigie {
namespace {

SocketRates both(Presence reason) {
  return {.received_bytes = reason, .sent_bytes = reason};
}

}  // namespace

NetDelta diff_net(const NetSample* previous, const NetSample& current, double seconds) {
  NetDelta delta;
  std::unordered_map<std::uint64_t, const TcpCounters*> before;
  if (previous != nullptr) {
    before.reserve(previous->sockets.size());
    for (const SocketSample& socket : previous->sockets) {
      if (socket.tcp && socket.cookie != 0) before.emplace(socket.cookie, &*socket.tcp);
    }
  }
  delta.sockets.reserve(current.sockets.size());
  for (const SocketSample& later : current.sockets) {
    if (!later.tcp) {
      delta.sockets.push_back(both(later.tcp.presence()));
      continue;
    }
    const auto at = before.find(later.cookie);
    if (at == before.end()) {
      delta.sockets.push_back(both(Presence::first_sight));
      continue;
    }
    delta.sockets.push_back(
        {.received_bytes = per_second(at->second->received_bytes, later.tcp->received_bytes, seconds),
         .sent_bytes = per_second(at->second->sent_bytes, later.tcp->sent_bytes, seconds)});
  }
  return delta;
}

}  // namespace vigie
