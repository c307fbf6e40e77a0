#include "wire/attach_stream.hpp"

#include <gtest/gtest.h>

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
  for (const char* content : {"", "24", "24 ", "24 80 ", "0 80", "24 0", "-1 80", "24x80", "99999999999 80"})
    EXPECT_FALSE(terminal_size(content)) << content;
}

}  // namespace
}  // namespace vigie::wire
