#include "wire/attach_stream.hpp"

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <array>
#include <string>
#include <thread>
#include <vector>

#include <nlohmann/json.hpp>

#include "base/test_directory.hpp"
#include "wire/recorder_for_tests.hpp"

namespace vigie::wire {
namespace {

TEST(AttachStream, APacketHasAKnownKindAndABoundedContent) {
  const auto packet = attach_packet("itext");
  ASSERT_TRUE(packet);
  EXPECT_EQ(packet->kind, AttachPacket::Kind::input);
  EXPECT_EQ(packet->content, "text");
  EXPECT_TRUE(attach_packet("r"));
  EXPECT_FALSE(attach_packet(""));
  EXPECT_FALSE(attach_packet("?"));
  EXPECT_TRUE(attach_packet("o" + std::string(AttachPacket::largest_content, 'x')));
  EXPECT_FALSE(attach_packet("o" + std::string(AttachPacket::largest_content + 1, 'x')));
}

TEST(AttachStream, ASizeIsTwoNumbersAndNever0) {
  EXPECT_EQ(terminal_size("24 80"), (TerminalSize{.rows = 24, .columns = 80}));
  EXPECT_EQ(terminal_size("1 1"), (TerminalSize{.rows = 1, .columns = 1}));
  for (const char* content : {"", "24", "24 ", "24 80 ", "0 80", "24 0", "-1 80", "24x80", "99999999999 80",
                              "24 99999999999", "x 80", "24 x", "24  80"})
    EXPECT_FALSE(terminal_size(content)) << content;
  const std::string cut = "24 80";
  EXPECT_FALSE(terminal_size(std::string_view(cut).substr(0, 2))) << "what stands behind it is not its own";
}

class Attach : public testing::Test {
 protected:
  void SetUp() override {
    record_.name = "resnet";
    record_.directory = directory_.path();
  }
  [[nodiscard]] std::string refused(const std::string& answer) const {
    const FakeRecorder recorder(directory_.path(), answer);
    const Result<Attachment> attached = attach(record_, {}, 10);
    return attached ? "" : attached.error().message;
  }

  TestDirectory directory_;
  RunRecord record_;
};

TEST_F(Attach, TheRecorderIsToldWhatTheClientIsAndSaysHowLargeTheTerminalIs) {
  const FakeRecorder recorder(directory_.path(), R"({"vigie": 1, "ok": true, "rows": 24, "columns": 80})");
  const Result<Attachment> attached = attach(
      record_, {.size = {.rows = 50, .columns = 120}, .read_only = true, .answers = false, .scrollback = true}, 10);
  ASSERT_TRUE(attached);
  EXPECT_EQ(attached->size, (TerminalSize{.rows = 24, .columns = 80}));
  EXPECT_TRUE(attached->connection);
  EXPECT_EQ(nlohmann::json::parse(recorder.asked()), nlohmann::json::parse(R"(
      {"vigie": 1, "request": "attach", "stream": 1, "rows": 50, "columns": 120, "read_only": true, "answers": false,
       "scrollback": true})"));
}

TEST_F(Attach, AnOlderRecorderDoesNotSayHowLarge) {
  const FakeRecorder recorder(directory_.path(), R"({"ok": true})");
  EXPECT_EQ(attach(record_, {}, 10).value().size, (TerminalSize{}));
}

TEST_F(Attach, WhyItIsRefusedIsSaid) {
  EXPECT_EQ(refused(R"({"ok": false, "error": "it has no terminal"})"), "cannot attach to resnet: it has no terminal");
  EXPECT_EQ(refused(R"({"ok": false})"), "cannot attach to resnet: no reason was given");
  EXPECT_NE(refused(R"({"ok": false, "error": "unknown request"})").find("started by an older vigie"),
            std::string::npos);
  EXPECT_EQ(refused("[]"), "the keeper of this run answered nonsense");
  EXPECT_NE(attach(record_, {}, 10).error().message.find("does not answer"), std::string::npos);
}

/// What arrives at the other end, until the sender hangs up.
std::vector<std::string> packets_from(int connection) {
  std::vector<std::string> packets;
  std::string buffer(64 << 10, '\0');
  while (true) {
    const ssize_t got = ::recv(connection, buffer.data(), buffer.size(), 0);
    if (got <= 0) return packets;
    packets.push_back(buffer.substr(0, static_cast<std::size_t>(got)));
  }
}

TEST(AttachStream, WhatIsLongGoesInSeveralPacketsAndWaitsForRoom) {
  std::array<int, 2> ends{};
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends.data()), 0);
  Fd client(ends[0]);
  const Fd recorder(ends[1]);
  std::string typed;
  for (std::size_t i = 0; typed.size() < (4 << 20); ++i) typed += std::to_string(i) + " ";
  std::thread sender([&] {  // more than a socket holds
    EXPECT_TRUE(send_packet(client.get(), AttachPacket::Kind::input, typed));
    EXPECT_TRUE(send_packet(client.get(), AttachPacket::Kind::redraw, ""));
    client.reset();
  });
  const std::vector<std::string> packets = packets_from(recorder.get());
  sender.join();
  std::string arrived;
  for (std::size_t i = 0; i + 1 < packets.size(); ++i) {
    const auto packet = attach_packet(packets[i]);
    ASSERT_TRUE(packet);
    EXPECT_EQ(packet->kind, AttachPacket::Kind::input);
    arrived += packet->content;
  }
  EXPECT_TRUE(arrived == typed);
  EXPECT_EQ(packets.size(), (typed.size() + AttachPacket::largest_content - 1) / AttachPacket::largest_content + 1)
      << "no packet is empty but the one that has no content";
  EXPECT_EQ(packets.back(), "r");
}

TEST(AttachStream, ASocketThatDoesNotBlockIsWaitedForToo) {
  std::array<int, 2> ends{};
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends.data()), 0);
  Fd client(ends[0]);
  Fd recorder(ends[1]);
  const std::string typed(1 << 20, 'x');
  std::thread sender([&] {
    EXPECT_TRUE(send_packet(client.get(), AttachPacket::Kind::input, typed));
    client.reset();
  });
  std::size_t arrived = 0;
  std::string packet;
  while (wait_for(recorder.get(), POLLIN, 10) && receive(recorder, packet) > 0) arrived += packet.size() - 1;
  sender.join();
  EXPECT_EQ(arrived, typed.size());
}

TEST(AttachStream, ThatTheRecorderIsGoneIsTold) {
  std::array<int, 2> ends{};
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends.data()), 0);
  const Fd client(ends[0]);
  ::close(ends[1]);
  EXPECT_FALSE(send_packet(client.get(), AttachPacket::Kind::input, "x"));
}

}  // namespace
}  // namespace vigie::wire
