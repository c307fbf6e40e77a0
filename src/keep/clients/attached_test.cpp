#include "keep/clients/attached.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <termios.h>
#include <unistd.h>

#include <cstdlib>

namespace vigie::keep {
namespace {

/// A run's terminal, raw, with clients in this process.
class AttachedTest : public testing::Test {
 protected:
  AttachedTest() : master_(::posix_openpt(O_RDWR | O_NOCTTY)) {
    ::grantpt(master_.get());
    ::unlockpt(master_.get());
    slave_.reset(::open(::ptsname(master_.get()), O_RDWR | O_NOCTTY));
    termios raw{};
    ::cfmakeraw(&raw);
    ::tcsetattr(slave_.get(), TCSANOW, &raw);
    ::fcntl(slave_.get(), F_SETFL, O_NONBLOCK);
  }

  Fd add(Attached& attached, wire::AttachWish wish = {}) {
    int pair[2];
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair), 0);
    if (wish.size.rows == 0) wish.size = {.rows = 10, .columns = 40};
    attached.add(Fd(pair[0]), wish);
    return Fd(pair[1]);
  }
  static std::string received(const Fd& client) {
    std::string all;
    char packet[1 + wire::AttachPacket::largest_content];
    ssize_t got = 0;
    while ((got = ::recv(client.get(), packet, sizeof packet, MSG_DONTWAIT)) > 0)
      all.append(packet + 1, static_cast<std::size_t>(got - 1));
    return all;
  }
  static void serve(Attached& attached) {
    std::vector<pollfd> items;
    attached.watch(items);
    if (::poll(items.data(), items.size(), 0) > 0) attached.serve(items);
  }
  std::string typed() const {
    char bytes[4096];
    const ssize_t got = ::read(slave_.get(), bytes, sizeof bytes);
    return {bytes, static_cast<std::size_t>(std::max<ssize_t>(got, 0))};
  }
  void print(Attached& attached, std::string_view bytes) {
    screen_.write(bytes);
    attached.show(bytes);
  }

  Fd master_, slave_;
  terminal::LateScreen screen_{50, 200};
};

TEST_F(AttachedTest, AProgramThatAsksAndNeverReadsIsAnsweredNoMoreAndAnswersAreWhole) {
  Attached attached(screen_, master_.get());
  for (int i = 0; i < 20'000; ++i) print(attached, "\x1b[c");
  std::string answers;
  for (std::string more; !(more = typed()).empty() || answers.empty(); serve(attached)) answers += more;
  EXPECT_LT(answers.size(), 32U << 10);
  EXPECT_EQ(answers.size() % std::string_view("\x1b[?1;2c").size(), 0U);
  print(attached, "\x1b[5n");
  EXPECT_EQ(typed(), "\x1b[0n");
}

TEST_F(AttachedTest, AClientSeesTheScreenAndWhatFollows) {
  Attached attached(screen_, master_.get());
  print(attached, "before");
  const Fd client = add(attached);
  EXPECT_NE(received(client).find("before"), std::string::npos);
  print(attached, " after");
  EXPECT_EQ(received(client), " after");
  winsize size{};
  ::ioctl(slave_.get(), TIOCGWINSZ, &size);
  EXPECT_EQ(size.ws_row, 10);
  EXPECT_EQ(size.ws_col, 40);
}

TEST_F(AttachedTest, WhatTheLeaderTypesIsTypedAndWhatOthersTerminalsAnswerIsNot) {
  Attached attached(screen_, master_.get());
  const Fd other = add(attached);
  const Fd leader = add(attached);
  const Fd looking = add(attached, {.size = {.rows = 10, .columns = 40}, .read_only = true});
  for (const Fd* client : {&other, &leader, &looking})
    EXPECT_TRUE(wire::send_packet(client->get(), wire::AttachPacket::Kind::input, "\x1b[1;1R"));
  serve(attached);
  EXPECT_EQ(typed(), "\x1b[1;1R");
  EXPECT_TRUE(wire::send_packet(other.get(), wire::AttachPacket::Kind::input, "x\x1b[1;1R"));
  serve(attached);
  EXPECT_EQ(typed(), "x");
  EXPECT_TRUE(wire::send_packet(other.get(), wire::AttachPacket::Kind::input, "\x1b[1;1R"));  // it leads now
  serve(attached);
  EXPECT_EQ(typed(), "\x1b[1;1R");
}

TEST_F(AttachedTest, QuestionsAreAnsweredFromTheScreenWhileNobodysTerminalDoes) {
  Attached attached(screen_, master_.get());
  print(attached, "ab\x1b[6n");
  EXPECT_EQ(typed(), "\x1b[1;3R");
  const Fd looking = add(attached, {.size = {.rows = 10, .columns = 40}, .read_only = true, .answers = true});
  print(attached, "\x1b[c");
  EXPECT_EQ(typed(), "\x1b[?1;2c");
  const Fd client = add(attached, {.size = {.rows = 10, .columns = 40}, .answers = true});
  print(attached, "\x1b[6n");
  EXPECT_EQ(typed(), "");
}

TEST_F(AttachedTest, AClientThatDoesNotReadIsCutOffAndShownTheScreenAfterwards) {
  Attached attached(screen_, master_.get());
  const Fd client = add(attached);
  for (int i = 0; i < 100'000; ++i) print(attached, "line " + std::to_string(i) + "\r\n");
  std::vector<pollfd> items;
  attached.watch(items);
  EXPECT_EQ(::poll(items.data(), items.size(), 0), 0) << "nothing to do until it reads";
  (void)received(client);
  for (int i = 0; i < 50; ++i) serve(attached);
  const std::string again = received(client);
  EXPECT_NE(again.find("line 99999"), std::string::npos);
  EXPECT_NE(again.find("line 98500\r\n"), std::string::npos) << "what scrolled away meanwhile comes, too";
  print(attached, "live");
  EXPECT_EQ(received(client), "live");
}

TEST_F(AttachedTest, APacketThatIsNoneEndsTheConnection) {
  for (const std::string& bytes : {std::string("?"), std::string(20'000, 'i')}) {
    Attached attached(screen_, master_.get());
    const Fd client = add(attached);
    (void)received(client);
    EXPECT_GT(::send(client.get(), bytes.data(), bytes.size(), 0), 0);
    serve(attached);
    char byte = 0;
    EXPECT_EQ(::recv(client.get(), &byte, 1, 0), 0);
  }
}

TEST_F(AttachedTest, TypingAheadIsKept) {
  Attached attached(screen_, master_.get());
  const Fd client = add(attached);
  const std::string much(40'000, 'x');
  EXPECT_TRUE(wire::send_packet(client.get(), wire::AttachPacket::Kind::input, much));
  std::string all;
  for (int i = 0; i < 1000 && all.size() < much.size(); ++i) {
    serve(attached);
    all += typed();
  }
  EXPECT_EQ(all, much);
}

}  // namespace
}  // namespace vigie::keep
