#include "keep/clients/requests.hpp"

#include <gtest/gtest.h>

namespace vigie::keep {
namespace {

TEST(Request, StopNamesASignalAndAGrace) {
  const Request request = parse_request(R"({"request": "stop", "signal": 15, "grace_seconds": 2.5})");
  EXPECT_EQ(request.kind, Request::Kind::stop);
  EXPECT_EQ(request.stop.signal, 15);
  EXPECT_EQ(request.stop.grace_seconds, 2.5);
}

TEST(Request, ASignalThatWouldWrapToARealOneIsRefused) {
  for (const char* signal : {"4294967311", "-15", "0", "1e300", "15.0", "\"TERM\"", "1000"}) {
    const Request request =
        parse_request(std::string(R"({"request": "stop", "grace_seconds": 1, "signal": )") + signal + "}");
    EXPECT_EQ(request.kind, Request::Kind::unknown) << signal;
  }
}

TEST(Request, OfASignalAndWhoAsksIsNotInThePacket) {
  const Request request = parse_request(R"({"request": "signalled", "signal": 10, "by_root": true})");
  EXPECT_EQ(request.kind, Request::Kind::signalled);
  EXPECT_EQ(request.signal, 10);
  EXPECT_FALSE(request.by_root);
  EXPECT_EQ(parse_request(R"({"request": "signalled", "signal": 4096})").kind, Request::Kind::unknown);
}

TEST(Request, AttachNamesASize) {
  const Request request =
      parse_request(R"({"request": "attach", "stream": 1, "rows": 24, "columns": 80, "read_only": true})");
  EXPECT_EQ(request.kind, Request::Kind::attach);
  EXPECT_EQ(request.attach.size, (wire::TerminalSize{.rows = 24, .columns = 80}));
  EXPECT_TRUE(request.attach.read_only);
  EXPECT_FALSE(request.attach.answers);
  EXPECT_EQ(attach_refusal(request, {}), "");
  for (const char* size : {R"("rows": 0, "columns": 80)", R"("rows": 24)", R"("rows": -1, "columns": 4294967376)"}) {
    EXPECT_EQ(parse_request(std::string(R"({"request": "attach", "stream": 1, )") + size + "}").kind,
              Request::Kind::unknown);
  }
}

TEST(Request, AttachIsRefusedWithAReason) {
  Request request;
  request.stream = wire::attach_version + 1;
  EXPECT_NE(attach_refusal(request, {}).find("version"), std::string::npos);
  RunRecord piped;
  piped.spec.pty = false;
  EXPECT_NE(attach_refusal(request, piped).find("--no-pty"), std::string::npos);
}

}  // namespace
}  // namespace vigie::keep
