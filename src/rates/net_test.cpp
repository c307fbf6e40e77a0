#include "rates/net.hpp"

#include <gtest/gtest.h>

namespace vigie {
namespace {

SocketSample socket(std::uint64_t cookie, std::uint64_t received, std::uint64_t sent) {
  SocketSample one;
  one.cookie = cookie;
  one.tcp = TcpCounters{.received_bytes = received, .sent_bytes = sent};
  return one;
}

TEST(NetRates, AreOfTheVerySameSocket) {
  const NetSample before{.sockets = {socket(1, 100, 0), socket(2, 0, 1000)}, .holders = {}};
  const NetSample after{.sockets = {socket(2, 50, 3000), socket(3, 9, 9), socket(1, 300, 0)}, .holders = {}};
  const std::vector<SocketRates> rates = diff_net(&before, after, 2).sockets;
  ASSERT_EQ(rates.size(), 3U);
  EXPECT_EQ(rates[0].received_bytes, 25.0);
  EXPECT_EQ(rates[0].sent_bytes, 1000.0);
  EXPECT_EQ(rates[1].received_bytes.presence(), Presence::first_sight);
  EXPECT_EQ(rates[2].received_bytes, 100.0);
}

TEST(NetRates, ASocketWithoutACookieIsNoOther) {
  const NetSample before{.sockets = {socket(0, 100, 0)}, .holders = {}};
  const NetSample after{.sockets = {socket(0, 300, 0)}, .holders = {}};
  EXPECT_EQ(diff_net(&before, after, 1).sockets[0].received_bytes.presence(), Presence::first_sight);
}

TEST(NetRates, WhatIsNotCountedHasNoRate) {
  SocketSample udp;
  udp.cookie = 1;
  udp.tcp = Presence::unsupported;
  const NetSample before{.sockets = {udp}, .holders = {}};
  NetSample after = before;
  EXPECT_EQ(diff_net(&before, after, 1).sockets[0].sent_bytes.presence(), Presence::unsupported);
  after.sockets[0] = socket(1, 5, 5);
  EXPECT_EQ(diff_net(&before, after, 1).sockets[0].sent_bytes.presence(), Presence::first_sight);
  EXPECT_EQ(diff_net(nullptr, after, 1).sockets[0].sent_bytes.presence(), Presence::first_sight);
}

}  // namespace
}  // namespace vigie
