#include "shim/requests.hpp"

#include <gtest/gtest.h>

namespace vigie::shim {
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

}  // namespace
}  // namespace vigie::shim
