#include "sources/events/connector.hpp"

#include <gtest/gtest.h>
#include <linux/connector.h>
#include <linux/netlink.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstring>
#include <initializer_list>

namespace vigie::events {
namespace {

using Kind = ProcessEvent::Kind;
using Bytes = std::vector<unsigned char>;

/// A datagram as the kernel sends it: struct proc_event has 40 bytes, of which the data are the last 24.
Bytes datagram(std::uint32_t what, std::initializer_list<std::uint32_t> data, std::uint64_t time = 5,
               std::uint32_t ack = 0, std::size_t event_size = 40) {
  Bytes bytes(NLMSG_HDRLEN + sizeof(cn_msg) + event_size);
  nlmsghdr header{};
  header.nlmsg_len = static_cast<std::uint32_t>(bytes.size());
  header.nlmsg_type = NLMSG_DONE;
  cn_msg message{};
  message.id = {.idx = CN_IDX_PROC, .val = CN_VAL_PROC};
  message.ack = ack;
  message.len = static_cast<std::uint16_t>(event_size);
  std::memcpy(bytes.data(), &header, sizeof header);
  std::memcpy(bytes.data() + NLMSG_HDRLEN, &message, sizeof message);
  unsigned char* const event = bytes.data() + NLMSG_HDRLEN + sizeof message;
  std::memcpy(event, &what, sizeof what);
  std::memcpy(event + 8, &time, sizeof time);
  std::memcpy(event + 16, data.begin(), std::min(data.size() * 4, event_size - 16));
  return bytes;
}

std::vector<ProcessEvent> events_of(const Bytes& bytes) {
  std::vector<ProcessEvent> events;
  parse_datagram(bytes, events);
  return events;
}

TEST(ParseDatagram, ReadsForkExecAndExit) {
  const auto fork = events_of(datagram(1, {11, 10, 21, 20}, 7));
  ASSERT_EQ(fork.size(), 1U);
  EXPECT_EQ(fork[0].kind, Kind::fork);
  EXPECT_EQ(fork[0].pid, 20);
  EXPECT_EQ(fork[0].tid, 21);
  EXPECT_EQ(fork[0].parent, 10);
  EXPECT_EQ(fork[0].boot_ns, 7);

  const auto exec = events_of(datagram(2, {20, 20}));
  ASSERT_EQ(exec.size(), 1U);
  EXPECT_EQ(exec[0].kind, Kind::exec);
  EXPECT_EQ(exec[0].pid, 20);

  const auto exit = events_of(datagram(0x80000000, {22, 20, 7 << 8, 17, 11, 10}));
  ASSERT_EQ(exit.size(), 1U);
  EXPECT_EQ(exit[0].kind, Kind::exit);
  EXPECT_EQ(exit[0].tid, 22);
  EXPECT_EQ(exit[0].pid, 20);
  EXPECT_EQ(exit[0].parent, 10);
  EXPECT_EQ(WEXITSTATUS(exit[0].wait_status), 7);
}

TEST(ParseDatagram, ExitOfAnOldKernelHasNoParent) {
  const auto exit = events_of(datagram(0x80000000, {20, 20, SIGKILL, 17}, 5, 0, 32));
  ASSERT_EQ(exit.size(), 1U);
  EXPECT_EQ(exit[0].parent, 0);
  EXPECT_TRUE(WIFSIGNALED(exit[0].wait_status));
}

TEST(ParseDatagram, PassesOverWhatIsNotAskedAbout) {
  for (const std::uint32_t what : {4U, 0x40U, 0x80U, 0x100U, 0x200U, 0x40000000U, 3U}) {
    EXPECT_TRUE(events_of(datagram(what, {20, 20})).empty());
  }
  EXPECT_TRUE(events_of(datagram(1, {0, 0, 0, 0})).empty()) << "a pid that this namespace does not see";
  EXPECT_TRUE(events_of(datagram(1, {1, 1, 0xffffffff, 5})).empty());
  EXPECT_TRUE(events_of(datagram(1, {1, 1, 5, 5}, ~std::uint64_t{0})).empty()) << "a time that overflows";
  Bytes other = datagram(1, {1, 1, 5, 5});
  other[NLMSG_HDRLEN] = 9;
  EXPECT_TRUE(events_of(other).empty()) << "another user of the connector";
}

TEST(ParseDatagram, EveryTruncationIsHarmless) {
  const Bytes whole = datagram(0x80000000, {22, 20, 7 << 8, 17, 11, 10});
  for (std::size_t size = 0; size < whole.size(); ++size) {
    EXPECT_TRUE(events_of(Bytes(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size))).empty());
    // The length in the header tells the truth, the datagram is short all the same.
    Bytes honest(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));
    const auto length = static_cast<std::uint32_t>(size);
    if (size >= 4) std::memcpy(honest.data(), &length, sizeof length);
    const auto events = events_of(honest);
    EXPECT_EQ(events.size(), size >= NLMSG_HDRLEN + sizeof(cn_msg) + 32 ? 1U : 0U) << size;
  }
}

TEST(ParseDatagram, SeveralMessagesInOneDatagram) {
  Bytes bytes = datagram(1, {1, 1, 5, 5});
  const Bytes second = datagram(2, {5, 5});
  bytes.insert(bytes.end(), second.begin(), second.end());
  EXPECT_EQ(events_of(bytes).size(), 2U);
}

TEST(ParseDatagram, TellsTheAnswer) {
  std::vector<ProcessEvent> events;
  const auto answer = parse_datagram(datagram(0, {1}, 5, 42), events);
  ASSERT_TRUE(answer.has_value());
  EXPECT_EQ(answer->number, 42U);
  EXPECT_EQ(answer->errno_value, EPERM);
  EXPECT_TRUE(events.empty());
}

TEST(Connector, IsTellingOfTheLiveHostOnly) {
  const Result<Root> root = Root::open(VIGIE_FIXTURES "/proc_basic");
  ASSERT_TRUE(root.has_value());
  const Result<Connector> connector = Connector::open(*root);
  ASSERT_FALSE(connector.has_value());
  EXPECT_EQ(connector.error().kind, ErrorKind::failed);
}

TEST(Connector, HearsAChildOfItsOwn) {
  const Result<Root> root = Root::open();
  ASSERT_TRUE(root.has_value());
  Result<Connector> connector = Connector::open(*root);
  if (!connector) GTEST_SKIP() << connector.error().message;
  const Instant before = now();
  const pid_t child = ::fork();
  if (child == 0) ::_exit(5);
  ASSERT_GT(child, 0);
  ASSERT_EQ(::waitpid(child, nullptr, 0), child);
  bool born = false;
  bool ended = false;
  pollfd waiting{.fd = connector->fd(), .events = POLLIN, .revents = 0};
  while (!ended && ::poll(&waiting, 1, 10000) > 0) {
    std::vector<ProcessEvent> events;
    connector->receive(events);
    for (const ProcessEvent& event : events) {
      EXPECT_FALSE(event.kind == Kind::fork && event.tid != event.pid) << "births of threads are filtered out";
      if (event.pid != child) continue;
      born = born || (event.kind == Kind::fork && event.parent == ::getpid());
      ended = ended || event.kind == Kind::exit;
      EXPECT_GE(event.boot_ns, before.boot_ns);
      EXPECT_LE(event.boot_ns, now().boot_ns);
      if (event.kind == Kind::exit) {
        EXPECT_EQ(WEXITSTATUS(event.wait_status), 5);
      }
    }
  }
  EXPECT_TRUE(born);
  EXPECT_TRUE(ended);
  EXPECT_EQ(connector->overruns(), 0U);
}

TEST(Connector, ASignalEndsAListenerAsItWould) {
  const Result<Root> root = Root::open();
  ASSERT_TRUE(root.has_value());
  const pid_t child = ::fork();
  if (child == 0) {
    const Result<Connector> connector = Connector::open(*root);
    ::raise(SIGTERM);
    ::_exit(0);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM);
}

TEST(Connector, CountsEventsThatWereLost) {
  const Result<Root> root = Root::open();
  ASSERT_TRUE(root.has_value());
  Result<Connector> connector = Connector::open(*root);
  if (!connector) GTEST_SKIP() << connector.error().message;
  const int smallest = 1;
  ASSERT_EQ(::setsockopt(connector->fd(), SOL_SOCKET, SO_RCVBUF, &smallest, sizeof smallest), 0);
  for (int count = 0; count < 20; ++count) {
    const pid_t child = ::fork();
    if (child == 0) ::_exit(0);
    ASSERT_EQ(::waitpid(child, nullptr, 0), child);
  }
  std::vector<ProcessEvent> events;
  while (connector->receive(events)) {
  }
  EXPECT_GE(connector->overruns(), 1U);
}

}  // namespace
}  // namespace vigie::events
