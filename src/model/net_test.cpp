#include "model/net.hpp"

#include <gtest/gtest.h>

namespace vigie {
namespace {

Endpoint four(std::uint16_t port) {
  return {.family = 4, .bytes = {10, 0, 0, 1}, .port = port};
}

Endpoint six(std::uint8_t first, std::uint8_t second, std::uint16_t port) {
  Endpoint endpoint{.family = 6, .bytes = {first, second}, .port = port};
  endpoint.bytes[15] = 1;
  return endpoint;
}

TEST(EndpointText, AsSsWritesIt) {
  EXPECT_EQ(text_of(four(80), ""), "10.0.0.1:80");
  EXPECT_EQ(text_of(four(1), "eth0"), "10.0.0.1:1");
  EXPECT_EQ(text_of(four(0), ""), "10.0.0.1:*");
  EXPECT_EQ(text_of(six(0x20, 0x01, 443), "eth0"), "[2001::1]:443") << "a device is no part of a global address";
}

TEST(EndpointText, OnWhichLinkALinkLocalAddressIs) {
  EXPECT_EQ(text_of(six(0xfe, 0x80, 80), "eth0"), "[fe80::1%eth0]:80");
  EXPECT_EQ(text_of(six(0xfe, 0xbf, 80), "eth0"), "[febf::1%eth0]:80") << "fe80::/10";
  EXPECT_EQ(text_of(six(0xfe, 0xc0, 80), "eth0"), "[fec0::1]:80");
  EXPECT_EQ(text_of(six(0xff, 0x80, 80), "eth0"), "[ff80::1]:80");
  EXPECT_EQ(text_of(six(0xfe, 0x80, 80), ""), "[fe80::1]:80");
}

TEST(ConnectionStates, HaveTheNamesOfSs) {
  EXPECT_EQ(name_of(ConnectionState::unknown), "UNKNOWN");
  EXPECT_EQ(name_of(ConnectionState::established), "ESTAB");
  EXPECT_EQ(name_of(ConnectionState::closing), "CLOSING");
  EXPECT_EQ(name_of(ConnectionState::new_syn_recv), "SYN-RECV");
  EXPECT_EQ(name_of(static_cast<ConnectionState>(13)), "UNKNOWN") << "one of a newer kernel";
}

}  // namespace
}  // namespace vigie
