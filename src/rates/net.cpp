#include "rates/net.hpp"

#include <algorithm>
#include <unordered_map>

#include "rates/per_second.hpp"

namespace vigie {
namespace {

struct Pair {
  Reading<double> InterfaceRates::* rate;
  std::uint64_t InterfaceSample::* counter;
};

constexpr Pair counters[] = {
    {&InterfaceRates::received_bytes, &InterfaceSample::received_bytes},
    {&InterfaceRates::received_packets, &InterfaceSample::received_packets},
    {&InterfaceRates::receive_errors, &InterfaceSample::receive_errors},
    {&InterfaceRates::receive_drops, &InterfaceSample::receive_drops},
    {&InterfaceRates::sent_bytes, &InterfaceSample::sent_bytes},
    {&InterfaceRates::sent_packets, &InterfaceSample::sent_packets},
    {&InterfaceRates::send_errors, &InterfaceSample::send_errors},
    {&InterfaceRates::send_drops, &InterfaceSample::send_drops},
};

InterfaceRates rates_of(const InterfaceSample* earlier, const InterfaceSample& later, double seconds) {
  InterfaceRates rates;
  for (const Pair& one : counters) {
    rates.*one.rate = earlier == nullptr ? Reading<double>(Presence::first_sight)
                                         : per_second(earlier->*one.counter, later.*one.counter, seconds);
  }
  return rates;
}

SocketRates both(Presence reason) {
  return {.received_bytes = reason, .sent_bytes = reason};
}

}  // namespace

NetDelta diff_net(const NetSample* previous, const NetSample& current, double seconds) {
  NetDelta delta;
  for (const InterfaceSample& later : current.interfaces) {
    const InterfaceSample* earlier = nullptr;
    if (previous != nullptr) {
      const auto at = std::ranges::find(previous->interfaces, later.name, &InterfaceSample::name);
      if (at != previous->interfaces.end()) earlier = &*at;
    }
    delta.interfaces.push_back(rates_of(earlier, later, seconds));
  }

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
