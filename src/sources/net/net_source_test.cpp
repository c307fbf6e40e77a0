#include "sources/net/net_source.hpp"

#include <gtest/gtest.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <sys/socket.h>

#include <cstring>
#include <vector>

#include "sources/net/holders.hpp"
#include "sources/net/sock_diag.hpp"
#include "sources/net/tables.hpp"

namespace vigie::net {
namespace {

constexpr std::string_view tcp_line =
    "   0: 0100007F:1F90 0200007F:0050 01 00000001:00000002 00:00000000 00000000  1000        0 1574 1 0 100\n";

TEST(Tables, ATcpLine) {
  std::vector<SocketSample> seen;
  parse_inet_table(tcp_line, Protocol::tcp, 4, seen);
  ASSERT_EQ(seen.size(), 1U);
  EXPECT_EQ(text_of(seen[0].local, ""), "127.0.0.1:8080");
  EXPECT_EQ(text_of(seen[0].remote, ""), "127.0.0.2:80");
  EXPECT_EQ(seen[0].send_queue, Reading<std::uint64_t>(1U));
  EXPECT_EQ(seen[0].receive_queue, Reading<std::uint64_t>(2U));
  EXPECT_EQ(seen[0].inode, 1574U);
  EXPECT_EQ(seen[0].tcp.presence(), Presence::unsupported);
}

TEST(Tables, ALineCutAnywhereIsLeftOutOrWhole) {
  for (std::size_t length = 0; length < tcp_line.size(); ++length) {
    std::vector<SocketSample> seen;
    parse_inet_table(tcp_line.substr(0, length), Protocol::tcp, 4, seen);
    parse_inet_table(tcp_line.substr(0, length), Protocol::tcp, 6, seen);
    parse_unix_table(tcp_line.substr(0, length), seen);
    EXPECT_LE(seen.size(), 1U);
  }
}

TEST(Tables, UnixNamesAreRaw) {
  std::vector<SocketSample> seen;
  parse_unix_table(
      "Num       RefCount Protocol Flags    Type St Inode Path\n"
      "0000000000000000: 00000002 00000000 00010000 0001 01 12345 /run/a b\x1b[31m\n"
      "0000000000000000: 00000003 00000000 00000000 0005 03 12346\n",
      seen);
  ASSERT_EQ(seen.size(), 2U);
  EXPECT_EQ(seen[0].state, ConnectionState::listen);
  EXPECT_EQ(seen[0].path, "/run/a b\x1b[31m");
  EXPECT_EQ(seen[1].protocol, Protocol::unix_seqpacket);
  EXPECT_EQ(seen[1].state, ConnectionState::established);
}

TEST(Endpoints, Ipv6MappedAndScoped) {
  Endpoint mapped{.family = 6, .bytes = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 127, 0, 0, 1}, .port = 80};
  EXPECT_EQ(text_of(mapped, "eth0"), "[::ffff:127.0.0.1]:80");
  Endpoint local{.family = 6, .bytes = {0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}, .port = 0};
  EXPECT_EQ(text_of(local, "eth0"), "[fe80::1%eth0]:*");
}

std::vector<unsigned char> one_message() {
  struct {
    nlmsghdr header;
    inet_diag_msg body;
    nlattr attribute;
    unsigned char info[240];
  } message{};
  message.header.nlmsg_len = sizeof message;
  message.header.nlmsg_type = SOCK_DIAG_BY_FAMILY;
  message.body.idiag_family = AF_INET;
  message.body.idiag_state = 1;
  message.body.idiag_inode = 77;
  message.attribute.nla_len = sizeof message.attribute + sizeof message.info;
  message.attribute.nla_type = INET_DIAG_INFO;
  std::vector<unsigned char> bytes(sizeof message);
  std::memcpy(bytes.data(), &message, sizeof message);
  return bytes;
}

TEST(SockDiag, AMessageCutAnywhereIsSafe) {
  const std::vector<unsigned char> whole = one_message();
  std::vector<SocketSample> seen;
  EXPECT_EQ(parse_dump(whole, Protocol::tcp, seen).error, 0);
  ASSERT_EQ(seen.size(), 1U);
  EXPECT_EQ(seen[0].inode, 77U);
  EXPECT_TRUE(seen[0].tcp.has_value());
  for (std::size_t length = 0; length < whole.size(); ++length) {
    const std::vector<unsigned char> cut(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(length));
    std::vector<SocketSample> none;
    EXPECT_EQ(parse_dump(cut, Protocol::tcp, none).error, EBADMSG);
    EXPECT_TRUE(none.empty());
  }
}

TEST(SockDiag, AnyByteMayLie) {
  for (std::size_t at = 0; at < 140; ++at) {
    for (const int value : {0, 1, 3, 4, 127, 255}) {
      std::vector<unsigned char> bytes = one_message();
      bytes[at] = static_cast<unsigned char>(value);
      std::vector<SocketSample> seen;
      (void)parse_dump(bytes, Protocol::tcp, seen);
      (void)parse_dump(bytes, Protocol::unix_stream, seen);
      EXPECT_LE(seen.size(), 2U);
    }
  }
}

TEST(Holders, OnlySocketLinksCount) {
  EXPECT_EQ(socket_inode("socket:[123]"), 123U);
  for (const char* link : {"socket:[", "socket:[]", "socket:[1x]", "/tmp/socket:[1]", "pipe:[1]", ""}) {
    EXPECT_EQ(socket_inode(link), 0U) << link;
  }
}

}  // namespace
}  // namespace vigie::net
